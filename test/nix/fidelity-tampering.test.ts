/** A source of another content than the lock says never builds: one flipped byte, on the server or in the project. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { convert, copyProject, removeProject, runNpm, writeProject, type Project } from '../support/fidelity.ts'
import { startRegistry } from '../support/loopback-registry.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'

describe.skipIf(!hasNix)('one flipped byte', () => {
  let store: NixStore
  let project: Project | undefined
  beforeAll(() => {
    store = openStore()
  })
  afterEach(() => {
    if (project !== undefined) removeProject(project)
  })
  afterAll(() => store.remove())

  test('in what the registry sends fails the build, and without it the same build passes', async () => {
    const registry = await startRegistry({ packages: [{ manifest: { name: 'kept', version: '1.0.0' } }] })
    try {
      project = writeProject({
        'package.json': { name: 'tampered', version: '1.0.0', dependencies: { kept: '1.0.0' } },
        '.npmrc': `registry=${registry.url}\n`,
      })
      await runNpm(project, ['install', '--package-lock-only'])
      await convert(project)
      const { bytes, url } = registry.tarball('kept', '1.0.0')
      registry.addFile(new URL(url).pathname, flip(bytes))
      const build = () =>
        store.run('nix-build', ['--no-out-link', project?.folder ?? '', '-A', 'nodeModules.pristine'], {
          network: 'open',
        })
      const tampered = await build()
      expect(tampered.status).not.toBe(0)
      expect(tampered.stderr).toContain('hash mismatch')
      registry.addFile(new URL(url).pathname, bytes)
      expect((await build()).status).toBe(0)
    } finally {
      await registry.close()
    }
  })

  test("in the project's own archive fails the build", async () => {
    project = copyProject('local-sources', 3)
    const { part } = await convert(project)
    await store.seed(Object.values(part.sources))
    const file = join(project.folder, 'vendor/packed-1.0.0.tgz')
    writeFileSync(file, flip(readFileSync(file)))
    const { status, stderr } = await store.run('nix-build', [
      '--no-out-link',
      project.folder,
      '-A',
      'nodeModules.pristine',
    ])
    expect(status).not.toBe(0)
    expect(stderr).toContain('packed@1.0.0 (node_modules/packed) is not the one that was locked')
  })
})

/** Of the gzip header the time stamp: what comes out when it is unpacked is the same. */
function flip(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8((copy.readUInt8(4) ^ 1) & 0xff, 4)
  return copy
}
