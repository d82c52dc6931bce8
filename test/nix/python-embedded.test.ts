/** Nix and the embedded builder make the same environment of a Python project, a compiled source among it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { pythonBuilder } from '../../converters/python/builder.ts'
import { buildPlaces } from '../../src/build/build-store.ts'
import { chooseSandbox } from '../../src/build/choose-sandbox.ts'
import { planBuild } from '../../src/build/plan-build.ts'
import { findPythonTool } from '../../src/build/python-tool.ts'
import { runBuild } from '../../src/build/run-build.ts'
import { narDigestOfTree } from '../../src/io/nar-tree.ts'
import { storeSpace } from '../../src/io/store-space.ts'
import { thisSystem } from '../../src/io/this-system.ts'
import { printSri } from '../../src/digest/sri.ts'
import { printSpec } from '../../src/spec/print.ts'
import { hasNix, openStore } from '../support/nix.ts'
import { packArchive } from '../support/python-archive.ts'
import { bundledAssets } from '../support/python-assets.ts'
import { hostPython } from '../support/python-prefix.ts'
import { indexFiles, writePythonProject, type WrittenPythonProject } from '../support/python-project.ts'

const scratch = mkdtempSync(join(tmpdir(), 'lock2build-python-embedded-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function buildEmbedded({ folder, spec, archives }: WrittenPythonProject): Promise<string> {
  const part = spec.ecosystems['python']
  if (part === undefined) throw new Error('the spec has no part for python')
  const assets = await bundledAssets()
  const cache = join(scratch, 'cache')
  const chosen = join(hostPython().prefix, 'bin/python3')
  const tool = findPythonTool({ chosen, environment: process.env, cache })
  const settings = { system: thisSystem(), omit: [], findText: () => undefined, toolVersion: () => tool.version }
  const recipe = pythonBuilder.recipes(part, settings).get('pythonEnv')
  if (recipe === undefined) throw new Error('there is no pythonEnv')
  const planned = planBuild(recipe, {
    project: folder,
    specText: printSpec(spec),
    sources: part.sources,
    readFile: () => Buffer.of(),
    asset: (path) => assets.get(path) ?? '',
    tool,
    host: 'test',
    isIsolated: true,
  })
  const files = new Map(archives.map(({ name, bytes }) => [name, bytes]))
  await runBuild(planned, {
    space: storeSpace(cache),
    sandbox: () => chooseSandbox({ environment: process.env, isOff: false }),
    tool,
    keepFailed: false,
    fetch: async (ids) =>
      new Map(
        ids.map((id) => {
          const name = part.sources[id]?.name ?? ''
          const file = join(scratch, name)
          writeFileSync(file, files.get(name) ?? '')
          return [id, file] as const
        }),
      ),
  })
  return buildPlaces(cache, planned.key).out
}

const title = `it's "$HOME" \${x}`
const ownSetup = `import os
from setuptools import setup
with open("own.py", "w") as file:
    file.write(os.environ["TITLE"])
setup(name="own", version="1.0", py_modules=["own"])
`

describe.skipIf(!hasNix)('Nix and the embedded builder', () => {
  it('make the same of wheels, of a source with a C extension, and of a directory that reads a variable', async () => {
    const store = openStore({ pythons: { python3: hostPython() } })
    const needs = { 'build:all': 'all' } as const
    const project = await writePythonProject({
      system: thisSystem(),
      files: [
        ...indexFiles(['flask==3.1.3', 'numpy']).filter(({ name }) => name !== 'markupsafe'),
        ...indexFiles(['setuptools', 'flit_core']),
        ...indexFiles(['markupsafe==3.0.2'], 'sdists'),
      ],
      wanted: { setuptools: needs, 'flit-core': needs },
      builds: { markupsafe: { backend: 'setuptools.build_meta', needs: 'build:all' } },
      packages: {
        own: {
          name: 'own',
          version: '1.0',
          directory: 'own',
          for: { main: 'all' },
          build: { backend: 'setuptools.build_meta', needs: 'build:all' },
        },
      },
      tree: { 'own/setup.py': ownSetup },
      env: { TITLE: title },
    })
    try {
      await store.add(project.archives)
      const byNix = await store.build(project.folder, 'pythonEnv.pristine')
      const embedded = await buildEmbedded(project)
      expect(printSri(await narDigestOfTree(embedded))).toBe(printSri(await narDigestOfTree(byNix)))
      const own = join(embedded, 'lib', `python${hostPython().version}`, 'site-packages/own.py')
      expect(readFileSync(own, 'utf8')).toBe(title)
    } finally {
      store.remove()
      project.remove()
    }
  }, 300_000)
})

describe('the embedded builder', () => {
  it('says what a source that cannot be built may need of this machine', async () => {
    const bytes = packArchive('psycopg2-1.0.tar.gz', { 'psycopg2-1.0/setup.py': 'raise SystemExit("no pg_config")\n' })
    const project = await writePythonProject({
      system: thisSystem(),
      files: [
        { name: 'psycopg2', version: '1.0', file: 'psycopg2-1.0.tar.gz', bytes },
        ...indexFiles(['setuptools', 'flit_core']),
      ],
      wanted: { setuptools: { 'build:all': 'all' }, 'flit-core': { 'build:all': 'all' } },
      builds: { psycopg2: { backend: 'setuptools.build_meta', needs: 'build:all' } },
    })
    try {
      const failure = await buildEmbedded(project).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        problems: [{ code: 'build-failed', hint: expect.stringContaining('libpq-dev') }],
      })
    } finally {
      project.remove()
    }
  }, 300_000)
})
