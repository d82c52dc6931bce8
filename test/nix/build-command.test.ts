/** `lock2build build` where Nix is there: Nix builds, into its own store, and the program says so. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installProgram, runProgram } from '../support/cli.ts'
import { buildProject, temporaryCache } from '../support/embedded.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'

const builds = "require('node:fs').writeFileSync('made.txt', 'made')\n"
const dated = "require('node:fs').writeFileSync('dated.txt', String(process.hrtime.bigint()))\n"

describe.skipIf(!hasNix)('lock2build build, with Nix', () => {
  let store: NixStore
  let program = ''
  beforeAll(async () => {
    store = openStore()
    program = await installProgram()
  })
  afterAll(() => store.remove())

  const build = (project: string, words: readonly string[] = [], environment = {}) =>
    runProgram(program, ['build', '--no-out-link', '--json', ...words], {
      cwd: project,
      environment: {
        ...store.environment,
        NIX_REMOTE: `local?root=${store.root}`,
        XDG_CACHE_HOME: temporaryCache(),
        ...environment,
      },
    })

  test('is what Nix builds where it finds nixpkgs, and says why', () => {
    const { code, stdout, stderr } = build(buildProject(builds))
    expect(code, stderr).toBe(0)
    const report = JSON.parse(stdout) as { with: string; result: string }
    expect(report.with).toBe('nix')
    expect(existsSync(join(store.onHost(report.result), 'lib/node_modules/app/made.txt'))).toBe(true)
    expect(stderr).toContain('built with Nix, which is installed')
  })

  test('is the embedded builder where Nix finds no nixpkgs, and says why', () => {
    const { code, stdout, stderr } = build(buildProject(builds), [], { NIX_PATH: '' })
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ with: 'embedded' })
    expect(stderr).toContain('built by the embedded builder: Nix finds no <nixpkgs>')
  })

  test('--rebuild has Nix compare, and finds a date', () => {
    expect(build(buildProject(builds), ['--rebuild']).code).toBe(0)
    const { code, stderr } = build(buildProject(dated), ['--rebuild'])
    expect(code).toBe(5)
    expect(stderr).toContain('not-reproducible: built again by Nix')
  })

  test('a build that fails in Nix is a problem, with what Nix said', () => {
    const { code, stderr } = build(buildProject('process.exit(3)\n'))
    expect(code).toBe(1)
    expect(stderr).toContain('build-failed: nix-build failed')
  })
})
