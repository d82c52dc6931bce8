/** A work directory on another file system than the result, as in Nix's sandbox: the same tree comes out, whatever scripts do. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestPackage } from '../support/nix-project.ts'
import { canUnshare } from '../support/shim-run.ts'
import { makeShimProject } from '../support/shim-project.ts'
import { treeDiff } from '../support/tree-diff.ts'

const elsewhere = ['/dev/shm', '/tmp'].find(
  (path) => statSync(path, { throwIfNoEntry: false })?.dev !== statSync(tmpdir()).dev,
)

const script = (command: string): Pick<TestPackage, 'manifest' | 'place'> => ({
  manifest: { scripts: { install: command } },
  place: { scripts: true },
})
const node = (code: string): string => `node -e '${code}'`
const whereIs = (name: string): string =>
  node(`require("fs").writeFileSync("where", require.resolve("${name}/package.json"))`)

describe.skipIf(!canUnshare || elsewhere === undefined)(
  'packages that no script needs are laid out in the result',
  () => {
    const made: (() => void)[] = []
    afterEach(() => made.splice(0).forEach((remove) => remove()))

    /** Results with the work directory beside the result, and apart from it. */
    const installBoth = async (packages: readonly TestPackage[]) => {
      const project = await makeShimProject({ packages })
      const other = mkdtempSync(join(elsewhere ?? '', 'lock2build-apart-'))
      made.push(project.remove, () => rmSync(other, { recursive: true, force: true }))
      const beside = await project.install({ check: 'own' })
      const apart = await project.install({ check: 'own', work: join(other, 'work') })
      expect([beside.code, apart.code], beside.stderr + apart.stderr).toEqual([0, 0])
      return { beside, apart, other }
    }

    test('a script finds what it needs where it stands itself, and all the rest; what it writes anywhere stays', async () => {
      const { beside, apart } = await installBoth([
        {
          name: 'a',
          version: '1.0.0',
          manifest: {
            scripts: {
              install: node('require("b"); require("@s/c").write(); require("fs").writeFileSync("made", "")'),
            },
            dependencies: { b: '1.0.0' },
          },
          place: { scripts: true },
        },
        { name: 'b', version: '1.0.0', files: { 'index.js': '' }, manifest: { bin: { b: 'index.js' } } },
        {
          name: '@s/c',
          version: '1.0.0',
          manifest: { dependencies: { b: '1.0.0' } },
          files: {
            'index.js': 'require("b"); exports.write = () => require("fs").writeFileSync(__dirname + "/written", "")',
          },
        },
        { name: 'd', version: '1.0.0', files: { 'lib/d.js': '' }, manifest: { dependencies: { b: '^2.0.0' } } },
        { name: 'b', version: '2.0.0', at: 'node_modules/d/node_modules/b' },
      ])
      expect(treeDiff(beside.out, apart.out)).toEqual([])
      expect(readFileSync(join(apart.out, 'node_modules/@s/c/written'), 'utf8')).toBe('')
    })

    test('scripts may need all that there is', async () => {
      const { beside, apart } = await installBoth([
        {
          name: 'a',
          version: '1.0.0',
          manifest: { scripts: { install: node('require("b")') }, dependencies: { b: '1.0.0' } },
          place: { scripts: true },
        },
        { name: 'b', version: '1.0.0', manifest: { peerDependencies: { c: '1.0.0' } }, files: { 'index.js': '' } },
        { name: 'c', version: '1.0.0', manifest: { bin: 'c.js' }, files: { 'c.js': '' } },
      ])
      expect(treeDiff(beside.out, apart.out)).toEqual([])
    })

    test('an optional package whose script fails goes, with what only it needs', async () => {
      const { beside, apart } = await installBoth([
        { name: 'd', version: '1.0.0' },
        {
          name: 'a',
          version: '1.0.0',
          manifest: { scripts: { install: 'exit 1' }, dependencies: { '@s/e': '1.0.0' } },
          place: { scripts: true, flags: ['optional'] },
        },
        {
          name: '@s/e',
          version: '1.0.0',
          manifest: { optionalDependencies: { f: '1.0.0' } },
          place: { flags: ['optional'] },
        },
        { name: 'f', version: '1.0.0', place: { flags: ['optional'] } },
        { name: 'g', version: '1.0.0', ...script('exit 0') },
      ])
      expect(treeDiff(beside.out, apart.out)).toEqual([])
    })

    test.each([
      ['alone', []],
      ['with another one apart', [{ name: 'b', version: '1.0.0' }]],
    ])('copies are sealed when asked to: of a package %s', async (_, others) => {
      const scripted = { name: 'a', version: '1.0.0', ...script('echo > made') }
      const project = await makeShimProject({ packages: [scripted, ...others] })
      const other = mkdtempSync(join(elsewhere ?? '', 'lock2build-apart-'))
      made.push(project.remove, () => rmSync(other, { recursive: true, force: true }))
      const { code, stderr, out } = await project.install({ check: 'own', sealed: true, work: join(other, 'work') })
      expect(code, stderr).toBe(0)
      const { mode, mtimeMs } = statSync(join(out, 'node_modules/a/made'))
      expect([mode & 0o777, mtimeMs]).toEqual([0o444, 1000])
    })

    test('no script writes the name of the result', async () => {
      const { apart, other } = await installBoth([
        { name: 'a', version: '1.0.0', ...script(whereIs('b')) },
        { name: 'b', version: '1.0.0' },
      ])
      expect(readFileSync(join(apart.out, 'node_modules/a/where'), 'utf8')).toBe(
        `${other}/work/node_modules/b/package.json`,
      )
    })
  },
)
