/** Programs as pnpm links them: which one gets a name, and scripts that find their program from wherever they are called. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { printBinScript, runtimeOf } from '../../../converters/node/build/shim/managers/pnpm/pnpm-bin-script.ts'
import { linkPnpmBins } from '../../../converters/node/build/shim/managers/pnpm/pnpm-bins.ts'
import { loadTree } from '../../../converters/node/build/shim/tree.ts'

function scratch(files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "lock2build pnpm's bins-"))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

test.each([
  ['#!/usr/bin/env node\n', { program: 'node', args: [] }],
  ['#!/usr/bin/env -S node --no-warnings\n', { program: 'node', args: ['--no-warnings'] }],
  ['#!/nix/store/x-node/bin/node\r\n', { program: 'node', args: [] }],
  ['#!/bin/bash\n', 'self'],
  ['1\n', { program: 'node', args: [] }],
])('a file that begins with %j is run by %j', (text, runtime) => {
  expect(runtimeOf(join(scratch({ 'a.js': text }), 'a.js'))).toEqual(runtime)
})

test('a binary runs itself, a shell script without a first line is run by sh', () => {
  const root = scratch({ binary: '\u007fELF', 'a.sh': 'echo\n' })
  expect([runtimeOf(join(root, 'binary')), runtimeOf(join(root, 'a.sh'))]).toEqual([
    'self',
    { program: 'sh', args: [] },
  ])
})

describe('a script', () => {
  const program = 'console.log(JSON.stringify([process.env.NODE_PATH ?? "", process.argv.slice(2)]))\n'
  const root = scratch({ "x/it's/a.js": program, 'x/.bin/.keep': '' })
  const script = join(root, 'x/.bin/a')
  writeFileSync(
    script,
    printBinScript({ target: "../it's/a.js", nodePath: ['../m', '../n'], runtime: { program: 'node', args: [] } }),
  )
  chmodSync(script, 0o755)
  const outside = scratch()
  symlinkSync(script, join(outside, 'one'))
  symlinkSync('one', join(outside, 'two'))
  symlinkSync(join(root, 'x'), join(outside, 'dir'))

  it.each([
    ['by its path', script, []],
    ['through links', join(outside, 'two'), ['a b', '$c']],
    ['through a link to a directory', join(outside, 'dir/.bin/a'), []],
  ])('runs %s', (_, command, args) => {
    const run = spawnSync(command, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], NODE_PATH: '/z' } })
    expect(run.stderr).toBe('')
    const here = join(root, 'x/.bin')
    expect(JSON.parse(run.stdout)).toEqual([`${here}/../m:${here}/../n:/z`, args])
  })
})

describe('linking', () => {
  const store = 'node_modules/.pnpm'
  const root = scratch({
    'package.json': '{ "dependencies": { "a": "1.0.0" } }',
    'packages/m/package.json': '{ "name": "m", "bin": "cli.js" }',
    [`${store}/a@1.0.0/node_modules/a/package.json`]:
      '{ "name": "a", "version": "1.0.0", "bin": { "tool": "t.js", "gone": "no.js" }, "bundledDependencies": ["../../../../../../outside"] }',
    'outside/package.json': '{ "name": "outside", "version": "1.0.0", "bin": { "outside": "t.js" } }',
    'outside/t.js': '#!/usr/bin/env node\r\n',
    [`${store}/a@1.0.0/node_modules/a/t.js`]: '#!/usr/bin/env node\r\n1\n',
    [`${store}/b@2.0.0/node_modules/b/package.json`]:
      '{ "name": "b", "version": "2.0.0", "bin": { "tool": "t.js", "../evil": "t.js" } }',
    [`${store}/b@2.0.0/node_modules/b/t.js`]: '1\n',
  })
  const places = new Map([
    [`${store}/a@1.0.0/node_modules/a`, { source: 'a@1.0.0' }],
    [`${store}/a@1.0.0/node_modules/b`, { link: `${store}/b@2.0.0/node_modules/b` }],
    [`${store}/b@2.0.0/node_modules/b`, { source: 'b@2.0.0' }],
    [`${store}/node_modules/b`, { link: `${store}/b@2.0.0/node_modules/b` }],
    [`${store}/node_modules/m`, { link: 'packages/m' }],
    ['node_modules/a', { link: `${store}/a@1.0.0/node_modules/a` }],
    ['node_modules/b', { link: `${store}/b@2.0.0/node_modules/b` }],
    ['packages/m/node_modules/m2', { link: 'packages/m' }],
  ])
  const modules = join(root, store, 'a@1.0.0/node_modules/a/node_modules')
  mkdirSync(modules, { recursive: true })
  symlinkSync(join(root, 'outside'), join(modules, 'linked'))
  const targets = linkPnpmBins(loadTree(root, places, ['', 'packages/m']))
  const names = (dir: string): readonly string[] => readdirSync(join(root, dir)).sort()

  it('puts programs beside who may call them', () => {
    expect(names('node_modules/.bin')).toEqual(['tool'])
    expect(names(`${store}/a@1.0.0/node_modules/a/node_modules/.bin`)).toEqual(['tool'])
    expect(names(`${store}/node_modules/.bin`)).toEqual(['tool'])
    expect(names('packages/m/node_modules/.bin')).toEqual(['m'])
  })

  it('touches nothing outside of packages, whatever they say that they bring along', () => {
    expect(targets.filter((target) => target.includes('outside'))).toEqual([])
    expect(statSync(join(root, 'outside/t.js')).mode & 0o111).toBe(0)
  })

  it('prefers what the project asks for, whatever the other is called', () => {
    expect(spawnSync('cat', [join(root, 'node_modules/.bin/tool')], { encoding: 'utf8' }).stdout).toContain('a@1.0.0')
  })

  it('makes files executable and their first line one that Linux reads', () => {
    expect(targets).toHaveLength(2)
    for (const target of targets) expect(statSync(target).mode & 0o111).toBe(0o111)
    const [first] = targets.filter((target) => target.includes('/a@1.0.0/'))
    expect(spawnSync('head', ['-c', '21', first ?? ''], { encoding: 'utf8' }).stdout).toBe('#!/usr/bin/env node\n1')
  })
})

test.each([
  ['8.15.9', ['node_modules']],
  ['9.15.9', []],
])('pnpm %s links own programs of what only the lock file takes for one with scripts: %j', (version, made) => {
  const path = 'node_modules/.pnpm/a@1.0.0/node_modules/a'
  const root = scratch({
    'package.json': '{}',
    [`${path}/package.json`]: '{ "name": "a", "version": "1.0.0", "bin": "run.js" }',
    [`${path}/run.js`]: '1\n',
  })
  linkPnpmBins(loadTree(root, new Map([[path, { source: 'a@1.0.0', scripts: true as const }]]), ['']), { version })
  expect(readdirSync(join(root, path)).filter((name) => name === 'node_modules')).toEqual(made)
})

test.each([
  [{}, ['node_modules']],
  [{ buildsLater: true as const }, []],
])('what has scripts finds its own programs, unless it is built later (%j)', (linker, made) => {
  const path = 'node_modules/.pnpm/a@1.0.0/node_modules/a'
  const manifest = { name: 'a', version: '1.0.0', bin: 'run.js', scripts: { install: 'x' } }
  const root = scratch({
    'package.json': '{}',
    [`${path}/package.json`]: JSON.stringify(manifest),
    [`${path}/run.js`]: '1\n',
  })
  linkPnpmBins(loadTree(root, new Map([[path, { source: 'a@1.0.0' }]]), ['']), { version: '9.15.9', ...linker })
  expect(readdirSync(join(root, path)).filter((name) => name === 'node_modules')).toEqual(made)
})

test('programs of peers are linked where nothing else has the name', () => {
  const store = 'node_modules/.pnpm'
  const manifest = (name: string, bins: readonly string[]) =>
    JSON.stringify({ name, version: '1.0.0', bin: Object.fromEntries(bins.map((bin) => [bin, 'run.js'])) })
  const root = scratch({
    'package.json': '{ "dependencies": { "a": "1.0.0" } }',
    [`${store}/a@1.0.0/node_modules/a/package.json`]: manifest('a', ['tool']),
    [`${store}/a@1.0.0/node_modules/a/run.js`]: '#!/usr/bin/env node\nconsole.log("a")\n',
    [`${store}/peer@1.0.0/node_modules/peer/package.json`]: manifest('peer', ['peer', 'tool']),
    [`${store}/peer@1.0.0/node_modules/peer/run.js`]: '#!/usr/bin/env node\nconsole.log("peer")\n',
  })
  const a = `${store}/a@1.0.0/node_modules/a`
  const peer = `${store}/peer@1.0.0/node_modules/peer`
  const places = new Map([
    [a, { source: 'a@1.0.0' }],
    [`${store}/a@1.0.0/node_modules/peer`, { link: peer }],
    [peer, { source: 'peer@1.0.0' }],
    ['node_modules/a', { link: a, peers: ['peer', 'left-out'] }],
  ])
  linkPnpmBins(loadTree(root, places, ['']))
  const run = (name: string) => spawnSync(join(root, 'node_modules/.bin', name), { encoding: 'utf8' }).stdout
  expect(readdirSync(join(root, 'node_modules/.bin')).sort()).toEqual(['peer', 'tool'])
  expect([run('peer'), run('tool')]).toEqual(['peer\n', 'a\n'])
})
