import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEPTH_LIMIT } from '../../../src/text/document.ts'
import { rootFields } from '../../../src/text/fields.ts'
import { parseToml } from '../../../src/text/toml-document.ts'
import { scanToml } from '../../../src/text/toml-scan.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

const lock = { file: 'poetry.lock', purpose: 'lock' } as const
const manifest = { file: 'pyproject.toml', purpose: 'manifest' } as const

function problems(text: string, file: Parameters<typeof parseToml>[1] = lock) {
  return thrownProblems(() => parseToml(text, file)).map(({ code, message, where }) => ({
    code,
    message,
    key: where?.key,
    line: where?.line,
  }))
}

describe('values', () => {
  test('are plain: tables, lists, texts, numbers, booleans', () => {
    const { value } = parseToml('a = 1\nb = [true, "x", { c = 1.5 }]\n[d."e f"]\ng = \'h\'\n', lock)
    expect(JSON.parse(JSON.stringify(value))).toEqual({ a: 1, b: [true, 'x', { c: 1.5 }], d: { 'e f': { g: 'h' } } })
  })

  test('dates and times are texts', () => {
    const { value } = parseToml(
      'a = 2025-03-06T12:28:57Z\nb = [2025-03-06, 12:28:57]\nc = { d = 2025-03-06T12:28:57.760 }\n',
      lock,
    )
    expect(JSON.parse(JSON.stringify(value))).toEqual({
      a: '2025-03-06T12:28:57.000Z',
      b: ['2025-03-06', '12:28:57.000'],
      c: { d: '2025-03-06T12:28:57.760' },
    })
  })

  test('an integer beyond what a number holds does not make the file unreadable', () => {
    expect(parseToml('a = 9223372036854775807\n', manifest).value).toMatchObject({ a: expect.any(Number) })
  })

  test('__proto__ and constructor are keys like any other', () => {
    const fields = rootFields(parseToml('[__proto__]\npolluted = "yes"\n[constructor]\nx = "1"\n', lock))
    expect(fields?.object('__proto__')?.text('polluted')).toBe('yes')
    expect(fields?.object('constructor')?.text('x')).toBe('1')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('a NUL that an escape hides is told with its key and line', () => {
    const document = parseToml('[[package]]\nname = "a"\n[[package]]\nname = "b\\u0000"\n', lock)
    expect(
      rootFields(document)
        ?.objects('package')
        ?.map((one) => one.text('name')),
    ).toEqual(['a', undefined])
    expect(document.problems).toMatchObject([{ code: 'text-invalid', where: { key: 'package[1].name', line: 4 } }])
  })

  test('an empty manifest is an empty table, an empty lock file is damaged', () => {
    expect(rootFields(parseToml('', manifest))?.keys()).toEqual([])
    expect(problems(' \n')).toMatchObject([{ code: 'lock-syntax', message: 'the file is empty' }])
  })
})

describe('lines', () => {
  const text = [
    '# a comment with [[package]] in it',
    '[[package]]',
    'name = "a"',
    'description = """',
    '[[package]]',
    'name = "no key" """',
    'files = [',
    '    {file = "a.whl", hash = "sha256:1"}, # with ] and }',
    '    {file = "a.tar.gz", hash = "sha256:2"},',
    ']',
    '',
    '[package.dependencies]',
    "b = {version = '*', markers = \"x == '['\"}",
    '',
    '[[package]]',
    'name = "b"',
    'a . "b.c".d = 1',
    '[package.source]',
    'url = "u"',
    '[metadata."x\\u0041"]',
    'y = 1',
    '',
  ].join('\n')
  const document = parseToml(text, lock)

  test.each([
    [['package', 0], 2],
    [['package', 0, 'description'], 4],
    [['package', 0, 'files'], 7],
    [['package', 0, 'files', 1], 9],
    [['package', 0, 'files', 1, 'hash'], 9],
    [['package', 0, 'dependencies'], 12],
    [['package', 0, 'dependencies', 'b', 'markers'], 13],
    [['package', 1], 15],
    [['package', 1, 'name'], 16],
    [['package', 1, 'a', 'b.c', 'd'], 17],
    [['package', 1, 'source', 'url'], 19],
    [['metadata', 'xA', 'y'], 21],
    [['package', 1, 'absent', 'deeper'], 15],
  ])('%j stands in line %i', (path, line) => {
    expect(document.line(path)).toBe(line)
  })

  test('the scanner finds nothing twice in a text that the parser accepts, and every key of it', () => {
    const key = fc.constantFrom('a', 'b', '"c d"', "'e.f'", '1', '"\\"g"')
    const leaf = fc.constantFrom(
      '1',
      'true',
      '"x # ]"',
      "'''\ny = 2\n'''",
      '"""a\\\\"""',
      '[1, [2, "}"], {h = 1}]',
      '{i = 1, j.k = "="}',
    )
    const line = fc
      .tuple(fc.array(key, { minLength: 1, maxLength: 2 }), leaf)
      .map(([keys, value]) => `${keys.join('.')} = ${value} # c`)
    const header = fc
      .array(key, { minLength: 1, maxLength: 3 })
      .chain((keys) => fc.constantFrom(`[${keys.join('.')}]`, `[[ ${keys.join(' . ')} ]]`))
    let accepted = 0
    fc.assert(
      fc.property(fc.array(fc.oneof(line, header), { maxLength: 8 }), (lines) => {
        const toml = lines.join('\n')
        let value: unknown
        try {
          value = parseToml(toml, manifest).value
        } catch {
          return
        }
        accepted += 1
        const { root, duplicates } = scanToml(toml)
        expect(duplicates).toEqual([])
        expect(pathsOf(root)).toEqual(pathsIn(value))
      }),
      { numRuns: 400 },
    )
    expect(accepted).toBeGreaterThan(50)
  })

  test('the scanner ends on every text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', "'", '\\', '=', '.', ',', 'a', ' ', '\n', '#') }),
        (toml) => {
          expect(scanToml(toml).root.offset).toBe(0)
        },
      ),
    )
  })
})

