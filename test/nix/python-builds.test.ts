/** Python projects in Nix's sandbox: environments, sources with a C extension, applications, shells. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { thisSystem } from '../../src/io/this-system.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'
import { hostPython } from '../support/python-prefix.ts'
import { indexFiles, writePythonProject, type WrittenPythonProject } from '../support/python-project.ts'

const code = 'import flask\n\ndef main():\n    print("app with flask", bool(flask.Flask("x")))\n'
const pyproject = `[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "app"
version = "1.0"
description = "an application"
scripts = { app = "app:main" }
`
const helper = `[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "helper"
version = "1.0"
description = "a directory of the project"
`

describe.skipIf(!hasNix)('Python in the Nix sandbox', () => {
  let store: NixStore
  let project: WrittenPythonProject
  const needs = { 'build:all': 'all' } as const
  beforeAll(async () => {
    const wheels = indexFiles(['flask==3.1.3', 'numpy'])
    const backends = indexFiles(['setuptools', 'flit_core'])
    const sdists = indexFiles(['markupsafe==3.0.2'], 'sdists')
    store = openStore({ pythons: { python3: hostPython() } })
    project = await writePythonProject({
      system: thisSystem(),
      files: [...wheels.filter(({ name }) => name !== 'markupsafe'), ...backends, ...sdists],
      wanted: { setuptools: needs, 'flit-core': needs, numpy: { 'extra:math': 'all' } },
      builds: { markupsafe: { backend: 'setuptools.build_meta', needs: 'build:all' } },
      project: {
        extras: ['math'],
        scripts: { app: 'app:main' },
        build: { backend: 'flit_core.buildapi', needs: 'build:all' },
      },
      packages: {
        helper: {
          name: 'helper',
          version: '1.0',
          directory: 'libs/helper',
          editable: true,
          for: { main: 'all' },
          build: { backend: 'flit_core.buildapi', needs: 'build:all' },
        },
      },
      tree: {
        'app.py': code,
        'pyproject.toml': pyproject,
        'libs/helper/pyproject.toml': helper,
        'libs/helper/src/helper.py': "it = 'helps'\n",
      },
    })
    await store.add(project.archives)
  }, 300_000)
  afterAll(() => {
    store?.remove()
    project?.remove()
  })

  it('an environment holds wheels and built sources, compiled, and is the same when it is built again', async () => {
    const out = await store.build(project.folder, 'pythonEnv')
    const site = join(out, 'lib', `python${hostPython().version}`, 'site-packages')
    expect(readdirSync(site)).toEqual(expect.arrayContaining(['flask', 'markupsafe']))
    expect(readdirSync(site)).not.toContain('numpy')
    expect(readdirSync(join(site, 'markupsafe')).filter((name) => name.endsWith('.so'))).toHaveLength(1)
    expect(readdirSync(join(site, 'flask/__pycache__')).length).toBeGreaterThan(10)
    expect(readFileSync(join(out, 'bin/flask'), 'utf8').split('\n')[0]).toBe(
      `#!${out.slice(store.root.length)}/bin/python3`,
    )
    const again = await store.run('nix-build', ['--no-out-link', '--check', project.folder, '-A', 'pythonEnv'])
    expect(again.stderr + again.status).toMatch(/0$/)
  }, 300_000)

  it('an application has its own programs alone, and they run', async () => {
    const out = await store.build(project.folder, 'package.pristine')
    expect(readdirSync(out)).toEqual(['bin', 'lib'])
    expect(readdirSync(join(out, 'bin'))).toEqual(['app'])
    expect(readlinkSync(join(out, 'bin/app'))).toBe('../lib/environment/bin/app')
    const expression = `with import <nixpkgs> {}; stdenv.mkDerivation { name = "run"; buildCommand = ''
      \${(import ${project.folder} {}).package}/bin/app > $out
      '' + "exit 0"; }`
    const result = await store.run('nix-build', ['--no-out-link', '-E', expression])
    expect(result.stderr).not.toMatch(/error/)
    expect(readFileSync(store.onHost(result.stdout.trim()), 'utf8')).toBe('app with flask True\n')
  }, 300_000)

  it('the interpreter is a setting, though it is called as its ecosystem', async () => {
    const path = (settings: string) =>
      store.evaluate(`(import ${project.folder}/lock2build { ${settings} }).pythonEnv.drvPath`)
    expect(await path('python = (import <nixpkgs> { }).python3;')).toBe(await path(''))
    expect(await path('python = { extras = [ "math" ]; };'), 'settings of the ecosystem').not.toBe(await path(''))
  })

  it('extras are chosen by a setting, and what is none is refused with what there is', async () => {
    const env = (extras: string) => `(import ${project.folder}/lock2build { extras = [ ${extras} ]; }).pythonEnv`
    const made = await store.run('nix-build', ['--no-out-link', '-E', env('"math"')])
    const site = join(store.onHost(made.stdout.trim()), 'lib', `python${hostPython().version}`, 'site-packages')
    expect(existsSync(join(site, 'numpy'))).toBe(true)
    expect((await store.run('nix-build', ['--no-out-link', '-E', env('"mth"')])).stderr).toContain(
      'extras: "mth" is none of "math"',
    )
  }, 300_000)

  it('a shell has the project as it stands in the working directory, and packages that are directories of it', () => {
    // nix-shell starts a shell of this machine, so the store is mounted where its paths say it is.
    const script = 'mount --bind "$1/nix" /nix && cd "$2" && exec nix-shell "$2" -A shell --run "$3"'
    const command = 'python3 -c "import app, helper; print(app.__file__, helper.__file__)"; command -v app flask'
    const flags = process.getuid?.() === 0 ? ['-mn'] : ['-rmn']
    const words = [...flags, 'sh', '-c', script, 'sh', store.root, project.folder, command]
    const [where, ...programs] = execFileSync('unshare', words, { encoding: 'utf8', env: store.environment }).split(
      '\n',
    )
    expect(where).toBe(['app.py', 'libs/helper/src/helper.py'].map((path) => join(project.folder, path)).join(' '))
    expect(programs).toEqual([
      expect.stringMatching(/-shell-env\/bin\/app$/),
      expect.stringMatching(/\/bin\/flask$/),
      '',
    ])
  }, 300_000)
})
