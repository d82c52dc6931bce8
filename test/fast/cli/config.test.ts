import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { installProgram, makeProject, npmProject, runProgram } from '../../support/cli.ts'
import { readSpec } from '../../../src/spec/read.ts'
import { schemaFaults } from '../../support/json-schema.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

const project = npmProject({ ms: '2.1.3' })
const config = (settings: unknown) => ({ 'lock2build.config.json': JSON.stringify(settings) })
const inManifest = (settings: unknown) => ({
  'package.json': JSON.stringify({ ...(JSON.parse(project['package.json'] ?? '') as object), lock2build: settings }),
})

interface Said {
  readonly words?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
}

function convert({ words = [], environment = {}, files = {} }: Said) {
  const folder = makeProject({ ...project, ...files })
  const ran = runProgram(program, words, { cwd: folder, environment })
  const spec: unknown =
    ran.code === 0 ? JSON.parse(readFileSync(join(folder, 'lock2build/spec.json'), 'utf8')) : undefined
  return { ...ran, spec }
}

const system = (name: string) => ({ systems: [`${name}-linux`] })

test('the nearest place wins: command line, environment, project, your own file, default', () => {
  const own = mkdtempSync(join(tmpdir(), 'config-'))
  mkdirSync(join(own, 'lock2build'))
  writeFileSync(join(own, 'lock2build/config.json'), JSON.stringify(system('user')))
  const user = { XDG_CONFIG_HOME: own }
  const environment = { ...user, LOCK2BUILD_SYSTEM: 'environment-linux' }
  const files = config(system('project'))
  expect(convert({}).spec).toMatchObject({
    systems: ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux'],
  })
  expect(convert({ environment: user }).spec).toMatchObject(system('user'))
  expect(convert({ environment: user, files }).spec).toMatchObject(system('project'))
  expect(convert({ environment, files }).spec).toMatchObject(system('environment'))
  expect(convert({ environment, files, words: ['--system', 'line-linux'] }).spec).toMatchObject(system('line'))
})

test('the lock2build key of package.json is the same as a file', () => {
  expect(convert({ files: inManifest({ ...system('manifest'), omit: ['dev'] }) }).spec).toMatchObject({
    ...system('manifest'),
    ecosystems: { node: { omit: ['dev'] } },
  })
  const both = convert({ files: { ...inManifest({}), ...config({}) } })
  expect(both.code).toBe(2)
  expect(both.stderr).toMatch(/config-invalid: .*both hold settings/)
})

test('a dependency called lock2build is no configuration', () => {
  const files = npmProject({ lock2build: '0.1.0' })
  expect(convert({ files }).code).toBe(0)
})

test('a check reads the same configuration', () => {
  const folder = makeProject({ ...project, ...config(system('x')) })
  const run = (words: readonly string[], environment = {}) =>
    runProgram(program, words, { cwd: folder, environment }).code
  expect([run([]), run(['check']), run(['check'], { LOCK2BUILD_SYSTEM: 'y-linux' })]).toEqual([0, 0, 3])
})

test('a switch that is on in a file can be switched off', () => {
  const flake = (said: Said) => convert({ ...said, files: config({ flake: true }) }).stderr.includes('flake.nix')
  expect(flake({})).toBe(true)
  expect(flake({ words: ['--no-flake'] })).toBe(false)
  expect(flake({ environment: { LOCK2BUILD_FLAKE: '0' } })).toBe(false)
})

test('variables of the project’s build stand in the spec, sorted, and a check sees that one changed', () => {
  const env = { VITE_TITLE: `it's "$HOME" \${x}\n`, NODE_OPTIONS: '--max-old-space-size=4096', EMPTY: '' }
  const folder = makeProject({ ...project, ...config({ env }) })
  const run = (words: readonly string[]) => runProgram(program, words, { cwd: folder })
  expect(run([]).code).toBe(0)
  const spec = readSpec(readFileSync(join(folder, 'lock2build/spec.json'), 'utf8'), 'spec.json')
  expect(Object.entries(spec.ecosystems['node']?.env ?? {})).toEqual(
    Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  expect(run(['check']).code).toBe(0)
  writeFileSync(join(folder, 'lock2build.config.json'), JSON.stringify({ env: { ...env, EMPTY: 'no more' } }))
  const { code, stdout, stderr } = run(['check'])
  expect(code).toBe(3)
  expect(stdout + stderr).toContain('variable EMPTY: changed')
})

test('variables belong to a project: neither to its user nor to a collection', () => {
  const own = makeProject({ 'lock2build/config.json': '{\n  "env": { "A": "b" }\n}' })
  const user = convert({ environment: { XDG_CONFIG_HOME: own } })
  expect(user.code).toBe(2)
  expect(user.stderr).toMatch(
    /config\.json:2: env\n {2}config-invalid: .*no setting of yours\n {2}hint: .*lock2build\.config\.json/,
  )
  const collection = makeProject({ 'packages.json': '{ "node": { "ms": "*" } }', ...config({ env: { A: 'b' } }) })
  const { code, stderr } = runProgram(program, [], { cwd: collection })
  expect(code).toBe(2)
  expect(stderr).toContain('the setting env is for a project')
})

test('a variable that the build itself sets is refused, with file, key and line', () => {
  const text = '{\n  "env": {\n    "A": "1",\n    "PATH": "/bin",\n    "npm_config_x": "",\n    "1A": ""\n  }\n}'
  const { code, stderr } = convert({ files: { 'lock2build.config.json': text } })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^lock2build\.config\.json:4: env\.PATH\n {2}config-invalid: the build itself sets "PATH"/m)
  expect(stderr).toMatch(/^lock2build\.config\.json:5: env\.npm_config_x\n/m)
  expect(stderr).toMatch(
    /^lock2build\.config\.json:6: env\["1A"\]\n {2}config-invalid: "1A" is not the name of a variable/m,
  )
})

