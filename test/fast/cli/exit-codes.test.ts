import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { lockProject } from '../../../src/io/project-lock.ts'
import {
  cleanEnvironment,
  installProgram,
  makeProject,
  npmProject,
  runProgram,
  textsOf,
  type Ran,
} from '../../support/cli.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

const one = { ms: '2.1.3' }
const lockOf = (text: string) => ({ 'package.json': '{"name":"app","version":"1.0.0"}', 'package-lock.json': text })

/** Situation → files, words, exit code, and what is said. */
const situations: readonly [string, Readonly<Record<string, string>>, readonly string[], number, RegExp][] = [
  [
    'a member of a workspace',
    { '.git/HEAD': '', 'package-lock.json': '{}', 'packages/a/package.json': '{}' },
    ['packages/a'],
    2,
    /nothing-here: there is no lock file in ".*packages\/a", but package-lock\.json in ".*", above it[^]*lock2build -C "/,
  ],
  ['an empty directory', {}, [], 2, /nothing-here: there is no lock file[^]*hint: .*package-lock\.json/],
  [
    'a manifest without a lock file',
    { 'package.json': '{}' },
    [],
    2,
    /nothing-here[^]*npm install --package-lock-only/,
  ],
  [
    'an old Python project',
    { 'setup.py': '' },
    [],
    2,
    /there is a setup\.py, and no lock file[^]*lock2build --resolve/,
  ],
  [
    'a tool that is not there, in this version',
    { 'package.json': '{"packageManager":"bun@0.0.1"}' },
    ['resolve'],
    10,
    /tool-missing: .*bun[^]*npm install --global bun@0\.0\.1/,
  ],
  [
    'a source archive without a hash, and no network',
    { 'requirements.txt': 'foo @ https://example.com/foo-1.0.tar.gz' },
    ['--offline'],
    6,
    /requirements\.txt:1\n {2}network-needed: "foo@1\.0" says how it is built in a file/,
  ],
  [
    'an archive of the project that is missing, and no network',
    {
      'pyproject.toml': '[project]\nname = "app"\nversion = "1.0"\n',
      'uv.lock': `version = 1
[[package]]
name = "app"
version = "1.0"
source = { virtual = "." }
dependencies = [{ name = "foo" }]
[package.metadata]
requires-dist = []
[[package]]
name = "foo"
version = "1.0"
source = { path = "foo-1.0.tar.gz" }
`,
    },
    ['--offline'],
    1,
    /uv\.lock:9: package\[1\]\n {2}io: "foo@1\.0": the archive "foo-1\.0\.tar\.gz" is not there/,
  ],
  [
    'files that are locked by their hashes alone, and no network',
    { 'requirements.txt': `six==1.17.0 --hash=sha256:${'0'.repeat(64)}` },
    ['--offline'],
    6,
    /requirements\.txt:1\n {2}network-needed: "six@1\.17\.0" has files whose names/,
  ],
  [
    'what the project is built with, and no network',
    {
      'pyproject.toml':
        '[project]\nname = "app"\nversion = "1.0"\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
      'uv.lock': 'version = 1\n[[package]]\nname = "app"\nversion = "1.0"\nsource = { editable = "." }\n',
    },
    ['--offline'],
    6,
    /uv\.lock\n {2}network-needed: "app" is built with packages that no earlier run has looked up/,
  ],
  ['a lock file that is not read yet', { 'deno.lock': '' }, [], 2, /nothing-here: there is deno\.lock, which/],
  ['an unknown option', {}, ['--jsn'], 2, /usage: there is no option "--jsn"\nhint: did you mean `--json`\?/],
  ['a misspelt command', {}, ['chekc'], 2, /usage: "chekc" is neither[^]*did you mean `lock2build check`\?/],
  [
    'an option of a command that was not named',
    {},
    ['-o', 'x'],
    2,
    /--out-link .*\nhint: it is an option of `lock2build build`/,
  ],
  ['an option of another command', {}, ['hash', '--flake'], 2, /--flake does not belong to `lock2build hash`/],
  ['an option without its value', {}, ['--lock'], 2, /usage: .*--lock/],
  [
    'a value that is not one of the choices',
    {},
    ['--omit', 'prod'],
    2,
    /--omit cannot be "prod"\nhint: .*dev, optional, peer/,
  ],
  ['too many words', {}, ['.', 'x'], 2, /"x" is one word too many/],
  [
    'a lock file that is not there',
    npmProject(one),
    ['--lock', 'x/package-lock.json'],
    2,
    /there is no file "x\/package-lock\.json"/,
  ],
  [
    'a lock file in another directory',
    { 'x/package.json': '{}', 'x/package-lock.json': '{}' },
    ['--lock', 'x/package-lock.json'],
    2,
    /"x\/package-lock\.json" stands in another directory, and locks the project there\nhint: type `lock2build -C "x"`/,
  ],
  [
    'an option that Nix does not know',
    npmProject(one),
    ['build', '--with', 'nix', '--omit', 'dev'],
    2,
    /--omit is an option of the embedded builder, and means nothing to Nix/,
  ],
  [
    'a lock file of an unknown name',
    npmProject(one),
    ['--lock', 'x.json'],
    2,
    /"x\.json" is not the name[^]*package-lock\.json/,
  ],
  ['a system that is none', npmProject(one), ['--system', 'linux'], 2, /"linux" is not the name of a Nix system/],
  ['nothing to hash', {}, ['hash'], 2, /name one thing/],
  ['a digest that is none', {}, ['hash', 'sha256-x'], 4, /integrity-invalid/],
  ['a missing file', {}, ['hash', '--file', 'x'], 1, /^x\n {2}io: /],
  [
    'a truncated lock file',
    lockOf('{\n  "lockfileVersion": 3,\n  "pack'),
    [],
    4,
    /^package-lock\.json:3\n {2}lock-syntax/,
  ],
  ['merge conflicts', lockOf('{\n<<<<<<< HEAD\n'), [], 4, /package-lock\.json:2\n {2}lock-conflict/],
  ['a lock file of the future', lockOf('{"lockfileVersion":9}'), [], 4, /lock-version/],
  [
    'a path that leaves the project',
    lockOf('{"lockfileVersion":3,"packages":{"":{},"../x":{"version":"1.0.0"}}}'),
    [],
    5,
    /path-escapes/,
  ],
  [
    'a missing integrity, offline',
    npmProject(one, ({ version, resolved }) => ({ version, resolved })),
    ['--offline'],
    6,
    /network-needed: .*ms/,
  ],
  ['a foreign directory in the way', { ...npmProject(one), 'lock2build/readme.md': 'mine' }, [], 8, /not-ours/],
]

