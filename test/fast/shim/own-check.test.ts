/** Whether a tree is what npm would leave alone, told without npm. */
import { expect, test } from 'vitest'
import { needIndex } from '../../../converters/node/layout/find-need.ts'
import type { JsonRecord } from '../../../converters/node/build/shim/json-value.ts'
import type { Manifest } from '../../../converters/node/build/shim/manifest.ts'
import { isAsLocked } from '../../../converters/node/build/shim/managers/npm/own-check.ts'
import type { Tree } from '../../../converters/node/build/shim/tree.ts'

interface Json extends JsonRecord {
  readonly name?: string
  readonly version?: string
}

function judge(project: Json, packages: Readonly<Record<string, Json>>): boolean {
  const manifestOf = (json: Json): Manifest => {
    return { name: json.name, version: json.version, bins: new Map(), installScripts: new Map(), json }
  }
  const paths = Object.keys(packages).map((path) => `node_modules/${path}`)
  const tree: Tree = {
    root: '/none',
    places: new Map(paths.map((path) => [path, {}])),
    manifests: new Map(Object.entries(packages).map(([path, json]) => [`node_modules/${path}`, manifestOf(json)])),
    index: needIndex(paths),
    locals: new Map([['', manifestOf(project)]]),
  }
  return isAsLocked(tree, { ignoresPeers: false, system: 'x86_64-linux' })
}

const react = { name: 'react', version: '19.0.0' }
/** As a package that nobody has updated since. */
const viewer = { name: 'viewer', version: '1.0.0', peerDependencies: { react: '^18.0.0' } }
const plugin = { name: 'plugin', version: '1.0.0', dependencies: { viewer: '^1.0.0' } }

test('a range that is not met is npm’s to judge', () => {
  expect(judge({ dependencies: { react: '^19.0.0' } }, { react })).toBe(true)
  expect(judge({ dependencies: { react: '^18.0.0' } }, { react })).toBe(false)
})

test('a peer of another version was locked so', () => {
  const packages = { react, viewer }
  expect(judge({ dependencies: { react: '^19.0.0', viewer: '^1.0.0' } }, packages)).toBe(true)
  const nested = { react, plugin, 'plugin/node_modules/viewer': viewer }
  expect(judge({ dependencies: { react: '^19.0.0', plugin: '*' } }, nested)).toBe(true)
})

test('a peer of the project itself is not', () => {
  expect(judge({ devDependencies: { react: '*' }, peerDependencies: { react: '^18.0.0' } }, { react })).toBe(false)
})

test('a peer that is missing is never passed over, one that may be missing is', () => {
  expect(judge({ dependencies: { plugin: '*' } }, { plugin, viewer })).toBe(false)
  const lax = { ...viewer, peerDependenciesMeta: { react: { optional: true } } }
  expect(judge({ dependencies: { plugin: '*' } }, { plugin, viewer: lax })).toBe(true)
})

test('a version that a package accepts beside those it asks for is one that fits', () => {
  const asking = (accepted: object) => ({
    name: 'old',
    version: '1.0.0',
    dependencies: { react: '^18.0.0' },
    ...accepted,
  })
  const project = { dependencies: { old: '*', react: '*' } }
  expect(judge(project, { react, old: asking({ acceptDependencies: { react: '^19.0.0' } }) })).toBe(true)
  expect(judge(project, { react, old: asking({ acceptDependencies: { react: '' } }) })).toBe(true)
  expect(judge(project, { react, old: asking({ acceptDependencies: { react: '^17.0.0' } }) })).toBe(false)
  expect(judge(project, { react, old: asking({}) })).toBe(false)
})
