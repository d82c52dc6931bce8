// Compares what Nix builds with what npm makes, for one project of the fidelity test or all of them, and prints the differences.
// Usage: node scripts/fidelity.mjs [project …] [--write]      --write: puts the results of all of them into docs/fidelity.md
// Another node and npm: FIDELITY_NODE=18.20.8 FIDELITY_NPM=9.9.4 node scripts/fidelity.mjs express
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from './load-typescript.mjs'
import { useScratch } from './scratch.mjs'

useScratch()
const root = fileURLToPath(new URL('..', import.meta.url))
const document = join(root, 'docs/fidelity.md')
const { cases, chosenNode, openStore, printDifferences, runCase, writeTable } = await loadTypeScript(
  'test/support/fidelity.ts',
  'test/support/fidelity-cases.ts',
  'test/support/fidelity-compare.ts',
  'test/support/fidelity-run.ts',
  'test/support/fidelity-table.ts',
  'test/support/nix.ts',
)

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const unknown = names.filter((name) => !cases.some((one) => one.name === name))
if (unknown.length > 0) {
  console.error(`no such project: ${unknown.join(', ')}; there are ${cases.map((one) => one.name).join(', ')}`)
  process.exit(2)
}
const results = await runAll(cases.filter((one) => names.length === 0 || names.includes(one.name)))
if (process.argv.includes('--write')) {
  if (results.length < cases.length) throw new Error('the table needs every project, without an error')
  writeFileSync(document, writeTable(readFileSync(document, 'utf8'), results))
}

async function runAll(chosen) {
  const done = []
  const store = openStore({ nodes: { nodejs: chosenNode() } })
  const embedded = { program: buildProgram(), cache: mkdtempSync(join(tmpdir(), 'lock2build-embedded-')) }
  try {
    for (const one of chosen) {
      const result = await runCase(one, { store, embedded }).catch((error) =>
        console.log(`${one.name}: ${error.message}`),
      )
      if (result === undefined) process.exitCode = 1
      else done.push(print(result))
    }
  } finally {
    store.remove()
  }
  return done
}

function buildProgram() {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
  return join(root, 'dist/lock2build.cjs')
}

function print(result) {
  const { name, packages, comparisons, sameSpec, trees, unused, leaks, printed, seconds } = result
  const expected = cases.find((one) => one.name === name).use?.prints
  const times = Object.entries(seconds).map(([part, value]) => `${part} ${value.toFixed(1)} s`)
  console.log(`${name}: ${packages} packages; ${times.join(', ')}`)
  for (const [version, { files, links, differences, excepted }] of comparisons) {
    const allowed = [...excepted].map(([{ reason }, found]) => `${found.length} ${found[0].kind}: ${reason}`)
    console.log(`  lock version ${version}: ${files} files, ${links} links, ${differences.length} differences`)
    for (const line of [...printDifferences(differences), ...allowed.map((line) => `(${line})`)])
      console.log(`    ${line}`)
    if (differences.length > 0) process.exitCode = 1
  }
  const faults = [
    ...(trees.embedded === trees.nix ? [] : ['the embedded builder makes another tree']),
    ...(sameSpec ? [] : ['version 2 gives another spec than version 3']),
    ...unused.map(({ pattern }) => `no difference needs the exception ${pattern}`),
    ...(printed === expected ? [] : [`its program prints ${printed}, not ${expected}`]),
    ...leaks.map((file) => `${file} holds a token`),
  ]
  for (const fault of faults) console.log(`  ${fault}`)
  if (faults.length > 0) process.exitCode = 1
  return result
}
