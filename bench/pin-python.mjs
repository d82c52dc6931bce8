// Pinning some 400 packages of Python from the index, with nothing kept of an earlier run, against `uv lock --no-cache` for the same set.
// The set is what uv locks of usual requirements; here it is a Pipfile.lock, which has digests and no URLs. Both then ask for the page of
// every package; uv also chooses versions, we also choose what everything that has no wheel is built with. Needs the network.
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'smol-toml'
import { loadTypeScript } from '../scripts/load-typescript.mjs'
import { lockLarge } from './large-python.mjs'
import { measureWall, ms, times, verdict } from './measure.mjs'

const HALF = 0.5
const program = fileURLToPath(new URL('../dist/lock2build.cjs', import.meta.url))
const { PUBLIC_INDEX, toolPython, uv } = await loadTypeScript(
  'converters/python/public-index.ts',
  'test/support/python-tools.ts',
)
const uvProgram = join(dirname(toolPython(uv)), 'uv')
const scratch = mkdtempSync(join(tmpdir(), 'bench-pin-python-'))
const [uvProject, ourProject, cache] = ['uv', 'ours', 'cache'].map((name) => join(scratch, name))
for (const folder of [uvProject, ourProject]) mkdirSync(folder)

lockLarge(uvProject, uvProgram)
const locked = parse(readFileSync(join(uvProject, 'uv.lock'), 'utf8')).package.filter(({ source }) => source.registry)
// A Pipfile.lock has one version of each.
const packages = [...new Map(locked.map((pkg) => [pkg.name, pkg])).values()]
writeFileSync(join(ourProject, 'Pipfile'), pipfile())
writeFileSync(join(ourProject, 'Pipfile.lock'), JSON.stringify(pipfileLock(), null, 4))
console.log(`${packages.length} packages:`)

const ours = (systems) => ({
  command: [process.execPath, program, '-C', ourProject, ...systems.flatMap((system) => ['--system', system])],
  env: { XDG_CACHE_HOME: cache },
  asksRegistry: true,
  before: () => {
    for (const path of [cache, join(ourProject, 'lock2build')]) rmSync(path, { recursive: true, force: true })
  },
})
const result = measureWall(
  {
    uv: {
      command: [uvProgram, 'lock', '--no-cache', '--project', uvProject],
      asksRegistry: true,
      before: () => rmSync(join(uvProject, 'uv.lock'), { force: true }),
    },
    'four systems': ours([]),
    'x86_64-linux': ours(['x86_64-linux']),
  },
  5,
)
for (const [name, { wall }] of Object.entries(result)) console.log(`  ${name}: ${ms(wall)}`)
const [one, four] = ['x86_64-linux', 'four systems'].map((name) => result[name].wall / result.uv.wall)
verdict('pinning for one system ÷ uv lock, both cold', times(one), `at most ${HALF}×`, one <= HALF)
// On some system nearly everything in C is built from source once: what that takes is looked for after the pages are there.
console.log(`  for four systems: ${times(four)}`)

/** Pipenv's: of the Pipfile as JSON with sorted keys. */
function hashOfPipfile(sources, requires) {
  const asked = Object.fromEntries(packages.map(({ name }) => [name, '*']).sort(([a], [b]) => (a < b ? -1 : 1)))
  const json = JSON.stringify({ _meta: { requires, sources }, default: asked, develop: {} })
  return createHash('sha256').update(json).digest('hex')
}

function pipfile() {
  const names = packages.map(({ name }) => `${JSON.stringify(name)} = "*"\n`)
  return `[[source]]\nurl = "${PUBLIC_INDEX}"\nverify_ssl = true\nname = "pypi"\n\n[requires]\npython_version = "3.11"\n\n[packages]\n${names.join('')}`
}

function pipfileLock() {
  const entry = ({ version, sdist, wheels = [] }) => ({
    hashes: [...(sdist ? [sdist] : []), ...wheels].map(({ hash }) => hash),
    index: 'pypi',
    version: `==${version}`,
  })
  const sources = [{ name: 'pypi', url: PUBLIC_INDEX, verify_ssl: true }]
  const requires = { python_version: '3.11' }
  return {
    _meta: { hash: { sha256: hashOfPipfile(sources, requires) }, 'pipfile-spec': 6, requires, sources },
    default: Object.fromEntries(packages.map((pkg) => [pkg.name, entry(pkg)])),
    develop: {},
  }
}
