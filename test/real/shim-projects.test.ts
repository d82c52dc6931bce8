/**
 * Real projects through the shim alone, against `npm ci` of the same npm: content, every mode bit, every link. The fidelity tests
 * do it with more projects in Nix, where a mode is one bit; this one needs no Nix.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { convert, copyProject, installWithNpm, removeProject } from '../support/fidelity.ts'
import type { LockVersion, Project } from '../support/fidelity.ts'
import { hostNode } from '../support/node-prefix.ts'
import { canUnshare, installWithShim } from '../support/shim-run.ts'
import { treeDiff } from '../support/tree-diff.ts'

/**
 * npm's own index of the tree, and node-gyp's makefiles, objects and dependency lists: full of the machine's paths. So is the one
 * addon in which an assertion of node's headers names its file; docs/fidelity.md has it as an exception, too.
 */
const leftOut =
  /(?:^|\/)\.package-lock\.json$|\/build\/(?:(?:binding\.)?Makefile|config\.gypi|.*\.mk|Release\/(?:\.deps|obj\.target|sshcrypto\.node))$/

const cases: readonly (readonly [string, LockVersion, string])[] = [
  ['toolchain', 3, '600 packages'],
  ['bundled', 3, '500 packages inside of two others'],
  ['esbuild', 1, 'a postinstall script, and binaries of all platforms to choose from without being told which'],
  ['legacy-peers', 1, 'peers that conflict'],
  ['native-small', 3, 'addons compiled by node-gyp'],
]

describe.skipIf(!canUnshare)('the tree is the one npm ci makes', () => {
  const open: Project[] = []
  afterEach(() => open.splice(0).forEach(removeProject))

  test.each(cases)('%s, lock version %i: %s', async (name, version) => {
    const project = copyProject(name, version)
    const reference = copyProject(name, 3)
    open.push(project, reference)
    await convert(project)
    const installed = await installWithShim({ node: hostNode(), folder: project.folder })
    expect(installed.code, installed.stderr).toBe(0)
    for (const dir of await installWithNpm(reference)) {
      const skip = (path: string) => leftOut.test(path)
      expect(treeDiff(join(reference.folder, dir), join(installed.out, dir), { skip })).toEqual([])
    }
    rmSync(installed.dir, { recursive: true })
  })
})