describe('problems', () => {
  test('syntax, with the line', () => {
    expect(problems('a = 1\nb = \n')).toMatchObject([{ code: 'lock-syntax', line: 2 }])
    expect(problems('a = 1\nb = "x\n', manifest)).toMatchObject([{ code: 'manifest-syntax', line: 2 }])
  })

  test('merge-conflict markers', () => {
    expect(problems('a = 1\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> other\n')).toMatchObject([
      { code: 'lock-conflict', line: 2 },
    ])
  })

  test.each([
    ['a key', 'a = 1\nb = 2\na = 3\n', 'a', 3, 1],
    ['a key of a table of a list', '[[p]]\nx = 1\n[[p]]\nx = 1\nx = 2\n', 'p[1].x', 5, 4],
    ['a table', '[t]\nx = 1\n[u]\n[t]\ny = 1\n', 't', 4, 1],
    ['a key of an inline table', 'a = { b = 1, b = 2 }\n', 'a.b', 1, 1],
  ])('%s that stands twice, with both lines', (_, text, key, line, first) => {
    expect(problems(text)).toMatchObject([
      { code: 'lock-duplicate-key', key, line, message: expect.stringContaining(`line ${first}:`) },
    ])
    expect(problems(text, manifest)).toMatchObject([{ code: 'manifest-syntax', key, line }])
  })

  test('depth, of lists as of names', () => {
    const deep = '['.repeat(DEPTH_LIMIT + 1)
    expect(problems(`a = ${deep}${deep.replaceAll('[', ']')}\n`)).toMatchObject([{ code: 'lock-limit', line: 1 }])
    expect(problems(`${'a.'.repeat(DEPTH_LIMIT)}a = 1\n`)).toMatchObject([{ code: 'lock-limit' }])
    expect(problems(`[${'a.'.repeat(50_000)}a]\n`)).toMatchObject([{ code: 'lock-limit' }])
  })
})

function pathsOf(node: ReturnType<typeof scanToml>['root'], path = ''): readonly string[] {
  return [...(node.children ?? [])]
    .flatMap(([key, child]) => [`${path}/${key}`, ...pathsOf(child, `${path}/${key}`)])
    .sort()
}

function pathsIn(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .flatMap(([key, child]) => [`${path}/${key}`, ...pathsIn(child, `${path}/${key}`)])
    .sort()
}
