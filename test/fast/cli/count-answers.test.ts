/** Answers of the world are counted, failures are not, and everything is handed on as it is. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { disconnected } from '../../../src/cli/connect.ts'
import { countAnswers } from '../../../src/cli/count-answers.ts'
import type { Connection } from '../../../src/cli/derive.ts'
import { fileGit, fileWeb } from '../../support/fixture-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'count-answers-'))
mkdirSync(join(folder, 'host.example'))
writeFileSync(join(folder, 'host.example/a'), 'bytes')
writeFileSync(join(folder, 'host.example/a.json'), '{}')
writeFileSync(join(folder, 'git.json'), JSON.stringify({ 'https://host.example/r#1': `sha256-${'A'.repeat(43)}=` }))

function counting(connection: Connection) {
  let count = 0
  const counted = countAnswers(connection, () => (count += 1))
  return { counted, count: () => count }
}

test('of documents, texts, parts, digests, files and commits', async () => {
  const web = fileWeb(folder)
  const { counted, count } = counting({ web, downloads: web, git: fileGit(join(folder, 'git.json')) })
  const url = 'https://host.example/a'
  expect(await counted.web.fetchJson(url)).toEqual({})
  expect(await counted.web.fetchText(`${url}/`, 'text/plain')).toMatchObject({ text: '{}' })
  expect(await counted.web.fetchPart(url, { last: 2 })).toMatchObject({ size: 5 })
  expect(await counted.web.fetchDigests(url, ['sha256'], [])).toMatchObject([{ algorithm: 'sha256' }])
  expect(await counted.downloads.fetchFile(url, async () => 'received')).toBe('received')
  expect(await counted.git.fetchTreeDigest('https://host.example/r', '1')).toMatchObject({ algorithm: 'sha256' })
  expect(await counted.git.fetchCommit('https://host.example/r', '1', 'f')).toMatchObject({ tree: expect.anything() })
  expect(count()).toBe(7)
})

test('what fails is none', async () => {
  const { counted, count } = counting(disconnected)
  await expect(counted.web.fetchJson('https://host.example/a')).rejects.toThrow('network')
  expect(count()).toBe(0)
})
