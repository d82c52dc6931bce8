import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  installProgram,
  listTree,
  makeProject,
  npmProject,
  runProgram,
  startProgram,
  textsOf,
  type RunOptions,
} from '../../support/cli.ts'
import { schemaFaults } from '../../support/json-schema.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

const run = (cwd: string, words: readonly string[] = [], options: RunOptions = {}) =>
  runProgram(program, words, { cwd, ...options })

const written = [
  'default.nix',
  'lock2build/default.nix',
  'lock2build/node-shim.mjs',
  'lock2build/node.nix',
  'lock2build/project.nix',
  'lock2build/spec.json',
]
const two = { ms: '2.1.3', debug: '4.4.0' }

describe('a first conversion', () => {
  test('writes the files, says so on stderr, and leaves stdout to data', () => {
    const project = makeProject(npmProject(two))
    const { code, stdout, stderr } = run(project)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain('package-lock.json  npm-lock 3: 2 packages, 2 sources')
    for (const path of written) expect(stderr).toMatch(new RegExp(`new +${path}`))
    expect([...listTree(project).keys()]).toEqual([...written, 'package-lock.json', 'package.json'].sort())
  })

  test('says what to type next, with git only in a repository', () => {
    const project = makeProject({ ...npmProject(two), 'packages/api/readme.md': '' })
    expect(run(project).stderr).not.toContain('git add')
    const inner = join(project, 'packages/api')
    for (const [path, text] of Object.entries(npmProject(two))) writeFileSync(join(inner, path), text)
    mkdirSync(join(project, '.git'))
    const { stderr } = run(project, ['packages/api'])
    expect(stderr).toContain('git add packages/api/default.nix packages/api/lock2build')
    expect(stderr).toContain('nix-build packages/api -A package')
    expect(stderr).toContain('lock2build check packages/api')
  })

  test('--flake writes a flake.nix, and hints at what flakes see', () => {
    const project = makeProject(npmProject(two))
    mkdirSync(join(project, '.git'))
    const { stderr } = run(project, ['--flake'])
    expect(stderr).toMatch(/git add default\.nix flake\.nix lock2build +# a flake sees only what git knows/)
    expect(Object.keys(textsOf(project))).toContain('flake.nix')
  })

  test('npm-shrinkwrap.json counts when both are there, as for npm', () => {
    const project = makeProject({
      ...npmProject(two),
      'npm-shrinkwrap.json': npmProject({ ms: '2.0.0' })['package-lock.json'] ?? '',
    })
    writeFileSync(join(project, 'package.json'), npmProject({ ms: '2.0.0' })['package.json'] ?? '')
    expect(run(project).stderr).toContain('npm-shrinkwrap.json  npm-lock 3: 1 package, 1 source')
    writeFileSync(join(project, 'package.json'), npmProject(two)['package.json'] ?? '')
    expect(run(project, ['--lock', 'package-lock.json']).stderr).toContain('package-lock.json  npm-lock 3: 2 packages')
  })

  test('a lock file of another package manager beside it is a warning', () => {
    const { code, stderr } = run(makeProject({ ...npmProject(two), 'deno.lock': '' }))
    expect(code).toBe(0)
    expect(stderr).toMatch(/^deno\.lock\n {2}warning lock-ambiguous: .*package-lock\.json/m)
  })
})

describe('the next conversion', () => {
  test('writes nothing when nothing changed, and says so', () => {
    const project = makeProject(npmProject(two))
    run(project)
    const before = listTree(project)
    const { code, stderr } = run(project)
    expect(code).toBe(0)
    expect(stderr).toContain('6 files up to date: nothing written')
    expect(stderr).not.toContain('next:')
    expect(listTree(project)).toEqual(before)
  })

  test('says what was added, removed and updated, and touches the spec only', () => {
    const project = makeProject(npmProject(two))
    run(project)
    const before = listTree(project)
    for (const [path, text] of Object.entries(npmProject({ ms: '2.1.4', kind: '1.0.0' })))
      writeFileSync(join(project, path), text)
    const { stderr } = run(project)
    expect(stderr).toContain('since the last run: 1 added, 1 removed, 1 updated')
    expect(stderr).toMatch(/^ {2}\+ kind 1\.0\.0\n {2}- debug 4\.4\.0\n {2}~ ms 2\.1\.3 → 2\.1\.4 \(patch\)$/m)
    expect(stderr).toMatch(/updated +lock2build\/spec\.json/)
    const after = listTree(project)
    const changed = [...after].filter(([path, file]) => before.get(path)?.text !== file.text).map(([path]) => path)
    expect(changed).toEqual(['lock2build/spec.json', 'package-lock.json', 'package.json'])
    expect(after.get('lock2build/node.nix')).toEqual(before.get('lock2build/node.nix'))
  })

  test('lists twenty changes of a kind and counts the rest, unless --verbose', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`package-${index}`, '1.0.0']))
    const project = makeProject(npmProject(two))
    run(project)
    for (const [path, text] of Object.entries(npmProject({ ...two, ...many }))) writeFileSync(join(project, path), text)
    expect(run(project, ['--dry-run']).stderr.match(/^ {2}\+ package-/gm)).toHaveLength(20)
    expect(run(project, ['--dry-run']).stderr).toContain('10 more')
    expect(run(project, ['--dry-run', '--verbose']).stderr.match(/^ {2}\+ package-/gm)).toHaveLength(30)
  })

  test('leaves your default.nix alone, and overwrites it with --force', () => {
    const project = makeProject(npmProject(two))
    run(project)
    const original = readFileSync(join(project, 'default.nix'), 'utf8')
    writeFileSync(join(project, 'default.nix'), '{ }: null\n')
    run(project)
    expect(readFileSync(join(project, 'default.nix'), 'utf8')).toBe('{ }: null\n')
    expect(run(project, ['--force']).stderr).toMatch(/updated +default\.nix/)
    expect(readFileSync(join(project, 'default.nix'), 'utf8')).toBe(original)
  })

  test('mends a spec with merge conflicts, with a warning', () => {
    const project = makeProject(npmProject(two))
    run(project)
    const spec = readFileSync(join(project, 'lock2build/spec.json'), 'utf8')
    writeFileSync(join(project, 'lock2build/spec.json'), `<<<<<<< ours\n${spec}=======\n${spec}>>>>>>> theirs\n`)
    const { code, stderr } = run(project)
    expect(code).toBe(0)
    expect(stderr).toContain('warning spec-invalid')
    expect(readFileSync(join(project, 'lock2build/spec.json'), 'utf8')).toBe(spec)
  })
})

