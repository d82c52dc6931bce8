/** The program's own code, kept compiled between runs: only where nobody else can write, and never needed. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { installProgram, makeProject, npmProject, runProgram } from '../../support/cli.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

const newCache = () => mkdtempSync(join(tmpdir(), 'cache-'))
const codeIn = (cache: string) => join(cache, 'lock2build/code')

function help(cache: string, environment = {}): string {
  const { code, stdout, stderr } = run(cache, ['--help'], environment)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

/** The tests of other things keep nothing. */
function run(cache: string, words: readonly string[], environment = {}) {
  const more = { XDG_CACHE_HOME: cache, NODE_DISABLE_COMPILE_CACHE: undefined, ...environment }
  return runProgram(program, words, { environment: more })
}

/** Those of one version of the program and of node. */
function keptFiles(cache: string): readonly string[] {
  const [version = ''] = readdirSync(codeIn(cache))
  const entries = readdirSync(join(codeIn(cache), version), { recursive: true, withFileTypes: true })
  return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])).sort()
}

test('the second run takes what the first one kept', () => {
  const cache = newCache()
  const first = help(cache)
  const kept = keptFiles(cache)
  expect(kept.length).toBeGreaterThan(1)
  const inodes = kept.map((path) => statSync(path).ino)
  expect(help(cache)).toBe(first)
  expect(keptFiles(cache).map((path) => statSync(path).ino)).toEqual(inodes)
})

test('a run that calls more keeps that, too: when it compiles a chunk, and once an hour', () => {
  const cache = newCache()
  const folder = makeProject(npmProject({ ms: '2.1.3' }))
  help(cache)
  const [shared = ''] = keptFiles(cache).toSorted((a, b) => statSync(b).size - statSync(a).size)
  const afterHelp = statSync(shared).size
  expect(run(cache, ['--dry-run', '--quiet', folder]).code).toBe(0)
  const afterConversion = statSync(shared).size
  expect(afterConversion).toBeGreaterThan(afterHelp)
  const [version = ''] = readdirSync(codeIn(cache))
  const ago = Date.now() / 1000 - 2 * 60 * 60
  utimesSync(join(codeIn(cache), version), ago, ago)
  const before = statSync(shared).ino
  // A command of the same chunks that fails calls what prints problems.
  expect(run(cache, ['--no-such-option']).code).toBe(2)
  expect(statSync(shared).ino).not.toBe(before)
  expect(statSync(shared).size).toBeGreaterThan(afterConversion)
})

test('what V8 refuses is kept anew', () => {
  const cache = newCache()
  const first = help(cache)
  const kept = keptFiles(cache)
  for (const path of keptFiles(cache)) writeFileSync(path, 'no code')
  expect(help(cache)).toBe(first)
  expect(help(cache)).toBe(first)
  expect(keptFiles(cache)).toEqual(kept)
  expect(kept.filter((path) => readFileSync(path, 'latin1') === 'no code')).toEqual([])
})

test('nothing is read or kept where others may write, nor when it is switched off', () => {
  const cache = newCache()
  const first = help(cache)
  const [version = ''] = readdirSync(codeIn(cache))
  for (const path of keptFiles(cache)) writeFileSync(path, 'no code')
  chmodSync(join(codeIn(cache), version), 0o777)
  expect(help(cache)).toBe(first)
  expect(keptFiles(cache).map((path) => readFileSync(path, 'utf8'))).toEqual(keptFiles(cache).map(() => 'no code'))
  const other = newCache()
  expect(help(other, { NODE_DISABLE_COMPILE_CACHE: '1' })).toBe(first)
  expect(existsSync(codeIn(other))).toBe(false)
})

test('it is the same when node is told to keep quiet about what is deprecated', () => {
  expect(help(newCache(), { NODE_OPTIONS: '--no-deprecation' })).toBe(help(newCache()))
})

// Later versions give V8's flags by a module that loads them.
test.runIf(Number.parseInt(process.versions.v8, 10) < 13)(
  'a conversion loads no streams and no cryptography, and node warns of nothing',
  () => {
    const loaded = join(newCache(), 'loaded')
    const hook = join(newCache(), 'hook.cjs')
    writeFileSync(
      hook,
      `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(loaded)}, process.moduleLoadList.join('\\n')))`,
    )
    const options = { NODE_OPTIONS: `--pending-deprecation --require=${hook}`, XDG_CACHE_HOME: newCache() }
    const modulesOf = (program: string, words: readonly string[]) => {
      const { code, stderr } = runProgram(program, words, { environment: options })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return readFileSync(loaded, 'utf8').split('\n')
    }
    const empty = join(newCache(), 'empty.cjs')
    writeFileSync(empty, '')
    const anyway = new Set(modulesOf(empty, []))
    const more = modulesOf(program, ['--dry-run', '--quiet', makeProject(npmProject({ ms: '2.1.3' }))]).filter(
      (name) => !anyway.has(name),
    )
    expect(more.filter((name) => /\b(?:streams?|net|tty|crypto|child_process)\b/.test(name))).toEqual([])
  },
)
