// Compares what Nix and the embedded builder make of a Python project with what its own tool installs, and prints the differences.
// Usage: node scripts/fidelity-python.mjs [project …]              no name: all of them
//        node scripts/fidelity-python.mjs --lock project …         makes the lock file of a project anew, with its tool
//        node scripts/fidelity-python.mjs --without-nix …          the embedded builder alone
//        node scripts/fidelity-python.mjs --write …                and their rows in the table of docs/fidelity-python.md
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from './load-typescript.mjs'
import { useScratch } from './scratch.mjs'

useScratch()
const root = fileURLToPath(new URL('..', import.meta.url))
const support = await loadTypeScript(
  'test/support/fidelity-compare.ts',
  'test/support/nix.ts',
  'test/support/python-cases.ts',
  'test/support/python-fidelity.ts',
  'test/support/python-page.ts',
  'test/support/python-prefix.ts',
  'test/support/python-tools.ts',
)
const { hostPython, makeEnvironment, openStore, printDifferences, pythonCases, runPythonCase, runPythonTool } = support
const { faultsOf, pageWith, rowOf } = support

const flags = process.argv.slice(2).filter((word) => word.startsWith('--'))
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const chosen = words.length === 0 ? pythonCases : pythonCases.filter(({ project }) => words.includes(project))
if (flags.includes('--lock')) for (const one of chosen.filter(({ serve }) => serve === undefined)) await makeLock(one)
else await compareAll()

async function makeLock({ project, inside = '', tool, lockedBy = tool }) {
  const home = mkdtempSync(join(tmpdir(), 'python-lock-'))
  const own = join(root, 'test/fidelity-locks/python', project)
  const [folder, environment] = [join(home, 'project'), join(home, 'environment')]
  cpSync(own, folder, { recursive: true, filter: (path) => !path.endsWith(`/${lockedBy.lockFile}`) })
  makeEnvironment(environment)
  await runPythonTool(lockedBy, lockedBy.lock, { folder: join(folder, inside), environment })
  cpSync(join(folder, inside, lockedBy.lockFile), join(own, inside, lockedBy.lockFile))
  console.log(`${project}: locked by ${lockedBy.name}`)
}

async function compareAll() {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
  const builders = {
    program: join(root, 'dist/lock2build.cjs'),
    cache: mkdtempSync(join(tmpdir(), 'lock2build-embedded-')),
  }
  const rows = new Map()
  for (const one of chosen) {
    const store = flags.includes('--without-nix') ? undefined : openStore({ pythons: { python3: hostPython() } })
    try {
      const result = await runPythonCase(one, { ...builders, ...(store === undefined ? {} : { store }) })
      report(one, result)
      rows.set(one.project, rowOf(one, result))
    } catch (error) {
      console.log(`${one.project}: ${error.message}`)
      process.exitCode = 1
    } finally {
      store?.remove()
    }
  }
  if (!flags.includes('--write') || process.exitCode) return
  const page = join(root, 'docs/fidelity-python.md')
  writeFileSync(page, pageWith(readFileSync(page, 'utf8'), rows))
}

function report(one, result) {
  const { packages, comparison, seconds } = result
  const { files, links, differences, excepted } = comparison
  const times = Object.entries(seconds).map(([part, value]) => `${part} ${value.toFixed(1)} s`)
  console.log(
    `${one.project}: ${packages} packages, ${files} files, ${links} links, ${differences.length} differences; ${times.join(', ')}`,
  )
  for (const line of printDifferences(differences)) console.log(`    ${line}`)
  for (const [{ reason }, found] of excepted) console.log(`    (${found.length} ${found[0].kind}: ${reason})`)
  const faults = faultsOf(one, result)
  for (const fault of faults) console.log(`    ${fault}`)
  if (differences.length > 0 || faults.length > 0) process.exitCode = 1
}
