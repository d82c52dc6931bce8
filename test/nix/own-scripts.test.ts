/** A project whose install scripts patch a dependency: what npm leaves, what Nix builds, and what the embedded builder builds, are one tree. */
import { readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findDifference } from '../../src/build/compare-trees.ts'
import { buildEmbedded, narOf, openEmbeddedCache } from '../support/fidelity-embedded.ts'
import { buildWithNix, convert, copyProject, removeProject, runNpm, runProgram } from '../support/fidelity.ts'
import type { Project } from '../support/fidelity.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'

const program = process.env['LOCK2BUILD_BUILT'] ?? join(import.meta.dirname, '../../dist')

describe.skipIf(!hasNix)('patch-package, run by a postinstall script', () => {
  let store: NixStore
  let project: Project
  const cache = openEmbeddedCache()
  beforeAll(() => {
    store = openStore()
    project = copyProject('patched', 2)
  })
  afterAll(() => {
    removeProject(project)
    rmSync(cache, { recursive: true, force: true })
    store.remove()
  })

  test('has patched what the result requires: with Nix, without, and with npm, to the same bytes', async () => {
    // As it is data in Nix, in JSON and for a shell.
    const title = `it's "$HOME" \${x} ''$\\{y} \n`
    writeFileSync(join(project.folder, 'lock2build.config.json'), JSON.stringify({ env: { TITLE: title } }))
    const { part } = await convert(project)
    const fromNix = await buildWithNix(store, project, part, { attribute: 'package' })
    const embedded = await buildEmbedded(join(program, 'lock2build.cjs'), project, { cache })
    expect(await narOf(fromNix)).toBe(await narOf(embedded))
    const installed = join(fromNix, 'lib/node_modules/fidelity-patched')
    // debug requires ms, which is patched.
    expect(await runProgram("process.stdout.write(require('.').humanize(60000))", installed)).toBe('patched 1m')
    const installing = await store.instantiate(project.folder, 'nodeModules')
    writeFileSync(join(project.folder, 'lock2build.config.json'), JSON.stringify({ env: { TITLE: 'another' } }))
    await convert(project)
    expect(await store.instantiate(project.folder, 'nodeModules')).toBe(installing)
    for (const args of [['ci'], ['run', 'build'], ['prune', '--omit=dev']]) await runNpm(project, args)
    const modules = join(project.folder, 'node_modules')
    for (const name of readdirSync(modules)) {
      // npm's notes, and the empty directories that it leaves.
      if (name === '.package-lock.json') rmSync(join(modules, name))
      else if (readdirSync(join(modules, name)).length === 0) rmdirSync(join(modules, name))
    }
    expect(findDifference(modules, join(installed, 'node_modules'))).toBe(undefined)
    expect(readFileSync(join(installed, 'dist.js'), 'utf8')).toBe(
      `module.exports = ${JSON.stringify(['patched 1m', title])}`,
    )
  })
})
