import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { nixFeed } from '../../../src/fetch/nix-feed.ts'
import { addToNixStore } from '../../../src/fetch/nix-store.ts'
import { storedSources } from '../../../src/fetch/stored-source.ts'
import { problemsOf } from '../../support/problems-of.ts'
import { contentFolder } from '../../support/stored-content.ts'

const content = contentFolder()
afterAll(() => content.remove())
const archive = content.file('ms-2.1.3.tgz', 'x')
const options = (path: string) => ({ environment: { PATH: path }, cacheDirectory: content.folder })

describe('adding to a Nix store', () => {
  test('on a machine without Nix says so', async () => {
    expect(await problemsOf(addToNixStore([archive], options('/nonexistent')))).toMatchObject([
      { code: 'nix', hint: expect.stringContaining('install Nix') },
    ])
  })

  test('while others are fetched says so in the end, and nobody waits for it where fetching failed', async () => {
    const sources = Array.from({ length: 500 }, (_, index) => ({ ...archive, name: `ms-${index}.tgz` }))
    const feed = nixFeed(options('/nonexistent'))
    for (const source of sources) feed.offer(source)
    expect(await problemsOf(feed.finish())).toMatchObject([{ code: 'nix' }])
    const failed = nixFeed(options('/nonexistent'))
    for (const source of sources) failed.offer(source)
    await failed.abandon()
  })

  test('of nothing needs no Nix', async () => {
    expect(await addToNixStore([], options('/nonexistent'))).toEqual({ added: 0, kept: 0 })
  })

  test('shows the reason that Nix gives, and nothing that a terminal would obey', async () => {
    const bin = mkdtempSync(join(content.folder, 'bin-'))
    const script = '#!/bin/sh\nprintf "warning: first\\nerror: \\033[2J no \\n   more\\n" >&2\nexit 1\n'
    writeFileSync(join(bin, 'nix-store'), script)
    chmodSync(join(bin, 'nix-store'), 0o755)
    const [problem] = await problemsOf(addToNixStore([archive], options(`${bin}:/usr/bin:/bin`)))
    expect(problem).toMatchObject({ code: 'nix', message: 'nix-store failed: "error: \\u001b[2J no "' })
  })
})

describe('what is carried', () => {
  const hash = (letter: string) => `sha512-${letter.repeat(86)}==`
  const sources = new Map([
    ['a@1', { name: 'a-1.tgz', urls: ['https://packages.example/a'], hash: hash('A') }],
    ['same@1', { name: 'a-1.tgz', urls: ['https://other.example/a'], hash: hash('A') }],
    ['renamed@1', { name: 'b-1.tgz', urls: ['https://packages.example/a'], hash: hash('A') }],
    ['local@1', { name: 'local.tgz', path: 'vendor/local.tgz' }],
  ])

  test('is each content once per name, and not the archives of the project', () => {
    const paths = new Map([...sources.keys()].map((id) => [id, `/store/${id}`]))
    const names = storedSources([
      { sources, paths },
      { sources, paths },
    ]).map(({ name }) => name)
    expect(names.sort()).toEqual(['a-1.tgz', 'b-1.tgz'])
  })

  test('was fetched before', () => {
    expect(() => storedSources([{ sources, paths: new Map() }])).toThrow('a@1 was not fetched')
  })
})
