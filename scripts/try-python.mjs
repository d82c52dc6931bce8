// Makes a project of the Python packages that are named, lets a tool lock and install it, and compares what it has installed with
// what the embedded builder makes of the same lock file. For packages of which nobody knows yet whether they are any trouble.
// Usage: node scripts/try-python.mjs flask 'sqlalchemy>=2' …
//        node scripts/try-python.mjs --tools uv,pdm …            not with uv alone
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { loadTypeScript } from './load-typescript.mjs'
import { useScratch } from './scratch.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tools: { type: 'string', default: 'uv' } },
})
const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = useScratch()
const support = await loadTypeScript(
  'test/support/fidelity-compare.ts',
  'test/support/fidelity-embedded.ts',
  'test/support/python-fidelity.ts',
  'test/support/python-tools.ts',
)
const { makeEnvironment, openEmbeddedCache, pdm, poetry2, printDifferences, runPythonCase, runPythonTool, uv } = support
const tools = { uv, pdm, poetry: poetry2 }
const chosen = values.tools.split(',').map((name) => {
  if (tools[name] === undefined) throw new Error(`there is no ${name}, only ${Object.keys(tools).join(', ')}`)
  return tools[name]
})
if (positionals.length === 0) throw new Error('name packages: flask, "sqlalchemy>=2"')

const program = join(scratch, 'program')
execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), program], { stdio: 'inherit' })
const builders = { program: join(program, 'lock2build.cjs'), cache: openEmbeddedCache() }
for (const tool of chosen) await tryOne(tool)

async function tryOne(tool) {
  try {
    const folder = await makeLocked(tool)
    const serve = async () => ({ folder, variables: {}, secrets: [], close: async () => undefined })
    const one = { project: 'tried', about: '', tool, serve, use: { code: '', prints: '' } }
    const { packages, comparison } = await runPythonCase(one, builders)
    const { files, differences } = comparison
    console.log(`${tool.name}: ${packages} packages, ${files} files, ${differences.length} differences`)
    for (const line of printDifferences(differences)) console.log(`    ${line}`)
    if (differences.length > 0) process.exitCode = 1
  } catch (error) {
    console.log(`${tool.name}: ${error.message}`)
    process.exitCode = 1
  }
}

/** A project that is no package, and its lock file. */
async function makeLocked(tool) {
  const home = mkdtempSync(join(scratch, 'tried-'))
  const [folder, environment] = [join(home, 'project'), join(home, 'environment')]
  mkdirSync(folder)
  const dependencies = JSON.stringify(positionals)
  const project = `[project]\nname = "tried"\nversion = "1.0.0"\nrequires-python = ">=3.11,<3.12"\ndependencies = ${dependencies}\n`
  const noPackage =
    '[tool.poetry]\npackage-mode = false\n[tool.uv]\npackage = false\n[tool.pdm]\ndistribution = false\n'
  writeFileSync(join(folder, 'pyproject.toml'), `${project}${noPackage}`)
  makeEnvironment(environment)
  await runPythonTool(tool, tool.lock, { folder, environment })
  return folder
}
