// Makes a project of the packages that are named, lets package managers lock and install it, and compares what each has installed
// with what the embedded builder makes of the same lock file. For packages of which nobody knows yet whether they are any trouble.
// Usage: node scripts/try-packages.mjs express@4 vite …
//        node scripts/try-packages.mjs --tools npm,pnpm-10.34 …      not with one release of each package manager
//        node scripts/try-packages.mjs --keep …                         the projects stay, and are named
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { loadTypeScript } from './load-typescript.mjs'
import { useScratch } from './scratch.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tools: { type: 'string' }, keep: { type: 'boolean', default: false } },
})
const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = values.keep ? mkdtempSync(join(tmpdir(), 'tried-')) : useScratch()
const support = await loadTypeScript(
  'test/support/fidelity-cases.ts',
  'test/support/fidelity-embedded.ts',
  'test/support/fidelity.ts',
  'test/support/managed-project.ts',
  'test/support/package-managers.ts',
)
const { buildManaged, chosenNode, compareManaged, gypLeftovers, hiddenLock, openEmbeddedCache, runTool, tools } =
  support

// The one that builds: another release may leave other packages out.
const npm = {
  name: 'npm',
  archive: `npm@${execFileSync(join(chosenNode().prefix, 'bin/npm'), ['--version'], { encoding: 'utf8' }).trim()}`,
  program: 'npm/bin/npm-cli.js',
  install: ['ci', '--no-audit', '--no-fund'],
  lock: ['install', '--package-lock-only', '--no-audit', '--no-fund'],
  exceptions: [hiddenLock],
}
const all = [npm, ...tools]
const chosen = (values.tools ?? 'npm,yarn-1.22,yarn-4.18,pnpm-10.34,bun-1.4').split(',').map((name) => {
  const tool = all.find((one) => one.name === name)
  if (tool === undefined) throw new Error(`there is no ${name}, only ${all.map((one) => one.name).join(', ')}`)
  return tool
})
if (positionals.length === 0) throw new Error('name packages: express, vite@6, @scope/name')

const program = join(scratch, 'program')
execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), program], { stdio: 'inherit' })
const workshop = { program: join(program, 'lock2build.cjs'), cache: openEmbeddedCache() }
for (const tool of chosen) await tryOne(tool)

async function tryOne(tool) {
  // A prebuilt program that a package brings along is taken by both.
  const project = { folder: makeProject(tool), env: { npm_config_build_from_source: '' } }
  try {
    await runTool(tool, project, tool.lock)
    const reference = { ...project, folder: `${project.folder}-installed` }
    execFileSync('cp', ['-a', project.folder, reference.folder])
    await runTool(tool, reference, tool.install)
    const result = await buildManaged(workshop, tool, project)
    const { files, differences } = compareManaged(tool, reference.folder, result, [gypLeftovers])
    console.log(`${tool.name}: ${files} files, ${differences.length} differences`)
    for (const line of differences) console.log(`    ${line}`)
    if (differences.length > 0) process.exitCode = 1
    if (values.keep) return console.log(`    ${project.folder}, ${reference.folder}, ${result}`)
    for (const { folder } of [project, reference]) rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    console.log(`${tool.name}: ${error.message}`)
    process.exitCode = 1
  }
}

function makeProject({ name, archive }) {
  const folder = mkdtempSync(join(scratch, `${name}-`))
  const dependencies = Object.fromEntries(positionals.map(nameAndRange))
  // One lock file serves several releases of pnpm and of Bun.
  const named = /^(?:pnpm|bun)@/.test(archive) ? { packageManager: archive } : {}
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'tried', version: '1.0.0', dependencies, ...named }),
  )
  if (archive.startsWith('@yarnpkg/')) writeFileSync(join(folder, '.yarnrc.yml'), 'nodeLinker: node-modules\n')
  return folder
}

function nameAndRange(word) {
  const at = word.indexOf('@', 1)
  return at === -1 ? [word, '*'] : [word.slice(0, at), word.slice(at + 1)]
}