describe('an exit code for each situation', () => {
  test.each(situations)('%s', (_, files, words, exit, said) => {
    const project = makeProject(files)
    const { code, stdout, stderr } = runProgram(program, words, { cwd: project })
    expect(stderr).toMatch(said)
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' })
    expect(textsOf(project), 'nothing is written').toEqual(files)
  })

  test('another run holds the project', () => {
    const cache = mkdtempSync(join(tmpdir(), 'cache-'))
    const project = makeProject(npmProject(one))
    const lock = lockProject(project, join(cache, 'lock2build'))
    const environment = { XDG_CACHE_HOME: cache }
    const busy = runProgram(program, [], { cwd: project, environment })
    expect(busy.stderr).toMatch(/^busy: process \d+/)
    expect(busy.code).toBe(9)
    lock.release()
    expect(runProgram(program, [], { cwd: project, environment }).code).toBe(0)
  })

  test('a bug of ours: 70, with the stack and what to report', () => {
    const broken = join(mkdtempSync(join(tmpdir(), 'broken-')), 'dist')
    cpSync(dirname(program), broken, { recursive: true })
    const chunk = readdirSync(join(broken, 'chunks')).find((name) => name.startsWith('hash-')) ?? ''
    writeFileSync(
      join(broken, 'chunks', chunk),
      'module.exports = { hash: async () => { throw new TypeError("no \\u001b[2J") } }\n',
    )
    const { code, stdout, stderr } = runProgram(join(broken, 'lock2build.cjs'), ['hash', '--json'])
    expect(code).toBe(70)
    expect(stderr).toMatch(
      /^internal: TypeError: no \\u001b\[2J\nhint: .*report[^]*\nlock2build \d+\.\d+\.\d+, node v[^]*\n {4}at hash /,
    )
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 70, problems: [{ code: 'internal' }] })
  })

  test('an error that is the input’s fault has no stack', () => {
    expect(runProgram(program, [], { cwd: makeProject(lockOf('{')) }).stderr).not.toMatch(/^ +at /m)
  })
})

