/** scripts/scratch.mjs: what the tests leave lying about goes with the run, and what lies beside it is told of. */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/scratch.mjs', import.meta.url))
/** The temporary directory of the run that is looked at. */
let outside: string

beforeEach(() => (outside = mkdtempSync(join(tmpdir(), 'scratch-test-'))))

interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Where scratch.mjs stands. */
  readonly from?: string
  readonly uid?: number
}

/** Runs code that has the exports of scratch.mjs and a few of node's; gives its status and what it printed. */
function run(code: string, { environment = {}, from = script, ...user }: RunOptions = {}) {
  const { LOCK2BUILD_SCRATCH: _, LOCK2BUILD_TEST_CACHE: __, LOCK2BUILD_KEEP: ___, ...inherited } = process.env
  const text = `
    import { keptDirectory, lastRemoval, removeScratch, useScratch } from ${JSON.stringify(from)}
    import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
    import { tmpdir } from 'node:os'
    import { spawnSync } from 'node:child_process'
    ${code}`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', text], {
    cwd: '/',
    env: { ...inherited, TMPDIR: outside, ...environment },
    encoding: 'utf8',
    ...user,
  })
  return { status, stderr, lines: stdout.split('\n').filter((line) => line !== '') }
}

test('the tests run in one', () => {
  expect(process.env['LOCK2BUILD_SCRATCH']).toBe(tmpdir())
  expect(existsSync(tmpdir())).toBe(true)
})

test('it is where temporary things go, those of processes too, and gone at the end; what is kept stays', () => {
  const { status, lines } = run(`
    const path = useScratch()
    console.log(tmpdir() === path)
    console.log(spawnSync('sh', ['-c', 'echo $TMPDIR'], { encoding: 'utf8' }).stdout.trim() === path)
    writeFileSync(path + '/file', '')
    writeFileSync(keptDirectory('archives') + '/archive', '')
    console.log(lastRemoval() === undefined)
    removeScratch()
    console.log(tmpdir(), Date.now() - lastRemoval() < 60_000)`)
  expect({ status, lines }).toEqual({ status: 0, lines: ['true', 'true', 'true', `${outside} true`] })
  const [kept = '', ...others] = readdirSync(outside)
  expect(others).toEqual([])
  expect(kept).toMatch(/^lock2build-test-cache-\d+$/)
  expect(readdirSync(join(outside, kept, 'archives'))).toEqual(['archive'])
})

test('read-only directories go too, when the process just ends', () => {
  // Root may write everywhere.
  const user = process.getuid?.() === 0 ? { uid: 65534 } : {}
  chmodSync(outside, 0o777)
  mkdirSync(join(outside, 'scripts'))
  const from = join(outside, 'scripts/scratch.mjs')
  copyFileSync(script, from)
  const code = `
    const dir = useScratch() + '/store/path'
    mkdirSync(dir, { recursive: true })
    writeFileSync(dir + '/file', '')
    chmodSync(dir, 0o555)
    process.exit(3)`
  expect(run(code, { from, ...user })).toEqual({ status: 3, stderr: '', lines: [] })
  expect(readdirSync(outside)).toEqual(['scripts'])
})

test.each(['SIGHUP', 'SIGINT', 'SIGTERM'])('it goes when the process is stopped by %s', (signal) => {
  const { status } = run(`useScratch(); process.kill(process.pid, '${signal}'); setTimeout(() => {}, 10_000)`)
  expect(status).toBeGreaterThan(128)
  expect(readdirSync(outside)).toEqual([])
})

test('what our code has left outside of it is named; what other programs have there is not', () => {
  const { status, stderr } = run(`
    useScratch()
    mkdirSync(${JSON.stringify(join(outside, 'project-abc123'))})
    mkdirSync(${JSON.stringify(join(outside, 'browser-abc123'))})
    removeScratch()`)
  expect(status).toBe(1)
  expect(stderr).toContain(`left in the temporary directory, by something that did not get TMPDIR: ${outside}/project-`)
  expect(stderr).not.toContain('browser-')
})

test('LOCK2BUILD_KEEP keeps it and says where it is', () => {
  const { lines } = run('writeFileSync(useScratch() + "/file", "")', { environment: { LOCK2BUILD_KEEP: '1' } })
  const [kept = ''] = readdirSync(outside)
  expect(lines).toEqual([`kept: ${join(outside, kept)}`])
  expect(readdirSync(join(outside, kept))).toEqual(['file'])
})

test('a process that a run starts uses the run’s, and leaves it to the run', () => {
  const { lines } = run('console.log(useScratch()); removeScratch()', { environment: { LOCK2BUILD_SCRATCH: outside } })
  expect(lines).toEqual([outside])
  expect(existsSync(outside)).toBe(true)
})

test('what is kept can stand elsewhere', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'scratch-kept-'))
  const environment = { LOCK2BUILD_TEST_CACHE: elsewhere }
  expect(run('useScratch(); console.log(keptDirectory("npm"))', { environment }).lines).toEqual([
    join(elsewhere, 'npm'),
  ])
  const relative = run('keptDirectory("npm")', { environment: { LOCK2BUILD_TEST_CACHE: 'here' } })
  expect(relative.stderr).toContain('must be an absolute path')
})
