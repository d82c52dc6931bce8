/** What is loaded is what costs: each run loads the chunks it needs and no others. Lists of chunks, not times. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metafile } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { bundle } from '../../../scripts/build.mjs'
import { installProgram, makeProject, npmProject, runProgram } from '../../support/cli.ts'

let program: string
let metafile: Metafile
beforeAll(async () => {
  program = await installProgram()
  metafile = (await bundle()).metafile
})

/** Files of the program that a run loads. Node writes what it loaded when it is asked for coverage. */
function chunksLoaded(words: readonly string[], project: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'coverage-'))
  expect(runProgram(program, words, { cwd: project, environment: { NODE_V8_COVERAGE: folder } }).code).toBe(0)
  const loaded = readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: readonly { url: string }[] }
    return result.flatMap(({ url }) => (url.startsWith('file:') ? [fileURLToPath(url)] : []))
  })
  const dist = join(program, '..')
  return [...new Set(loaded)].map((path) => `dist/${path.slice(dist.length + 1)}`)
}

/** Sources in the chunks that a run loads. */
function sourcesLoaded(words: readonly string[], project: string): ReadonlySet<string> {
  return new Set(chunksLoaded(words, project).flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {})))
}

test('--version loads the entry and nothing else', () => {
  for (const word of ['--version', '-V']) expect(chunksLoaded([word], makeProject({}))).toEqual(['dist/lock2build.cjs'])
})

test('converting an npm lock loads no network, no git, nothing of Python, and no other command', () => {
  const project = makeProject(npmProject({ ms: '2.1.3' }))
  for (const words of [[], ['check']]) {
    const loaded = sourcesLoaded(words, project)
    expect(loaded).toContain('converters/node/readers/npm-lock/npm-lock.ts')
    const other = words[0] === 'check' ? 'convert' : 'check'
    const unwanted = new RegExp(
      `^src/io/(?:web|connection|proxy|git|git-process|nar-tree|python-config)\\.ts$|^converters/python/(?!index\\.ts)|commands/(?:hash|completion|help|version|${other})\\.ts$`,
    )
    expect([...loaded].filter((path) => unwanted.test(path))).toEqual([])
  }
})

test('what a conversion loads stands in few files: each costs more than its code', () => {
  const project = makeProject(npmProject({ ms: '2.1.3' }))
  expect(chunksLoaded([], project).length).toBeLessThanOrEqual(8)
})

test('other commands load no reader and no converter', () => {
  const project = makeProject({ file: '' })
  for (const words of [['--help'], ['hash', '--file', 'file'], ['completion', 'bash']]) {
    expect([...sourcesLoaded(words, project)].filter((path) => path.startsWith('converters/node/readers'))).toEqual([])
  }
})

test('what starts programs is loaded when one is started', () => {
  const folder = join(program, '../chunks')
  const own = readdirSync(folder).filter((name) => !name.startsWith('npm-modules'))
  const chunks = own.map((name) => readFileSync(join(folder, name), 'utf8'))
  expect(chunks.some((text) => text.includes('getBuiltinModule("node:child_process")'))).toBe(true)
  expect(chunks.filter((text) => text.includes('require("node:child_process")'))).toEqual([])
})

test('a reader, a converter and a command are chunks of their own', () => {
  const entries = Object.values(metafile.outputs).map(({ entryPoint }) => entryPoint)
  for (const path of [
    'src/cli/commands/convert.ts',
    'src/cli/commands/check.ts',
    'converters/node/readers/npm-lock/npm-lock.ts',
    'src/io/web.ts',
    'src/io/git.ts',
  ]) {
    expect(entries).toContain(path)
  }
})

test('building twice gives the same bytes, without a path of this machine', async () => {
  const [first, second] = [(await bundle()).files, (await bundle()).files]
  expect([...second.keys()]).toEqual([...first.keys()])
  const same = (a: Uint8Array, b: Uint8Array | undefined) => b !== undefined && Buffer.compare(a, b) === 0
  expect([...first].filter(([path, contents]) => !same(contents, second.get(path))).map(([path]) => path)).toEqual([])
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  for (const [path, contents] of first) expect(Buffer.from(contents).includes(root), path).toBe(false)
})

test('what is bundled of others has its licence beside it', async () => {
  const { files } = await bundle()
  const licenses = Buffer.from(files.get('third-party-licenses.txt') ?? '').toString()
  expect(licenses).toMatch(/^@npmcli\/arborist \d+\.\d+\.\d+\n\n/m)
  expect(licenses).toMatch(/^commander \d+\.\d+\.\d+\n\n\(The MIT License\)/m)
})
