// Compares what Nix and the embedded builder build with what yarn, pnpm or Bun installs, and prints the differences.
// Usage: node scripts/fidelity-managers.mjs [tool[/project] …]            no name: every tool, every project that has a lock file
//        node scripts/fidelity-managers.mjs /project                      every tool
//        node scripts/fidelity-managers.mjs --lock tool/project           makes the lock file of a project anew, with that tool
//        node scripts/fidelity-managers.mjs --use-package-manager …       with the package manager itself inside the build
//        node scripts/fidelity-managers.mjs --write …                     puts each result into docs/fidelity.md when it is there
//        node scripts/fidelity-managers.mjs --missing --write             those that docs/fidelity.md lacks
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from './load-typescript.mjs'
import { useScratch } from './scratch.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
// Of this run alone: somebody may build dist/ meanwhile.
process.env.LOCK2BUILD_BUILT = join(useScratch(), 'program')
const support = await loadTypeScript(
  'test/support/fidelity.ts',
  'test/support/fidelity-compare.ts',
  'test/support/fidelity-embedded.ts',
  'test/support/managed-cases.ts',
  'test/support/manager-fidelity.ts',
  'test/support/managers-table.ts',
  'test/support/nix.ts',
  'test/support/other-linkers.ts',
  'test/support/package-managers.ts',
)
const {
  cellOf,
  copyManaged,
  getAnyTool,
  linkedCases,
  lockedProjects,
  managedCases,
  nodeOf,
  openEmbeddedCache,
  openStore,
  otherLinkers,
  printDifferences,
  readCells,
  removeProject,
} = support
const { runManaged, runTool, tools, writeCells } = support

const flags = process.argv.slice(2).filter((word) => word.startsWith('--'))
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const tables = [
  { table: 'managers', tools, projects: managedCases },
  { table: 'linkers', tools: otherLinkers, projects: linkedCases },
]
const names = [...tools, ...otherLinkers].map(({ name }) => name)
const chosen = (words.length === 0 ? names : words).flatMap((word) => {
  const [name, project] = word.split('/')
  return (name === '' ? names : [name]).map(getAnyTool).flatMap((tool) => {
    const isMeant = (one) =>
      project === undefined ? lockedProjects(tool).includes(one.project) : one.project === project
    const own = tableOf(tool).projects.filter(isMeant)
    // One that is in no table.
    if (own.length === 0 && name !== '') return [{ tool, one: { project, about: '' } }]
    return own.map((one) => ({ tool, one }))
  })
})
if (flags.includes('--lock')) for (const { tool, one } of chosen) await makeLock(tool, one)
else await compareAll(flags.includes('--missing') ? chosen.filter(isMissing) : chosen)

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

async function compareAll(chosen) {
  const built = process.env.LOCK2BUILD_BUILT
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), built], { stdio: 'inherit' })
  const embedded = { program: join(built, 'lock2build.cjs'), cache: openEmbeddedCache() }
  // Archives are put into a store once.
  const stores = new Map()
  const storeOf = (node) =>
    stores.get(node.prefix) ?? stores.set(node.prefix, openStore({ nodes: { nodejs: node } })).get(node.prefix)
  for (const { tool, one } of chosen) await compareOne(tool, one, { store: storeOf(nodeOf(tool)), embedded })
  for (const store of stores.values()) store.remove()
}

async function compareOne(tool, one, builders) {
  const name = `${tool.name}/${one.project}`
  const save = (cell) => flags.includes('--write') && write(tool, one, cell)
  const why = one.not?.[tool.name]
  if (why !== undefined) {
    console.log(`${name}: ${why}`)
    return save({ files: undefined, notes: [`${why}.`] })
  }
  try {
    const args = flags.includes('--use-package-manager') ? ['--use-package-manager'] : []
    const result = await runManaged(tool, one, builders, args)
    if (report(name, one, result)) save(cellOf(result.comparison))
  } catch (error) {
    console.log(`${name}: ${error.message}`)
    process.exitCode = 1
  }
}

function report(name, one, { packages, comparison, trees, printed, works, seconds }) {
  const { files, links, differences, excepted } = comparison
  const times = Object.entries(seconds).map(([part, value]) => `${part} ${value.toFixed(1)} s`)
  console.log(
    `${name}: ${packages} packages, ${files} files, ${links} links, ${differences.length} differences; ${times.join(', ')}`,
  )
  for (const line of printDifferences(differences)) console.log(`    ${line}`)
  for (const [{ reason }, found] of excepted) console.log(`    (${found.length} ${found[0].kind}: ${reason})`)
  const faults = [
    ...(trees.embedded === trees.nix ? [] : ['the embedded builder makes another tree']),
    ...(works ? [] : [`no file of ${one.application.folder} holds ${one.application.holds}`]),
    ...(printed === one.use?.prints ? [] : [`its program prints ${printed}, not ${one.use?.prints}`]),
  ]
  for (const fault of faults) console.log(`    ${fault}`)
  const isEqual = differences.length === 0 && faults.length === 0
  if (!isEqual) process.exitCode = 1
  return isEqual
}

function write(tool, { project }, cell) {
  const document = join(root, 'docs/fidelity.md')
  const { table, tools, projects } = tableOf(tool)
  const rows = { table, tools: tools.map(({ name }) => name), projects }
  writeFileSync(
    document,
    writeCells(readFileSync(document, 'utf8'), new Map([[`${tool.name}/${project}`, cell]]), rows),
  )
}

function isMissing({ tool, one }) {
  const document = readFileSync(join(root, 'docs/fidelity.md'), 'utf8')
  return !readCells(document, tableOf(tool).table).has(`${tool.name}/${one.project}`)
}

function tableOf(tool) {
  return tables.find(({ tools }) => tools.includes(tool))
}
