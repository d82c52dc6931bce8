/** Look-ups through the whole program: what a lock file leaves open is asked for once, with the user's credentials, and pinned. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  installProgram,
  makeProject,
  npmProject,
  startProgram,
  textsOf,
  type Ran,
  type RunOptions,
} from '../../support/cli.ts'
import { startGit, type LoopbackGit } from '../../support/loopback-git.ts'
import { startRegistry, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { selfSigned } from '../../support/self-signed.ts'

const TOKEN = 'npm_s3cr3t'
const tls = selfSigned()
let program: string
let registry: LoopbackRegistry
let git: LoopbackGit
beforeAll(async () => {
  program = await installProgram()
  const packages = ['1.0.0', '2.0.0'].map((version) => ({ manifest: { name: '@acme/tool', version } }))
  registry = await startRegistry({ packages, tls, auth: { bearer: TOKEN } })
  git = await startGit()
})
afterAll(() => Promise.all([registry.close(), git.close()]))

const run = (cwd: string, words: readonly string[] = [], options: RunOptions = {}): Promise<Ran> =>
  startProgram(program, words, { cwd, ...options })

/** An entry with nothing but a version, and a home whose npmrc has the registry, its token and its certificate. */
function scoped() {
  const home = makeProject({
    'ca.pem': tls.cert,
    '.npmrc': `@acme:registry=${registry.url}\n//127.0.0.1:${registry.port}/:_authToken=\${ACME_TOKEN}\ncafile=~/ca.pem\n`,
  })
  const project = makeProject(npmProject({ '@acme/tool': '1.0.0' }, ({ version }) => ({ version })))
  return { project, environment: { HOME: home, ACME_TOKEN: TOKEN } }
}

describe('a private registry', () => {
  test('is not asked for what --omit leaves out, and check does not miss it', async () => {
    const { environment } = scoped()
    const project = makeProject(npmProject({ '@acme/tool': '1.0.0' }, ({ version }) => ({ version, dev: true })))
    const asked = registry.requests.length
    expect((await run(project, ['--omit', 'dev'], { environment })).code).toBe(0)
    expect((await run(project, ['check'], { environment })).code).toBe(0)
    expect(registry.requests.length).toBe(asked)
  })

  test('is asked with the user’s token and certificate, once, and the token is written and printed nowhere', async () => {
    const { project, environment } = scoped()
    const first = await run(project, ['--verbose'], { environment })
    expect(first.stderr).toContain('1 package, 1 source, 1 source looked up')
    expect(first.code).toBe(0)
    const spec = readFileSync(join(project, 'lock2build/spec.json'), 'utf8')
    expect(spec).toContain(registry.tarball('@acme/tool', '1.0.0').integrity)
    expect(JSON.stringify(textsOf(project)) + first.stderr).not.toContain(TOKEN)

    const asked = registry.requests.length
    expect(asked).toBeGreaterThan(0)
    expect((await run(project, [], { environment })).stderr).toContain('nothing written')
    expect((await run(project, ['--offline'], { environment })).code).toBe(0)
    expect((await run(project, ['check'], { environment })).code).toBe(0)
    expect(registry.requests.length, 'the pin is in the spec').toBe(asked)
  })

  test('a pin counts only as long as the entry says the same', async () => {
    const { project, environment } = scoped()
    await run(project, [], { environment })
    const files = npmProject({ '@acme/tool': '2.0.0' }, ({ version }) => ({ version }))
    for (const [path, text] of Object.entries(files)) writeFileSync(join(project, path), text)
    expect((await run(project, ['check'], { environment })).code).toBe(3)
    expect((await run(project, ['--offline'], { environment })).code).toBe(6)
    expect((await run(project, [], { environment })).stderr).toContain('~ @acme/tool 1.0.0 → 2.0.0')
  })

  test('refusing the token is a problem that names the package, and nothing is written', async () => {
    const { project, environment } = scoped()
    const before = textsOf(project)
    const { code, stderr } = await run(project, [], { environment: { ...environment, ACME_TOKEN: 'wrong' } })
    expect(code).toBe(6)
    expect(stderr).toMatch(
      /package-lock\.json:\d+: packages\["node_modules\/@acme\/tool"\]\n {2}network: .*@acme\/tool/,
    )
    expect(textsOf(project)).toEqual(before)
  })

  test('a certificate file that is not there is a problem of the configuration', async () => {
    const { project, environment } = scoped()
    rmSync(join(environment.HOME, 'ca.pem'))
    const { code, stderr } = await run(project, [], { environment })
    expect(stderr).toMatch(/config-invalid: .*"~\/ca\.pem"/)
    expect(code).toBe(2)
  })
})

describe('a git dependency', () => {
  async function dependingOn(manifest: object) {
    const rev = await git.commit('tool', { 'package.json': JSON.stringify(manifest), 'index.js': '' })
    const resolved = `git+${git.httpUrl('tool')}#${rev}`
    return makeProject(npmProject({ tool: '1.0.0' }, ({ version }) => ({ version, resolved })))
  }

  test('gets the hash of its checkout', async () => {
    const project = await dependingOn({ name: 'tool', version: '1.0.0' })
    const { code, stderr } = await run(project)
    expect(stderr).not.toContain('warning')
    expect(code).toBe(0)
    expect(readFileSync(join(project, 'lock2build/spec.json'), 'utf8')).toMatch(/"git": "http:.*", "hash": "sha256-/)
  })

  test('that wants to be built is warned of, because what it needs is not locked', async () => {
    const project = await dependingOn({ name: 'tool', version: '1.0.0', scripts: { prepare: 'tsc', test: 'x' } })
    const { code, stderr } = await run(project)
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /packages\["node_modules\/tool"\]\n {2}warning script-unlocked: "tool@[^"]*" comes from git and has a prepare script/,
    )
  })

  test('with a manifest that cannot be read is converted, with a warning', async () => {
    const rev = await git.commit('broken', { 'package.json': '{' })
    const resolved = `git+${git.httpUrl('broken')}#${rev}`
    const { code, stderr } = await run(
      makeProject(npmProject({ broken: '1.0.0' }, ({ version }) => ({ version, resolved }))),
    )
    expect(stderr).toMatch(/packages\["node_modules\/broken"\]\n {2}warning manifest-syntax/)
    expect(code).toBe(0)
  })
})
