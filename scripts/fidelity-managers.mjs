// Compares what Nix and the embedded builder build with what yarn, pnpm or Bun installs, and prints the differences.
// Usage: node scripts/fidelity-managers.mjs [tool[/project] …]            no name: every tool, every project that has a lock file
//        node scripts/fidelity-managers.mjs --lock tool/project           makes the lock file of a project anew, with that tool
//        node scripts/fidelity-managers.mjs --use-package-manager …       with the package manager itself inside the build
//        node scripts/fidelity-managers.mjs --write …                     puts each result into docs/fidelity.md when it is there
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from './load-typescript.mjs'
import { useScratch } from './scratch.mjs'

useScratch()
const root = fileURLToPath(new URL('..', import.meta.url))
const support = await loadTypeScript(
  'test/support/fidelity.ts',
  'test/support/fidelity-compare.ts',
  'test/support/managed-cases.ts',
  'test/support/manager-fidelity.ts',
  'test/support/managers-table.ts',
  'test/support/nix.ts',
  'test/support/package-managers.ts',
)
const {
  cellOf,
  copyManaged,
  getTool,
  lockedProjects,
  managedCases,
  nodeOf,
  openStore,
  printDifferences,
  removeProject,
} = support
const { runManaged, runTool, tools, writeCells } = support

const flags = process.argv.slice(2).filter((word) => word.startsWith('--'))
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const chosen = (words.length === 0 ? tools.map(({ name }) => name) : words).flatMap((word) => {
  const [name, project] = word.split('/')
  const tool = getTool(name)
  const all = managedCases.filter((one) => lockedProjects(tool).includes(one.project))
  if (project === undefined) return all.map((one) => ({ tool, one }))
  return [{ tool, one: managedCases.find((one) => one.project === project) ?? { project, about: '' } }]
})
if (flags.includes('--lock')) for (const { tool, one } of chosen) await makeLock(tool, one)
else await compareAll()

async function makeLock(tool, { project }) {
  const copy = copyManaged(tool, project, { isNew: true })
  try {
    await runTool(tool, copy, tool.lock)
    const to = join(root, 'test/fidelity-locks', tool.locks, project)
    mkdirSync(to, { recursive: true })
    for (const file of ['yarn.lock', 'pnpm-lock.yaml', 'bun.lock', '.yarnrc.yml', '.npmrc', 'pnpm-workspace.yaml'])
      try {
        cpSync(join(copy.folder, file), join(to, file))
      } catch (error) {
        if (error.code !== 'ENOENT') throw error
      }
    console.log(`${tool.name}/${project}: locked`)
  } finally {
    removeProject(copy)
  }
}

async function compareAll() {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
  const program = join(root, 'dist/lock2build.mjs')
  const cache = mkdtempSync(join(tmpdir(), 'lock2build-embedded-'))
  for (const { tool, one } of chosen) {
    const store = openStore({ nodes: { nodejs: nodeOf(tool) } })
    const name = `${tool.name}/${one.project}`
    try {
      const args = flags.includes('--use-package-manager') ? ['--use-package-manager'] : []
      const result = await runManaged(tool, one, { store, embedded: { program, cache } }, args)
      const isEqual = report(name, one, result)
      if (isEqual && flags.includes('--write')) write(name, result)
    } catch (error) {
      console.log(`${name}: ${error.message}`)
      process.exitCode = 1
    } finally {
      store.remove()
    }
  }
}

function report(name, one, { packages, comparison, trees, printed, seconds }) {
  const { files, links, differences, excepted } = comparison
  const times = Object.entries(seconds).map(([part, value]) => `${part} ${value.toFixed(1)} s`)
  console.log(
    `${name}: ${packages} packages, ${files} files, ${links} links, ${differences.length} differences; ${times.join(', ')}`,
  )
  for (const line of printDifferences(differences)) console.log(`    ${line}`)
  for (const [{ reason }, found] of excepted) console.log(`    (${found.length} ${found[0].kind}: ${reason})`)
  const faults = [
    ...(trees.embedded === trees.nix ? [] : ['the embedded builder makes another tree']),
    ...(printed === one.use?.prints ? [] : [`its program prints ${printed}, not ${one.use?.prints}`]),
  ]
  for (const fault of faults) console.log(`    ${fault}`)
  const isEqual = differences.length === 0 && faults.length === 0
  if (!isEqual) process.exitCode = 1
  return isEqual
}

function write(name, { comparison }) {
  const document = join(root, 'docs/fidelity.md')
  const rows = { tools: tools.map((tool) => tool.name), projects: managedCases }
  writeFileSync(document, writeCells(readFileSync(document, 'utf8'), new Map([[name, cellOf(comparison)]]), rows))
}
