/** `lock2build fetch --cache`, `--mirror` and `--from` as a program. With `--nix`: test/nix/offline.test.ts. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installProgram, makeProject, runProgram, startProgram, textsOf } from '../../support/cli.ts'
import { schemaFaults } from '../../support/json-schema.ts'
import { startRegistry, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { emptyCache, registryProject } from '../../support/registry-project.ts'

let program: string
let registry: LoopbackRegistry
let project: string
/** Its store has every source of the project. */
let full: string

beforeAll(async () => {
  program = await installProgram()
  registry = await startRegistry()
  full = emptyCache()
  project = registryProject(registry, 3)
  const options = { cwd: project, environment: { XDG_CACHE_HOME: full } }
  expect(runProgram(program, [], options).code).toBe(0)
  expect((await startProgram(program, ['fetch'], options)).code).toBe(0)
})
afterAll(() => registry.close())

function fetch(words: readonly string[], { cache = full, cwd = project, more = {} } = {}) {
  return runProgram(program, ['fetch', ...words], { cwd, environment: { XDG_CACHE_HOME: cache, ...more } })
}

const secretKey = () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const { x = '' } = privateKey.export({ format: 'jwk' })
  return `test-1:${Buffer.concat([seed, Buffer.from(x, 'base64url')]).toString('base64')}`
}

test('says what it added and where, and then that it is complete', () => {
  const folder = makeProject({})
  const words = ['--offline', '--cache', join(folder, 'c'), '--mirror', join(folder, 'm')]
  const store = 'complete: 3 sources in the store, verified\n'
  expect(fetch(words)).toMatchObject({
    code: 0,
    stderr: `${store}added 3 sources to the binary cache ${folder}/c\nadded 3 sources to the mirror ${folder}/m\n`,
  })
  expect(fetch(words).stderr).toBe(
    `${store}complete: the binary cache ${folder}/c has 3 sources of this project\ncomplete: the mirror ${folder}/m has 3 sources of this project\n`,
  )
})

test('paths start where the command was typed, or at -C, not in the project that is named', () => {
  const folder = makeProject({})
  mkdirSync(join(folder, 'elsewhere'))
  symlinkSync(project, join(folder, 'project'))
  expect(fetch(['project', '--cache', 'here'], { cwd: folder }).code).toBe(0)
  expect(fetch(['../project', '-C', 'elsewhere', '--mirror', 'there'], { cwd: folder }).code).toBe(0)
  expect(readdirSync(folder).sort()).toEqual(['elsewhere', 'here', 'project'])
  expect(readdirSync(join(folder, 'elsewhere/there')).sort()).toEqual(['.lock2build', 'sha512'])
})

test('one directory is both, and a machine that has nothing fetches from it without network', () => {
  const both = makeProject({})
  expect(fetch(['--cache', both, '--mirror', both]).code).toBe(0)
  const elsewhere = emptyCache()
  const before = registry.requests.length
  expect(fetch(['--from', both], { cache: elsewhere })).toMatchObject({
    code: 0,
    stderr: 'fetched 3 sources; 3 sources in the store, verified\n',
  })
  expect(registry.requests).toHaveLength(before)
  const again = makeProject({})
  expect(fetch(['--offline', '--mirror', again], { cache: elsewhere }).code).toBe(0)
  expect(textsOf(again)).toEqual(
    Object.fromEntries(Object.entries(textsOf(both)).filter(([path]) => path.startsWith('sha512/'))),
  )
})

test('--json has the targets, and the published shape', () => {
  const folder = makeProject({ key: secretKey() })
  const { stdout } = fetch([
    '--json',
    '--cache',
    join(folder, 'c'),
    '--sign',
    join(folder, 'key'),
    '--mirror',
    join(folder, 'm'),
  ])
  const report: unknown = JSON.parse(stdout)
  const schema = JSON.parse(readFileSync(new URL('../../../schema/report.json', import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >
  expect(schemaFaults(schema, report)).toEqual([])
  expect(report).toMatchObject({
    cache: { directory: join(folder, 'c'), added: 3, kept: 0, publicKey: expect.stringMatching(/^test-1:/) },
    mirror: { directory: join(folder, 'm'), added: 3, kept: 0 },
  })
})

test.each([
  [['--store', 'x'], '--nix'],
  [['--sign', 'key'], '--cache DIR'],
  [['--compression', 'zstd', '--mirror', 'm'], '--cache DIR'],
])('%j says something about %s only, and nothing is fetched', (words, needed) => {
  const cache = emptyCache()
  const { code, stderr } = fetch(words, { cache })
  expect(code).toBe(2)
  expect(stderr).toContain(`add ${needed}`)
  expect(readdirSync(cache)).toEqual([])
})

test('a key that is none is told before anything is fetched, and not shown', () => {
  const folder = makeProject({ key: 'test-1:SECRETSECRET' })
  const { code, stderr } = fetch(['--cache', join(folder, 'c'), '--sign', join(folder, 'key')])
  expect(code).toBe(2)
  expect(stderr).toContain('nix key generate-secret')
  expect(stderr).not.toContain('SECRET')
  expect(fetch(['--cache', join(folder, 'c'), '--sign', join(folder, 'nothing')]).code).toBe(2)
  expect(readdirSync(folder)).toEqual(['key'])
})

test('without Nix --nix says so; the sources are in the store all the same', () => {
  const { code, stderr } = fetch(['--nix'], { more: { PATH: '/nonexistent' } })
  expect(code).toBe(1)
  expect(stderr).toContain('nix: nix-store could not be started')
})

test('a directory that cannot be written is a problem with its path', () => {
  const folder = makeProject({ file: '' })
  const { code, stderr } = fetch(['--cache', join(folder, 'file')])
  expect(code).toBe(1)
  expect(stderr).toContain(`${folder}/file`)
})
