/** The zip of a package archive is the one whose checksum Yarn wrote into a lock file. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { berryZip } from '../../../converters/node/build/shim/managers/yarn-berry/berry-zip.ts'
import { readTar } from '../../../converters/node/build/shim/archive/tar-reader.ts'
import { fixturesDir } from '../../support/fixture-case.ts'
import { tarOf, type Member } from './tar-archive.ts'

describe('Yarn 4.9 wrote the checksum of', () => {
  test('a package of the registry', () => {
    const input = join(fixturesDir, 'yarn-berry/portal-link-and-file/input')
    const [, checksum] =
      /"wrappy@file[^]*?checksum: 10c0\/([0-9a-f]{128})/.exec(readFileSync(join(input, 'yarn.lock'), 'utf8')) ?? []
    expect(digestOf(zipOf(readFileSync(join(input, 'vendor/wrappy-1.0.2.tgz')), 'wrappy'))).toBe(checksum)
  })

  test('an archive with a symbolic link and a name that is not ASCII', () => {
    expect(digestOf(zipOf(Buffer.from(withLink.archive, 'base64'), 'packed'))).toBe(withLink.checksum)
  })
})

test('the first component of a path goes, whatever it is; directories come before what they hold, once', () => {
  const zip = zipOf(
    tarOf([file('package/lib/a.js'), file('other/lib/b.js'), { path: 'package/lib/', type: '5' }]),
    '@s/name',
  )
  expect(namesOf(zip)).toEqual([
    'node_modules/',
    'node_modules/@s/',
    'node_modules/@s/name/',
    'node_modules/@s/name/lib/',
    'node_modules/@s/name/lib/a.js',
    'node_modules/@s/name/lib/b.js',
  ])
})

test('a file that an archive holds twice has the later content at the earlier position', () => {
  const zip = zipOf(tarOf([file('p/a', 'one'), file('p/b', 'b'), file('p/a', 'two')]), 'n')
  expect(namesOf(zip).slice(2)).toEqual(['node_modules/n/a', 'node_modules/n/b'])
  expect(zip.includes('two')).toBe(true)
  expect(zip.includes('one')).toBe(false)
})

test('what would leave the package is passed over, as Yarn does', () => {
  const hostile: readonly Member[] = [
    file('/etc/passwd'),
    file('package/../../x'),
    { path: 'package/hard', type: '1', link: 'package/a' },
    { path: 'package/device', type: '3' },
    file('no-directory'),
  ]
  expect(namesOf(zipOf(tarOf([...hostile, file('package/a')]), 'n'))).toEqual([
    'node_modules/',
    'node_modules/n/',
    'node_modules/n/a',
  ])
})

test('a program is executable for everybody, nothing is for somebody', () => {
  const zip = zipOf(
    tarOf([
      { ...file('p/run'), mode: 0o700 },
      { ...file('p/read'), mode: 0o600 },
    ]),
    'n',
  )
  expect(modesOf(zip).slice(2)).toEqual([0o100755, 0o100644])
})

function file(path: string, content = 'x'): Member {
  return { path, content }
}

function zipOf(archive: Buffer, name: string): Buffer {
  return berryZip(readTar(archive, name, { bytes: 1e6, entries: 1000 }), { prefix: `node_modules/${name}`, strip: 1 })
}

function digestOf(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex')
}

interface Central {
  readonly name: string
  readonly mode: number
}

/** Entries of the central directory. */
function centralOf(zip: Buffer): readonly Central[] {
  const entries: Central[] = []
  let at = zip.readUInt32LE(zip.length - 6)
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const length = zip.readUInt16LE(at + 28)
    entries.push({ name: zip.toString('utf8', at + 46, at + 46 + length), mode: zip.readUInt32LE(at + 38) >>> 16 })
    at += 46 + length
  }
  return entries
}

function namesOf(zip: Buffer): readonly string[] {
  return centralOf(zip).map(({ name }) => name)
}

function modesOf(zip: Buffer): readonly number[] {
  return centralOf(zip).map(({ mode }) => mode)
}

/** `package/link-to-lib -> lib`, `package/lib/sträße.js`; what Yarn 4.9.4 wrote of it. */
const withLink = {
  archive: [
    'H4sIAAAAAAAAA+3V326CMBQG8F77FKTXyk7/0WRvw5QY1FEDuJtlz7KbvYkvZiESlWyaLdRl4/vdlFCSnuRwvm7T+TpdZg8sIPKs',
    'Me3q9df2WRhFpEgarRgJIbRkkQlZVGdX1WkZRax0rr723a39P2p77P9xjVeVK4Y+o2lwovXX/fd7l/1XWiYsoqEL+czI+//Ki/Q5',
    '44+8+QGyBZ/yl6ysclf4VxSLmPjb5LdrhHC6+d/kT8HugB/kvxWE/L+H8/5Xdbn/2L83l8CgZ9zMf5K9/msjNfL/HgTSfdRO81+s',
    'Z7Wb+RwY/Iw2/639Rv6rxPr5lyGK6Rv5/AMAAAAAAAAAAAAAAMD/cgCjOwyTACgAAA==',
  ].join(''),
  checksum:
    'f0c5cd3514d14539299b988986fc9ff3b2969a7edd755a16505138ff9a40511f911b287d9b7e79d4eaa7b7fc73e833ff33ad1019863651ed41cb9e41c87efb82',
}
