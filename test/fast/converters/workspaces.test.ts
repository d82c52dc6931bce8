import { expect, test } from 'vitest'
import { findMembers, isGlobMatch } from '../../../converters/node/readers/workspaces.ts'

const manifests = new Set([
  'package.json',
  'tools/package.json',
  'packages/a/package.json',
  'packages/b/package.json',
  'packages/b/node_modules/x/package.json',
  'packages/.hidden/package.json',
  'apps/web/site/package.json',
  'apps/web/package.json',
])

const files = {
  find: (path: string) => (manifests.has(path) ? '{}' : undefined),
  directories: (path: string) => {
    const prefix = path === '' ? '' : `${path}/`
    const below = [...manifests].filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length))
    return [
      ...new Set(below.filter((file) => file.includes('/')).map((file) => file.slice(0, file.indexOf('/')))),
    ].sort()
  },
}

test.each([
  [['packages/*'], ['packages/a', 'packages/b']],
  [
    ['tools', './packages/a/'],
    ['tools', 'packages/a'],
  ],
  [['apps/**'], ['apps/web', 'apps/web/site']],
  [
    ['packages/{a,c}', 'packages/*'],
    ['packages/a', 'packages/b'],
  ],
  [['packages/*', '!packages/b'], ['packages/a']],
  [['**'], ['apps/web', 'apps/web/site', 'packages/a', 'packages/b', 'tools']],
  [['nothing/*', 'none'], []],
  [['.', './', 'tools'], ['tools']],
])('the members of %j are %j', (patterns, members) => {
  expect(findMembers(patterns, files)).toEqual(members)
})

test.each([
  ['**/ms', 'ms', true],
  ['**/ms', 'debug/ms', true],
  ['**/ms', '@scope/name/debug/ms', true],
  ['debug/ms', 'debug/ms', true],
  ['debug/ms', 'express/debug/ms', false],
  ['express/**/ms', 'express/a/b/ms', true],
  ['a/*', 'a/b/c', false],
  ['a/**', 'a/b/c', true],
  ['a/**', 'a', false],
  ['**/@s/*', 'x/@s/y', true],
])('the glob %s and the path %s', (glob, path, matches) => {
  expect(isGlobMatch(glob, path)).toBe(matches)
})
