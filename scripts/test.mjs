// `npm test`: builds, then runs every test that this machine can run, and says what it left out.
// Usage: node scripts/test.mjs [--fast] [-- vitest arguments]
// What needs real package managers and what needs Nix runs side by side: much of both is waiting. The last line is
// `N passed, N failed, N skipped`. With CI set, a skipped test is a failure: a green run has run everything.
import { spawn, spawnSync } from 'node:child_process'
import { openSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { removeScratch, useScratch } from './scratch.mjs'

const dashes = process.argv.indexOf('--')
const own = dashes === -1 ? process.argv.slice(2) : process.argv.slice(2, dashes)
const passedOn = dashes === -1 ? [] : process.argv.slice(dashes + 1)
const groups = own.includes('--fast') ? [['fast']] : [['fast'], ['real', 'nix']]

const scratch = useScratch()
run('node', ['scripts/build.mjs'])
// Every file of tests that runs the program takes it from there, instead of bundling it once more.
process.env.LOCK2BUILD_BUILT = join(import.meta.dirname, '../dist')
const outcomes = []
for (const group of groups) outcomes.push(...(await Promise.all(group.map(runProject))))
const total = { passed: 0, failed: 0, skipped: 0, crashed: false }
for (const { passed, failed, skipped, status } of outcomes) {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  // A suite that does not even load counts no failed test, but vitest exits with 1.
  if (status !== 0 && failed === 0) total.crashed = true
}
// Last, so that a log of which only the end is kept still names them.
for (const { project, failures, retried } of outcomes) {
  for (const test of retried) console.log(`PASSED THE SECOND TIME ${project}: ${test}`)
  for (const test of failures) console.log(`FAILED ${project}: ${test}`)
}
const left = findLeft()
if (left !== undefined) console.log(left)
const strict = Boolean(process.env['CI'])
if (total.skipped > 0) {
  console.log(
    strict
      ? `${total.skipped} tests were skipped, which a CI run does not allow.`
      : `${total.skipped} tests were skipped: they need what this machine lacks (real Nix: \`apt-get install nix-bin\`).`,
  )
}
const failed = total.failed + (total.crashed ? 1 : 0)
console.log(`${total.passed} passed, ${failed} failed, ${total.skipped} skipped`)
process.exitCode = failed > 0 || left !== undefined || total.passed === 0 || (strict && total.skipped > 0) ? 1 : 0

/** The first of a group prints as it goes, the others when they are done. */
async function runProject(project, place) {
  const results = join(scratch, `results-${project}.json`)
  const output = join(scratch, `output-${project}`)
  const args = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json']
  const words = [...args, `--outputFile.json=${results}`, ...passedOn]
  const out = place === 0 ? 'inherit' : openSync(output, 'w')
  const child = spawn('npx', words, { stdio: ['ignore', out, out] })
  const { status, signal } = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal }))
  })
  if (signal !== null || status === 130 || status === 143) process.exit(status ?? 1)
  if (place !== 0) process.stdout.write(readFileSync(output))
  return { project, status, ...readResults(results) }
}

function findLeft() {
  try {
    removeScratch()
    return undefined
  } catch (error) {
    return error.message
  }
}

/** What vitest's JSON reporter wrote: counts, and what tests left that failed, or passed only when they were tried once more. */
function readResults(path) {
  try {
    const results = JSON.parse(readFileSync(path, 'utf8'))
    rmSync(path)
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = results
    const skipped = numPendingTests + numTodoTests
    const [failures, retried] = ['failed', 'passed'].map((wanted) =>
      results.testResults.flatMap((file) => messagesOf(file, wanted)),
    )
    return { passed: numPassedTests, failed: numFailedTests, skipped, failures, retried }
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: [], retried: [] }
  }
}

/** Of tests that ended so, and of a file that did not load; without the test runner's own lines. */
function messagesOf({ name, status, message, assertionResults }, wanted) {
  const file = relative(process.cwd(), name)
  const tests = assertionResults.filter((test) => test.status === wanted && test.failureMessages.length > 0)
  if (tests.length === 0) return wanted === 'failed' && status === 'failed' ? [`${file}\n${message}`] : []
  return tests.map(({ fullName, failureMessages }) => {
    const lines = failureMessages.join('\n').split('\n')
    return `${file} > ${fullName}\n${lines
      .filter((line) => !line.includes('/node_modules/'))
      .join('\n')
      .slice(0, 3000)}`
  })
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
