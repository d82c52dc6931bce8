/**
 * Cases of fixtures/. Usage:
 *   npm run fixtures                               run every case
 *   npm run fixtures -- smallest                   run the cases whose name contains a text
 *   npm run fixtures -- --update [text]            write what they give as what is expected; the diff is the review
 *   npm run fixtures -- --add npm-lock/name dir    make a case of a project (its lock file, manifests, .npmrc and archives)
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values, positionals } = parseArgs({
  options: { update: { type: 'boolean', default: false }, add: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [first = '', project] = positionals
if (values.add) addCase(first, project)
process.exitCode = runCases(first, values.update || values.add)

function runCases(filter, update) {
  const env = { ...process.env, LOCK2BUILD_FILTER: filter, LOCK2BUILD_FIXTURES: update ? 'update' : '' }
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--project', 'fast', 'test/fast/fixtures.test.ts']
  return spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1
}

function addCase(name, from) {
  if (!/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name) || from === undefined || !existsSync(from)) {
    process.stderr.write('usage: npm run fixtures -- --add <format>/<what-is-special> <project directory>\n')
    process.exit(2)
  }
  const dir = join(root, 'fixtures', name)
  if (existsSync(dir)) {
    process.stderr.write(`fixtures/${name} is there already\n`)
    process.exit(2)
  }
  const input = join(dir, 'input')
  mkdirSync(input, { recursive: true })
  cpSync(resolve(from), input, { recursive: true, filter: isInput })
  writeFileSync(
    join(dir, 'case.json'),
    `${JSON.stringify({ why: 'one sentence: what is special here' }, undefined, 2)}\n`,
  )
  process.stderr.write(`say in fixtures/${name}/case.json why the case is there, and remove what it does not need\n`)
}

/** Sources are not read; installed and generated things do not belong into a case. */
function isInput(path) {
  return !['node_modules', '.git', 'lock2build', 'dist'].includes(basename(path))
}