test('--dry-run says what would be written and writes nothing', () => {
  const project = makeProject(npmProject(two))
  const before = listTree(project)
  const { code, stderr } = run(project, ['--dry-run'])
  expect(code).toBe(0)
  for (const path of written) expect(stderr).toMatch(new RegExp(`would be new +${path}`))
  expect(listTree(project)).toEqual(before)
})

test('--quiet prints nothing when all is well', () => {
  expect(run(makeProject(npmProject(two)), ['--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' })
})

describe('--json', () => {
  const schema = JSON.parse(readFileSync(new URL('../../../schema/report.json', import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >

  test('prints one object of the published shape, whatever happens', () => {
    const project = makeProject(npmProject(two))
    const broken = makeProject({ 'package-lock.json': '{' })
    const cases = [
      run(project, ['--json', '--dry-run']),
      run(project, ['--json']),
      run(project, ['--json']),
      run(project, ['check', '--json']),
      run(project, ['--json', '--version']),
      run(project, ['--json', '--help']),
      run(project, ['completion', 'bash', '--json']),
      run(project, ['hash', '--json', '--file', 'package.json', '--store-path', 'x']),
      run(project, ['--json', '--nonsense']),
      run(broken, ['--json']),
      run(broken, ['check', '--json']),
      run(makeProject({}), ['--json']),
    ]
    for (const { code, stdout } of cases) {
      const report: unknown = JSON.parse(stdout)
      expect(schemaFaults(schema, report), stdout).toEqual([])
      expect(report).toMatchObject({ exitCode: code })
    }
    expect(cases.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 4, 2])
  })

  test('the schema refuses what is not a report', () => {
    const report = JSON.parse(run(makeProject(npmProject(two)), ['--json', '--dry-run']).stdout) as Record<
      string,
      unknown
    >
    expect(schemaFaults(schema, { ...report, files: [{ path: 'x', owner: 'user', state: 'eaten' }] })).not.toEqual([])
    expect(schemaFaults(schema, { ...report, surplus: 1 })).not.toEqual([])
    expect(schemaFaults(schema, { ...report, warnings: undefined })).not.toEqual([])
  })

  test('has the changes and the problems with their places', () => {
    const project = makeProject(npmProject(two))
    expect(JSON.parse(run(project, ['--json']).stdout)).toMatchObject({
      changes: {
        added: [
          { ecosystem: 'node', name: 'debug', version: '4.4.0' },
          { ecosystem: 'node', name: 'ms', version: '2.1.3' },
        ],
        removed: [],
      },
    })
    const lock = readFileSync(join(project, 'package-lock.json'), 'utf8')
    writeFileSync(join(project, 'package-lock.json'), lock.replace(/sha512-\w+/, 'sha512-'))
    expect(JSON.parse(run(project, ['--json']).stdout)).toMatchObject({
      exitCode: 4,
      problems: [
        { code: 'integrity-invalid', file: 'package-lock.json', key: 'packages["node_modules/ms"].integrity' },
      ],
    })
  })
})

describe('colours', () => {
  const escape = '\u001b['
  const stderrOf = (words: readonly string[], environment: Record<string, string>) =>
    run(makeProject(npmProject(two)), words, { environment }).stderr

  test('are for terminals: there are none in a pipe', () => {
    expect(stderrOf([], {})).not.toContain(escape)
  })

  test('FORCE_COLOR switches them on, NO_COLOR alone and --no-color switch them off', () => {
    expect(stderrOf([], { FORCE_COLOR: '1' })).toContain(escape)
    expect(stderrOf([], { FORCE_COLOR: '0' })).not.toContain(escape)
    expect(stderrOf([], { FORCE_COLOR: '', NO_COLOR: '1' })).not.toContain(escape)
    expect(stderrOf(['--no-color'], { FORCE_COLOR: '1' })).not.toContain(escape)
  })
})

describe('hostile text', () => {
  const hostile = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp.exe\r\n${builtins.abort "x"}'

  test('reaches the terminal only escaped, wherever it stands in the lock file', () => {
    const fields = ['version', 'resolved', 'integrity', 'license', 'name', hostile]
    for (const field of fields) {
      const project = makeProject(
        npmProject(two, (entry, name) => (name === 'ms' ? { ...entry, [field]: hostile } : entry)),
      )
      const { stderr, stdout } = run(project, ['--offline'])
      expect(controlCharacters(stderr + stdout), field).toEqual([])
      expect(controlCharacters(run(project, ['--offline', '--json']).stdout), field).toEqual([])
    }
    const named = npmProject({ ...two, [hostile]: '1.0.0' })
    expect(controlCharacters(run(makeProject(named), ['--offline']).stderr)).toEqual([])
  })

  test('in arguments, file names and the environment is escaped, too', () => {
    const project = makeProject(npmProject(two))
    const runs = [
      run(project, [`--${hostile}`]),
      run(project, [hostile]),
      run(project, ['--lock', hostile]),
      run(project, ['--omit', hostile]),
      run(project, ['--to', hostile, 'hash']),
      run(project, ['hash', hostile]),
      run(project, ['hash', '--file', hostile]),
      run(project, [], { environment: { LOCK2BUILD_OMIT: hostile } }),
    ]
    for (const { code, stderr } of runs) {
      expect([1, 2, 4]).toContain(code)
      expect(controlCharacters(stderr)).toEqual([])
    }
  })

  test('a password in a URL is not printed', () => {
    const secret = (entry: Record<string, unknown>) => ({
      ...entry,
      resolved: 'https://user:hunter2@packages.example/x.tgz',
    })
    const { code, stderr } = run(makeProject(npmProject(two, secret)))
    expect(code).toBe(5)
    expect(stderr).toContain('url-credentials')
    expect(stderr).not.toContain('hunter2')
  })
})

/** Everything that could steer a terminal or a reader, line ends apart. */
function controlCharacters(text: string): readonly string[] {
  return [...text.matchAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g)].map(
    ([one]) => JSON.stringify(one),
  )
}

describe('the same bytes', () => {
  test('come out under any locale, time zone, umask, home and working directory', () => {
    const files = npmProject({
      ...two,
      'z-tool': '1.0.0',
      zebra: '1.0.0',
      'a.b': '1.0.0',
      a_b: '1.0.0',
      'a-b': '1.0.0',
      ab: '1.0.0',
    })
    const plain = makeProject(files)
    const other = makeProject(files)
    const first = run(plain)
    const environment = {
      LC_ALL: 'sk_SK.UTF-8',
      LANG: 'tr_TR',
      TZ: 'Pacific/Kiritimati',
      HOME: '/nonexistent',
      COLUMNS: '20',
    }
    const second = run(dirname(other), ['-C', basename(other), '.'], {
      environment,
      wrapper: ['sh', '-c', 'umask 077; exec "$0" "$@"'],
    })
    expect([first.code, second.code]).toEqual([0, 0])
    expect(textsOf(other)).toEqual(textsOf(plain))
  })

  test('come out of two runs at once, whichever comes first', async () => {
    const project = makeProject(npmProject(two))
    const expected = makeProject(npmProject(two))
    run(expected)
    const codes = (await Promise.all([1, 2, 3, 4].map(() => startProgram(program, [], { cwd: project })))).map(
      ({ code }) => code,
    )
    expect(codes.filter((code) => code === 0).length).toBeGreaterThan(0)
    expect(codes.filter((code) => code !== 0 && code !== 9)).toEqual([])
    expect(textsOf(project)).toEqual(textsOf(expected))
  })
})

describe('directories', () => {
  test('-C and the directory are relative to each other and to the working directory', () => {
    const outer = makeProject(
      Object.fromEntries(Object.entries(npmProject(two)).map(([path, text]) => [`a/b/${path}`, text])),
    )
    expect(run(outer, ['-C', 'a', 'b', '--dry-run']).code).toBe(0)
    expect(run(outer, ['--dry-run', 'a/b']).code).toBe(0)
    expect(run(outer, ['-C', 'a/b', '--dry-run']).code).toBe(0)
    expect(run(outer, ['-C', 'b', '--dry-run']).code).toBe(2)
  })

  test('places in messages can be clicked: they are relative to the working directory', () => {
    const outer = makeProject({ 'a/package-lock.json': '{\n  "lockfileVersion": 3,\n  "packages": [\n' })
    expect(run(outer, ['a']).stderr).toMatch(/^a\/package-lock\.json:\d+/)
  })

  test('a project behind a symbolic link is found', () => {
    const project = makeProject(npmProject(two))
    const link = join(makeProject({}), 'link')
    symlinkSync(project, link)
    expect(run(link).code).toBe(0)
    expect(run(dirname(link), ['link']).stderr).toContain('up to date')
    rmSync(link)
  })
})
