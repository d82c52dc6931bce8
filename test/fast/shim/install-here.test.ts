/** A tree of which everything is kept unpacked, made without a process of its own. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { manifestText, printIndex } from '../../../converters/node/build/shim/archive/kept-index.ts'
import { InstallHere } from '../../../converters/node/build/shim/install-here.ts'

const hash = `sha512-${Buffer.alloc(64).toString('base64')}`
const keptName = `sha512-${'00'.repeat(64)}`
const npm = join(dirname(dirname(realpathSync(process.execPath))), 'lib/node_modules/npm/bin/npm-cli.js')

/** A job of a project that asks for `range` of the package `a`, which is locked as 1.0.0. */
function makeJob(range: string, kept: Readonly<Record<string, unknown>> | undefined) {
  const root = mkdtempSync(join(tmpdir(), 'install-here-'))
  const path = (name: string): string => join(root, name)
  const write = (name: string, value: unknown): void => writeFileSync(path(name), JSON.stringify(value))
  const place = { 'node_modules/a': { source: 'a@1.0.0' } }
  const part = {
    project: { name: 'app' },
    sources: { 'a@1.0.0': { name: 'a', urls: ['https://example.test/a.tgz'], hash } },
    plan: { places: place, local: { '': {} } },
  }
  write('package.json', { name: 'app', dependencies: { a: range } })
  mkdirSync(path('unpacked'))
  if (kept !== undefined) {
    mkdirSync(path(`unpacked/${keptName}/tree`), { recursive: true })
    write(`unpacked/${keptName}/tree/package.json`, kept)
    const index = { scripts: [], hasModules: false, directories: [], files: ['package.json'] }
    const manifest = manifestText(path(`unpacked/${keptName}/tree`)) ?? ''
    writeFileSync(path(`unpacked/${keptName}/index`), printIndex({ ...index, manifest }))
  }
  const job = {
    spec: path('none'),
    npm,
    nodedir: path('none'),
    work: path('work'),
    out: path('out'),
    system: 'x86_64-linux',
    omit: [],
    npmFlags: [],
    workers: 2,
    shebangs: 'pristine',
    check: 'own',
    overrides: {},
    unpacked: path('unpacked'),
    scripts: 'refused',
    sources: { 'a@1.0.0': path('a.tgz') },
    manifests: { '': path('package.json') },
  }
  const run = async (): Promise<boolean> => {
    const here = new InstallHere(1)
    try {
      return await here.run(job, part, 'node-shim.mjs')
    } finally {
      await here.end()
    }
  }
  return { run, out: path('out'), kept: path(`unpacked/${keptName}/tree`) }
}

test('the result shares its files with what is kept, whatever the mask of the process is', async () => {
  const { run, out, kept } = makeJob('^1.0.0', { name: 'a', version: '1.0.0' })
  const umask = process.umask(0o077)
  expect(await run()).toBe(true)
  expect(process.umask(umask)).toBe(0o077)
  const [ours, theirs] = [join(out, 'node_modules/a'), kept].map((directory) => join(directory, 'package.json'))
  expect(statSync(ours ?? '').ino).toBe(statSync(theirs ?? '').ino)
  expect(statSync(join(out, 'node_modules')).mode & 0o777).toBe(0o755)
})

test.each([
  ['something is not kept', '^1.0.0', undefined],
  ['npm must be asked whether the tree is right', '^2.0.0', { name: 'a', version: '1.0.0' }],
  ['a package has scripts', '^1.0.0', { name: 'a', version: '1.0.0', scripts: { install: 'touch ran' } }],
])('it is not made where %s', async (_, range, kept) => {
  const { run, out } = makeJob(range, kept)
  expect(await run()).toBe(false)
  expect(existsSync(join(out, 'ran'))).toBe(false)
})
