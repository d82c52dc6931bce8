import { describe, expect, test } from 'vitest'
import { nodeTools } from '../../../converters/node/collection.ts'
import { pythonTools } from '../../../converters/python/collection.ts'
import { readCollection } from '../../../src/collection/read-collection.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

const tools = new Map([
  ['node', nodeTools],
  ['python', pythonTools],
])
const read = (text: string) =>
  readCollection(text, tools).map(({ ecosystem, name, range, supplements, extras = [] }) => ({
    ecosystem,
    name,
    range,
    supplements,
    ...(extras.length === 0 ? {} : { extras }),
  }))
const refuse = (text: string) =>
  thrownProblems(() => readCollection(text, tools)).map(({ code, where }) => `${code} ${where?.key} ${where?.line}`)
const node = (name: string, range = '*', supplements: readonly string[] = []) => ({
  name,
  range,
  supplements,
  ecosystem: 'node',
})

describe('packages.json', () => {
  test('is a list as node2nix reads it', () => {
    const text = '["prettier", {"typescript": "5.x", "tool": "git+https://git.example/tool.git#v1"}, "@scope/x@^2"]'
    expect(read(text)).toEqual([
      node('@scope/x', '^2'),
      node('prettier'),
      node('tool', 'git+https://git.example/tool.git#v1'),
      node('typescript', '5.x'),
    ])
  })

  test('is a table by ecosystem, of tables and lists', () => {
    const text = '{"node": {"prettier": "next"}, "python": ["black>=24", {"HTTPie[socks]": "3.2.4"}, "ruff@0.5.*"]}'
    expect(thrownProblems(() => readCollection(text, tools)).map(({ message }) => message)).toEqual([
      '"0.5.*" is neither a version, nor version specifiers or a URL',
    ])
    expect(read(text.replace('ruff@0.5.*', 'ruff==0.5.*'))).toEqual([
      { ...node('black', '>=24'), ecosystem: 'python' },
      { ...node('httpie', '==3.2.4'), ecosystem: 'python', extras: ['socks'] },
      node('prettier', 'next'),
      { ...node('ruff', '==0.5.*'), ecosystem: 'python' },
    ])
  })

  test('gives supplements to the packages that name them, and those beside the ecosystems to all but themselves', () => {
    const text = `{
      "node": {"addon": {"version": "1.x", "supplements": ["gyp"]}, "gyp": "*", "other": {}},
      "python": {"meson": "*"},
      "supplements": ["meson"]
    }`
    expect(read(text).map(({ name, supplements }) => [name, supplements])).toEqual([
      ['addon', ['gyp', 'meson']],
      ['gyp', ['meson']],
      ['meson', []],
      ['other', ['meson']],
    ])
  })

  test.each([
    ['a name that stands twice', '["a",\n {"a": "2"}]', ['collection-invalid [1].a 2']],
    ['a name of two ecosystems', '{"node": {"a": "1"},\n "python": {"A": "1"}}', ['collection-invalid python.A 2']],
    ['names that share a directory', '["JSONStream",\n"jsonstream"]', ['collection-invalid [1] 2']],
    ['the same key twice', '{"node": {"a": "1",\n "a": "2"}}', ['collection-invalid node.a 2']],
    ['names that are none', '["a b", {"../x": "1"}]', ['name-invalid [0] 1', 'name-invalid [1]["../x"] 1']],
    ['a range that is none', '{"node": {"a": ">>1"}}', ['requirement-invalid node.a 1']],
    [
      'a directory',
      '[{"a": "file:../a"}, {"b": "./b"}]',
      ['requirement-invalid [0].a 1', 'requirement-invalid [1].b 1'],
    ],
    ['a Python range that is none', '{"python": {"a": "not"}}', ['requirement-invalid python.a 1']],
    ['a marker', '{"python": ["a; python_version < \'3\'"]}', ['requirement-invalid python[0] 1']],
    ['packages beside ecosystems', '{"prettier": "*"}', ['collection-invalid prettier 1']],
    ['a key of a package', '{"node": {"a":\n{"range": "1"}}}', ['collection-invalid node.a.range 2']],
    ['a supplement that is not there', '{"supplements": ["x"]}', ['collection-invalid supplements 1']],
    [
      'supplements that go round',
      '{"node": {"a": {"supplements": ["b"]}, "b": {"supplements": ["a"]}}}',
      ['collection-invalid node.a 1'],
    ],
    [
      'a wrong type',
      '{"node": {"a": 1}, "python": "b"}',
      ['collection-invalid node.a 1', 'collection-invalid python 1'],
    ],
    ['no JSON', '["a",', ['collection-invalid undefined 1']],
  ])('is refused with %s, every place named', (_, text, problems) => {
    expect(refuse(text)).toEqual(problems)
  })
})

test('a package of npm is a project that depends on it alone', () => {
  expect([...nodeTools.manifest({ name: 'prettier', range: '3.x' })]).toEqual([
    ['package.json', '{\n  "private": true,\n  "dependencies": {\n    "prettier": "3.x"\n  }\n}\n'],
  ])
})

test('a Python package is a project by another name, with its extras', () => {
  const text = pythonTools.manifest({ name: 'httpie', range: '>=3', extras: ['a', 'b'] }).get('pyproject.toml')
  expect(text).toContain('name = "lock2build-httpie"\n')
  expect(text).toContain('dependencies = ["httpie[a,b]>=3"]\n')
  const fromGit = pythonTools.manifest({ name: 'x', range: 'git+https://git.example/x' }).get('pyproject.toml')
  expect(fromGit).toContain('dependencies = ["x @ git+https://git.example/x"]\n')
})

test('the lock file of npm tells whether a package has programs', () => {
  const lock = { lockfileVersion: 3, packages: { 'node_modules/a': { bin: { a: 'a.js' } }, 'node_modules/b': {} } }
  expect(nodeTools.hasPrograms('a', JSON.stringify(lock))).toBe(true)
  expect(nodeTools.hasPrograms('b', JSON.stringify(lock))).toBe(false)
  expect(nodeTools.hasPrograms('c', JSON.stringify(lock))).toBeUndefined()
})