describe('a mistake is a problem with its place', () => {
  const schema = JSON.parse(readFileSync(new URL('../../../schema/config.json', import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >

  test.each([
    [{ omti: ['dev'] }, /there is no setting "omti"\n {2}hint: did you mean "omit"\?/],
    [{ __proto__x: 1 }, /there is no setting "__proto__x"\n {2}hint: the settings are lock, omit, /],
    [{ omit: 'dev' }, /a list should stand here/],
    [{ omit: ['prod'] }, /"prod" is nothing that can be left out\n {2}hint: .*dev, optional, peer/],
    [{ flake: 'yes' }, /true or false should stand here/],
    [{ systems: ['linux'] }, /"linux" is not the name of a Nix system/],
    [{ systems: [] }, /no system is named/],
    [{ env: { A: 1 } }, /a string should stand here, and there is the number 1/],
    [{ env: { HOME: '' } }, /the build itself sets "HOME"/],
    [{ env: { ['__proto__']: '' } }, /"__proto__" is not the name of a variable/],
    [[], /an object should stand here/],
  ])('%j', (settings, said) => {
    for (const files of [config(settings), inManifest(settings)]) {
      const { code, stderr } = convert({ files })
      expect(stderr).toMatch(said)
      expect(code).toBe(2)
    }
    expect(schemaFaults(schema, settings), 'the published schema refuses it, too').not.toEqual([])
  })

  test('what is right passes the published schema', () => {
    const settings = {
      $schema: 'x',
      lock: 'package-lock.json',
      omit: ['dev'],
      systems: ['x86_64-linux'],
      flake: false,
      offline: true,
      env: { A: 'b' },
    }
    expect(schemaFaults(schema, settings)).toEqual([])
    expect(convert({ files: config(settings) }).code).toBe(0)
  })

  test('broken JSON', () => {
    const { code, stderr } = convert({ files: { 'lock2build.config.json': '{\n  "omit": [,]\n}' } })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^lock2build\.config\.json:2\n {2}config-invalid: /)
  })

  test('in the environment', () => {
    expect(convert({ environment: { LOCK2BUILD_OMIT: 'dev,prod' } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('LOCK2BUILD_OMIT'),
    })
    expect(convert({ environment: { LOCK2BUILD_FLAKE: 'perhaps' } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('1 or 0'),
    })
  })
})

describe('npm’s configuration outside the project', () => {
  const unresolved = npmProject({ ms: '2.1.3' }, ({ version, integrity }) => ({ version, integrity }))
  const urlOf = (environment: Readonly<Record<string, string>>) => {
    const { spec } = convert({ files: unresolved, environment })
    return JSON.stringify(spec).match(/https?:[^"]*ms-2\.1\.3\.tgz/)?.[0]
  }

  test('the user’s npmrc wins over the global one, and npm’s variables say where both are', () => {
    const folder = makeProject({
      '.npmrc': 'registry=https://user.example/\n',
      global: 'registry=https://global.example/\n',
      other: 'registry=https://other.example/\n',
    })
    const global = { npm_config_globalconfig: join(folder, 'global') }
    expect(urlOf(global)).toBe('https://global.example/ms/-/ms-2.1.3.tgz')
    expect(urlOf({ ...global, HOME: folder })).toBe('https://user.example/ms/-/ms-2.1.3.tgz')
    expect(urlOf({ ...global, HOME: folder, NPM_CONFIG_USERCONFIG: join(folder, 'other') })).toBe(
      'https://other.example/ms/-/ms-2.1.3.tgz',
    )
  })

  test('the global one is found beside npm’s prefix', () => {
    const folder = makeProject({ 'etc/npmrc': 'registry=https://prefix.example/\n' })
    expect(urlOf({ npm_config_prefix: folder, npm_config_globalconfig: '' })).toBe(
      'https://prefix.example/ms/-/ms-2.1.3.tgz',
    )
  })
})