test('all problems of a file are told, twenty of them in full', () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`package-${index}`, '1.0.0']))
  const project = makeProject(npmProject(many, (entry) => ({ ...entry, integrity: 'sha512-' })))
  const short = runProgram(program, [], { cwd: project })
  expect(short.stderr.match(/integrity-invalid/g)).toHaveLength(20)
  expect(short.stderr).toContain('and 10 more problems')
  expect(runProgram(program, ['--verbose'], { cwd: project }).stderr.match(/integrity-invalid/g)).toHaveLength(30)
  expect(JSON.parse(runProgram(program, ['--json'], { cwd: project }).stdout)).toHaveProperty('problems.length', 30)
})

describe('options of node2nix', () => {
  test.each([
    [['-i', 'package.json'], /name the directory/],
    [['-l', 'package-lock.json'], /--lock FILE/],
    [['-d'], /development dependencies/],
    [['--development'], /development dependencies/],
    [['--strip-optional-dependencies'], /--omit optional/],
    [['--pkg-name', 'nodejs_22'], /nodejs = /],
    [['-18'], /nodejs = /],
    [['--output=x.nix'], /the names are fixed/],
  ])('%j is answered with what does the same here', (words, hint) => {
    const { code, stderr } = runProgram(program, words)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^usage: "-.*" is an option of node2nix\nhint: /)
    expect(stderr).toMatch(hint)
  })
})

describe('interrupted', () => {
  /** What the program waits for when the signal comes. */
  const waiting = {
    'a registry': (url: string) => npmProject(one, ({ version }) => ({ version, resolved: `${url}x.tgz` })),
    git: (url: string) =>
      npmProject(one, ({ version }) => ({ version, resolved: `git+${url}x.git#${'1'.repeat(40)}` })),
  }

  test.each([
    ['SIGINT', 130, 'a registry'],
    ['SIGTERM', 143, 'a registry'],
    ['SIGINT', 130, 'git'],
  ] as const)('by %s: exit %d, and nothing is left behind while it waits for %s', async (signal, exit, what) => {
    const { server, url, asked } = await silentRegistry()
    const scratch = mkdtempSync(join(tmpdir(), 'scratch-'))
    const files = waiting[what](url)
    const project = makeProject(files)
    const child = spawn(process.execPath, [program, '--registry', url], {
      cwd: project,
      env: cleanEnvironment({ XDG_CACHE_HOME: scratch, TMPDIR: scratch }),
    })
    await asked
    child.kill(signal)
    const [code] = (await once(child, 'exit')) as [number | null]
    server.closeAllConnections()
    server.close()
    expect(code).toBe(exit)
    expect(textsOf(project)).toEqual(files)
    expect(textsOf(scratch)).toEqual({})
    expect(readdirSync(scratch)).toEqual(['lock2build'])
  })
})

/** Takes requests and never answers. */
async function silentRegistry(): Promise<{ server: Server; url: string; asked: Promise<unknown> }> {
  const server = createServer(() => {})
  const asked = once(server, 'request')
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

test('a reader that closes the pipe early is no failure', () => {
  const project = makeProject(
    npmProject(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`package-${i}`, '1.0.0']))),
  )
  const script = `${JSON.stringify(process.execPath)} ${JSON.stringify(program)} --json 2>&1 | head -c 10; echo " ends with \${PIPESTATUS[0]}"`
  const piped = runProgram(
    '-e',
    [`process.stdout.write(require('child_process').execFileSync('bash', ['-c', ${JSON.stringify(script)}]))`],
    {
      cwd: project,
    },
  )
  expect(piped.stdout).toMatch(/ends with 0\n$/)
  expect(existsSync(join(project, 'lock2build/spec.json'))).toBe(true)
})

describe('help and version', () => {
  const ran = (...words: readonly string[]): Ran => runProgram(program, words)

  test('every command has help with examples, on stdout', () => {
    for (const words of [['--help'], ['-h'], ['help'], ['check', '--help'], ['help', 'hash'], ['completion', '-h']]) {
      const { code, stdout, stderr } = ran(...words)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/lock2build[^]*Common options:[^]*--json[^]*Examples:\n {2}\S/)
    }
    expect(ran('--help').stdout).toMatch(/Usage: lock2build \[options\] \[dir\][^]*Exit codes: 0 done/)
  })

  test('the version is that of package.json, however it is asked for', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    for (const words of [['--version'], ['-V'], ['check', '--version'], ['--version', '-q']]) {
      expect(ran(...words)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    }
  })
})
