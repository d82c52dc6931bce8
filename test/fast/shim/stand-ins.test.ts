/** Yarn lays out stand-ins of packages, which show it all that it looks at; then the packages take their places. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeZip } from '../../../converters/node/build/shim/managers/yarn-berry/berry-cache.ts'
import { fitsStandIns } from '../../../converters/node/build/shim/managers/yarn-berry/berry-install.ts'
import { zipEntries } from '../../../converters/node/build/shim/managers/yarn-berry/berry-zip.ts'
import type { ZipEntries } from '../../../converters/node/build/shim/managers/yarn-berry/berry-zip.ts'
import {
  MARK,
  replaceStandIns,
  standInOf,
  writePackage,
} from '../../../converters/node/build/shim/managers/yarn-berry/stand-ins.ts'
import { readTar } from '../../../converters/node/build/shim/archive/tar-reader.ts'
import { WorkerPool } from '../../../converters/node/build/shim/worker-pool.ts'
import { tarOf, type Member } from './tar-archive.ts'

const prefix = 'node_modules/it'
const pool = new WorkerPool(1, new URL('file:///no-second-thread'))

test('Yarn sees the manifest, the programs that exist, and whether an addon is to be compiled', () => {
  const bin = { it: './bin/it.js', other: 'absent.js' }
  const shown = standInOf(packageOf(bin, [file('bin/it.js'), file('binding.gyp'), file('lib/a.js')]), prefix, '/files')
  expect([...(shown ?? [])].map(([path, { content }]) => [path, content.length > 0])).toEqual([
    ['node_modules/', false],
    [`${prefix}/`, false],
    [`${prefix}/bin/`, false],
    [`${prefix}/bin/it.js`, false],
    [`${prefix}/binding.gyp`, false],
    [`${prefix}/package.json`, true],
    [`${prefix}/${MARK}`, true],
  ])
})

test.each([
  ['a link', packageOf('a.js', [{ path: 'package/link', type: '2', link: 'a.js' }])],
  ['a node_modules of its own', packageOf('a.js', [file('node_modules/inner/a.js')])],
  ['a directory as its program', packageOf('./bin/', [file('bin/a.js')])],
  ['a program outside of it', packageOf('../other/a.js', [])],
  ['a program with a backslash', packageOf('bin\\a.js', [file('bin/a.js')])],
  ['no manifest', entriesOf([file('a.js')])],
  ['a broken manifest', entriesOf([file('package.json', '{')])],
])('a package with %s is shown to Yarn as it is', (_, entries) => {
  expect(standInOf(entries, prefix, '/files')).toBeUndefined()
})

test.each([
  ['Yarn 4 that installs node_modules', true, '10c0', 'nodeLinker: node-modules\n'],
  ['the same in quotes, with other settings', true, '8c0', 'enableScripts: false\nnodeLinker: "node-modules"\n'],
  ["Plug'n'Play", false, '10c0', ''],
  ['the linker that is like pnpm', false, '10c0', 'nodeLinker: pnpm\n'],
  ['a compressed cache', false, '8', 'nodeLinker: node-modules\n'],
  ['another mode of linking', false, '10c0', 'nodeLinker: node-modules\nnmMode: hardlinks-local\n'],
  ['plugins of the project', false, '10c0', 'nodeLinker: node-modules\nplugins:\n  - ./own.cjs\n'],
])('stand-ins for a project of %s: %s', (_, fits, cacheKey, settings) => {
  const root = mkdtempSync(join(tmpdir(), 'fits-'))
  writeFileSync(join(root, 'yarn.lock'), `__metadata:\n  version: 8\n  cacheKey: ${cacheKey}\n`)
  writeFileSync(join(root, '.yarnrc.yml'), settings)
  expect(fitsStandIns(root)).toBe(fits)
})

test('packages take the places of their stand-ins, with what Yarn put inside and the modes it gave', async () => {
  const root = mkdtempSync(join(tmpdir(), 'stand-ins-'))
  const bin = { a: 'a.js', x: 'x.js' }
  const entries = packageOf(bin, [
    file('a.js', 'a'),
    { ...file('x.js', 'x'), mode: 0o755 },
    file('lib/b.js', 'b'),
    { path: 'package/empty/', type: '5' },
  ])
  const files = join(root, 'files')
  writePackage(entries, prefix, files)
  const [first, second] = [join(root, 'node_modules/it'), join(root, 'node_modules/@s/outer/node_modules/it')]
  for (const place of [first, second]) {
    mkdirSync(join(place, '..'), { recursive: true })
    writePackage(standInOf(entries, prefix, files) ?? new Map(), prefix, place)
  }
  chmodSync(join(second, 'a.js'), 0o755)
  mkdirSync(join(second, 'node_modules/inner'), { recursive: true })
  writeFileSync(join(second, 'node_modules/inner/c.js'), 'c')
  expect(await replaceStandIns([root], pool)).toBe(true)
  for (const place of [first, second]) {
    expect(readFileSync(join(place, 'a.js'), 'utf8')).toBe('a')
    expect(statSync(join(place, 'x.js')).mode & 0o777).toBe(0o755)
    expect(readFileSync(join(place, 'lib/b.js'), 'utf8')).toBe('b')
    expect(statSync(join(place, 'empty')).isDirectory()).toBe(true)
    expect(existsSync(join(place, MARK))).toBe(false)
  }
  expect(statSync(join(first, 'a.js')).mode & 0o777).toBe(0o644)
  expect(statSync(join(second, 'a.js')).mode & 0o777).toBe(0o755)
  expect(readFileSync(join(second, 'node_modules/inner/c.js'), 'utf8')).toBe('c')
  expect(await replaceStandIns([root], pool)).toBe(false)
})

test('an archive cannot say that it stands in for another one', () => {
  const root = mkdtempSync(join(tmpdir(), 'stand-ins-'))
  const archive = join(root, 'it.tgz')
  writeFileSync(archive, tarOf([file('package.json', '{}'), file(MARK, '{"files":"/etc","programs":[]}')]))
  expect(() => makeZip({ archive, zip: join(root, 'it.zip'), prefix, label: 'it@1.0.0' })).toThrow(
    /it@1\.0\.0 holds a file called/,
  )
})

function packageOf(bin: unknown, members: readonly Member[]): ZipEntries {
  return entriesOf([...members, file('package.json', JSON.stringify({ name: 'it', bin }))])
}

function entriesOf(members: readonly Member[]): ZipEntries {
  return zipEntries(readTar(tarOf(members), 'it', { bytes: 1e6, entries: 100 }), { prefix, strip: 1 })
}

function file(path: string, content = ''): Member {
  return { path: `package/${path}`, content }
}
