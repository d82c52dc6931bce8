/** `diff` over what real package managers write for one package.json, and `update` beside npm's own. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { installProgram, makeProject, runProgram } from '../support/cli.ts'
import { getTool, runTool } from '../support/package-managers.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

const environment = { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] }
const run = (cwd: string, ...words: readonly string[]) => runProgram(program, words, { cwd, environment })

const withResolved = '--omit-lockfile-registry-resolved=false'
const npm = (cwd: string, ...args: readonly string[]) =>
  execFileSync('npm', [...args, '--package-lock-only', '--no-audit', '--no-fund', withResolved], { cwd, stdio: 'pipe' })

const manifest = (dependencies: object) => JSON.stringify({ name: 'app', version: '1.0.0', dependencies })

test('npm, pnpm, Yarn and Bun lock the same packages, from the same place, with the same digests', async () => {
  const files = { 'package.json': manifest({ debug: '4.3.4', semver: '7.5.0' }) }
  const reference = makeProject(files)
  npm(reference, 'install')
  for (const name of ['pnpm-11.28', 'yarn-1.22', 'yarn-4.18', 'bun-1.3']) {
    const tool = getTool(name)
    const folder = makeProject(name.startsWith('yarn-4') ? { ...files, 'yarn.lock': '' } : files)
    await runTool(tool, { folder }, tool.lock)
    const { code, stdout } = run('/', 'diff', '--json', reference, folder)
    expect(code, name).toBe(0)
    const { added, removed, updated, downgraded, moved, integrity, other } = (
      JSON.parse(stdout) as { readonly changes: Readonly<Record<string, readonly unknown[]>> }
    ).changes
    expect({ added, removed, updated, downgraded, moved, integrity }, name).toEqual({
      added: [],
      removed: [],
      updated: [],
      downgraded: [],
      moved: [],
      integrity: [],
    })
    // Yarn 4 writes checksums of its own files.
    const unknown = (other ?? []).filter((line) => String(line).includes('cannot be compared'))
    expect(unknown.length, name).toBe(name.startsWith('yarn-4') ? 1 : 0)
  }
})

test.each<[string, string[]]>([
  ['two by name', ['debug', 'content-type']],
  ['everything', []],
])('update of %s locks what `npm update` does', (_, wanted) => {
  const [ours, theirs] = [old(), old()]
  expect(run(ours, 'update', ...wanted).code).toBe(0)
  npm(theirs, 'update', ...wanted)
  expect(placesOf(ours)).toEqual(placesOf(theirs))
  expect(placesOf(ours)).not.toEqual(placesOf(old()))
})

/** Old versions under ranges that allow newer ones. */
function old(): string {
  const project = makeProject({ 'package.json': manifest({ express: '4.17.0', debug: '4.1.0', semver: '7.0.0' }) })
  npm(project, 'install')
  for (const file of ['package.json', 'package-lock.json']) {
    const text = readFileSync(join(project, file), 'utf8')
    writeFileSync(join(project, file), text.replace(/("(?:express|debug|semver)": ?")(?=\d)/g, '$1^'))
  }
  return project
}

function placesOf(project: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity?: string }>>
  }
  return Object.entries(packages).map(([path, { version, integrity = '' }]) => `${path} ${version} ${integrity}`)
}
