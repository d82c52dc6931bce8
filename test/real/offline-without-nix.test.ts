/** One directory carried across, no Nix, no network, no registry: the project builds. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { carriedProject, type CarriedProject } from '../support/carried-project.ts'
import { installProgram, runProgram, textsOf } from '../support/cli.ts'

// Without root, a user namespace gives the right to have a network namespace.
const cutNetwork = ['unshare', ...(process.getuid?.() === 0 ? ['-n'] : ['--map-current-user', '-n'])]

let project: CarriedProject
let program: string
beforeAll(async () => {
  program = await installProgram()
  project = await carriedProject()
})
afterAll(() => project.remove())

function build(mirror: string, link: string) {
  const words = ['build', project.folder, '--with', 'embedded', '-A', 'nodeModules', '--from', mirror, '-o', link]
  const environment = { XDG_CACHE_HOME: project.directory() }
  return runProgram(program, words, { environment, wrapper: cutNetwork })
}

test('from a mirror, archives and a git commit', () => {
  const link = join(project.directory(), 'result')
  const { code, stderr } = build(project.mirror, link)
  expect(code, stderr).toBe(0)
  for (const name of ['left', 'right', 'dep'])
    expect(readFileSync(join(link, 'node_modules', name, 'index.js'), 'utf8')).toBe(`module.exports = '${name}'\n`)
})

test('from a mirror that was tampered with nothing is built, and every source that was changed is named', () => {
  const mirror = project.directory()
  const { code, stderr } = runProgram(program, ['fetch', project.folder, '--offline', '--mirror', mirror], {
    environment: { XDG_CACHE_HOME: project.cacheHome },
  })
  expect(code, stderr).toBe(0)
  for (const path of Object.keys(textsOf(mirror))) {
    const bytes = readFileSync(join(mirror, path))
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40)
    writeFileSync(join(mirror, path), bytes)
  }
  const built = build(mirror, join(project.directory(), 'result'))
  expect(built.code).toBe(5)
  for (const name of ['left@1.0.0', 'right@1.0.0', 'dep@1.0.0']) expect(built.stderr).toContain(name)
})

test('from a mirror that lacks a source the answer is how to make one', () => {
  const built = build(project.directory(), join(project.directory(), 'result'))
  expect(built.code).toBe(6)
  expect(built.stderr).toContain('lock2build fetch --mirror')
})
