/** A tree that is built again, scripts and compilers included, is the same tree: Nix compares it itself (`--check`). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildWithNix, convert, copyProject, removeProject, type Project } from '../support/fidelity.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'

describe.skipIf(!hasNix)('built twice', () => {
  let store: NixStore
  let project: Project
  beforeAll(() => {
    store = openStore()
  })
  afterEach(() => removeProject(project))
  afterAll(() => store.remove())

  test.each([
    ['workspace', 'nodeModules'],
    ['esbuild', 'nodeModules'],
    ['native-small', 'nodeModules.pristine'],
  ])('%s has the same %s', async (name, attribute) => {
    project = copyProject(name, 3)
    const { part } = await convert(project)
    await buildWithNix(store, project, part, { attribute })
    const again = await store.run('nix-build', ['--no-out-link', '--check', project.folder, '-A', attribute])
    expect(again.stderr).not.toContain('may not be deterministic')
    expect(again.status).toBe(0)
  })
})
