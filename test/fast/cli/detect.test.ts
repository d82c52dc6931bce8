/** Which lock file counts where several stand side by side. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findLocks } from '../../../src/cli/detect.ts'
import type { Ecosystem, LockFormat } from '../../../src/model/converter.ts'
import { findLockFiles, parseManager } from '../../../converters/node/package-managers.ts'
import { problemsOf } from '../../support/problems-of.ts'

const never = (): Promise<never> => Promise.reject(new Error('nothing is loaded to find a lock file'))
const format = (name: string, files: readonly string[], sign?: RegExp): LockFormat => ({
  name,
  files,
  versions: ['1'],
  load: never,
  ...(sign === undefined ? {} : { recognizes: (text) => sign.test(text) }),
})
const ecosystem: Ecosystem = {
  name: 'node',
  formats: [
    format('npm-lock', ['package-lock.json']),
    format('new-yarn', ['yarn.lock'], /^__metadata:/m),
    format('old-yarn', ['yarn.lock']),
    format('pnpm-lock', ['pnpm-lock.yaml']),
    { ...format('list', ['list.txt']), isFallback: true },
  ],
  manifest: {
    file: 'package.json',
    lockCommand: 'npm install',
    findLockFiles: async (text) => findLockFiles(text),
    naming: 'or name it',
  },
  resolvers: [],
  buildFiles: [],
  load: never,
  loadBuilder: never,
  loadComparison: never,
  loadTools: never,
  loadMigration: never,
}

function find(files: Readonly<Record<string, string>>, more: { lock?: string; preferred?: readonly string[] } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'detect-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return findLocks({ directory, ecosystems: [ecosystem], lock: undefined, ...more })
}

const both = { 'package-lock.json': '{}', 'pnpm-lock.yaml': '' }

describe('several lock files', () => {
  test.each([
    ['pnpm@9.1.0', 'pnpm-lock.yaml'],
    ['npm@11.0.0', 'package-lock.json'],
  ])('packageManager %s makes %s the one that counts', async (packageManager, file) => {
    const { locks } = await find({ ...both, 'package.json': JSON.stringify({ packageManager }) })
    expect(locks.map((lock) => lock.file)).toEqual([file])
  })

  test('devEngines names one too', async () => {
    const manifest = JSON.stringify({ devEngines: { packageManager: { name: 'pnpm', version: '>=9' } } })
    const { locks } = await find({ ...both, 'package.json': manifest })
    expect(locks.map((lock) => lock.file)).toEqual(['pnpm-lock.yaml'])
  })

  test('the manifest counts for more than the last run, and the last run where the manifest says nothing', async () => {
    const preferred = ['package-lock.json']
    const named = await find({ ...both, 'package.json': '{ "packageManager": "pnpm@9.1.0" }' }, { preferred })
    expect(named.locks[0]?.file).toBe('pnpm-lock.yaml')
    expect((await find({ ...both, 'package.json': '{}' }, { preferred })).locks[0]?.file).toBe('package-lock.json')
  })

  test('otherwise it is a question, with every answer in it', async () => {
    const [problem] = await problemsOf(() => find({ ...both, 'package.json': '{}' }))
    expect(problem).toMatchObject({
      code: 'lock-ambiguous',
      message: expect.stringMatching(
        /package-lock\.json and pnpm-lock\.yaml .* package\.json names no package manager/,
      ),
      hint: expect.stringMatching(/--lock package-lock\.json.*--lock pnpm-lock\.yaml.*or name it/),
    })
  })

  test('--lock answers it', async () => {
    expect((await find(both, { lock: 'pnpm-lock.yaml' })).locks[0]?.format.name).toBe('pnpm-lock')
  })
})

test('a file that need not be a lock file counts where no other one stands, or when it is typed', async () => {
  const names = async (found: ReturnType<typeof find>) => (await found).locks.map(({ format: { name } }) => name)
  expect(await names(find({ 'list.txt': '', 'package-lock.json': '{}' }))).toEqual(['npm-lock'])
  expect(await names(find({ 'list.txt': '' }))).toEqual(['list'])
  expect(await names(find({ 'list.txt': '', 'package-lock.json': '{}' }, { lock: 'list.txt' }))).toEqual(['list'])
})

test.each([
  ['# yarn lockfile v1\n', 'old-yarn'],
  ['__metadata:\n  version: 8\n', 'new-yarn'],
])('a file name that two formats share is told apart by what is in the file: %j', async (text, name) => {
  expect((await find({ 'yarn.lock': text })).locks[0]?.format.name).toBe(name)
  expect((await find({ 'yarn.lock': text }, { lock: 'yarn.lock' })).locks[0]?.format.name).toBe(name)
})

describe('packageManager', () => {
  const hex = 'ab'.repeat(64)
  test.each([
    ['pnpm@9.1.0', { word: 'pnpm', version: '9.1.0', digests: [] }],
    [`pnpm@9.1.0+sha512.${hex}`, { word: 'pnpm', version: '9.1.0', digests: [{ algorithm: 'sha512', hex }] }],
    ['yarn@3.2.3+sha224.953c8233f7a92884eee2de69a1b92d1f2ec1655e66d08071ba9a02fa', { version: '3.2.3', digests: [] }],
    ['pnpm@9.1.0+sha512.abcd', { version: '9.1.0', digests: [] }],
  ])('%s', (text, expected) => expect(parseManager(text)).toMatchObject(expected))

  test.each(['pnpm', 'pnpm@', 'cargo@1.0.0', 'pnpm@../../x', 'pnpm@https://example.com/pnpm.tgz'])(
    '%s is none',
    (text) => expect(parseManager(text)).toBeUndefined(),
  )
})
