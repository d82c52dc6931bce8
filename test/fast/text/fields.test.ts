import { describe, expect, test } from 'vitest'
import { Fields, rootFields, STRING_LIMIT } from '../../../src/text/fields.ts'
import { parseJson } from '../../../src/text/json-document.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

function read(text: string): Fields {
  const root = rootFields(parseJson(text, { file: 'l.json', purpose: 'lock' }))
  if (root === undefined) throw new Error('no object')
  return root
}

describe('typed access', () => {
  const root = read('{"t": "x", "b": false, "n": 3, "o": {"k": "v"}, "l": ["p", "q"], "os": [{"a": "1"}, {"a": "2"}]}')

  test('gives the value of the asked type, and undefined for what is absent', () => {
    expect(root.text('t')).toBe('x')
    expect(root.boolean('b')).toBe(false)
    expect(root.integer('n')).toBe(3)
    expect(root.object('o')?.entriesOfText()).toEqual([['k', 'v']])
    expect(root.texts('l')).toEqual(['p', 'q'])
    expect(root.objects('os')?.map((fields) => fields.text('a'))).toEqual(['1', '2'])
    expect(root.json('o')).toEqual({ k: 'v' })
    expect([
      root.text('no'),
      root.boolean('no'),
      root.integer('no'),
      root.object('no'),
      root.texts('no'),
      root.json('no'),
    ]).toEqual(Array(6).fill(undefined))
    expect(root.document.problems).toEqual([])
  })

  test('sees own keys only', () => {
    expect(root.has('constructor')).toBe(false)
    expect(root.raw('toString')).toBeUndefined()
    expect(root.text('__proto__')).toBeUndefined()
    const hostile = read('{"__proto__": "data", "constructor": {"__proto__": {"x": "y"}}}')
    expect(hostile.text('__proto__')).toBe('data')
    expect(hostile.object('constructor')?.object('__proto__')?.text('x')).toBe('y')
    expect(hostile.keys()).toEqual(['__proto__', 'constructor'])
  })
})

describe('problems', () => {
  test('are collected with key and line, not thrown at the first', () => {
    const root = read(
      '{\n"t": 1,\n"b": "yes",\n"n": 1.5,\n"o": [],\n"l": ["p", 2,\nnull],\n"e": {"a": {}, "b":\n 7}\n}',
    )
    expect([root.text('t'), root.boolean('b'), root.integer('n'), root.object('o')]).toEqual(Array(4).fill(undefined))
    expect(root.texts('l')).toEqual(['p'])
    expect([...(root.object('e')?.entriesOfObjects() ?? [])].map(([key]) => key)).toEqual(['a'])
    const places = root.document.problems.map(({ code, where }) => `${code} ${where?.key} ${where?.line}`)
    expect(places).toEqual([
      'lock-type t 2',
      'lock-type b 3',
      'lock-type n 4',
      'lock-type o 5',
      'lock-type l[1] 6',
      'lock-type l[2] 7',
      'lock-type e.b 8',
    ])
    expect(thrownProblems(() => root.document.failIfAny())).toHaveLength(7)
  })

  test('name what was found, escaped', () => {
    const root = read('{"b": "\\u001b[2J\\u202e"}')
    root.boolean('b')
    expect(root.document.problems[0]?.message).toBe(
      'true or false should stand here, and there is the string "\\u001b[2J\\u202e"',
    )
  })

  test('null is a wrong type, a missing required text is a problem of the object', () => {
    const root = read('{"o": {\n"a": null}}')
    expect(root.object('o')?.text('a')).toBeUndefined()
    expect(root.object('o')?.requiredText('b')).toBeUndefined()
    expect(root.document.problems).toMatchObject([
      { message: expect.stringContaining('there is null'), where: { key: 'o.a', line: 2 } },
      { message: '"b" is missing', where: { key: 'o', line: 1 } },
    ])
  })

  test.each([
    ['NUL in a string', '{"a": "x\\u0000y"}', 'text-invalid'],
    ['half a surrogate pair', '{"a": "x\\ud800y"}', 'text-invalid'],
    ['a string beyond the limit', `{"a": "${'x'.repeat(STRING_LIMIT + 1)}"}`, 'lock-limit'],
    ['NUL in a key', '{"a\\u0000": "x"}', 'text-invalid'],
    ['a key beyond the limit', `{"${'x'.repeat(STRING_LIMIT + 1)}": "x"}`, 'lock-limit'],
  ])('%s is refused', (_, text, code) => {
    const root = read(text)
    expect(root.entriesOfText()).toEqual([])
    expect(root.document.problems).toMatchObject([{ code, where: { line: 1 } }])
  })

  test('whole surrogate pairs and the longest allowed string pass', () => {
    const root = read(`{"a": "\\ud83d\\ude00 \\u00e9", "b": "${'x'.repeat(STRING_LIMIT)}"}`)
    expect(root.entriesOfText()).toHaveLength(2)
    expect(root.text('a')).toBe('😀 é')
  })

  test('NUL is found anywhere inside an object that is taken as it is', () => {
    const root = read('{"plan": {"a": [{"b": "\\u0000"}], "\\u0000": 1}}')
    root.json('plan')
    expect(root.document.problems.map(({ code }) => code)).toEqual(['text-invalid', 'text-invalid'])
  })

  test('a document that is no object has a problem at its beginning', () => {
    const document = parseJson('[1]', { file: 'l.json', purpose: 'manifest' })
    expect(rootFields(document)).toBeUndefined()
    expect(document.problems).toMatchObject([
      { code: 'manifest-syntax', where: { file: 'l.json', key: undefined, line: 1 } },
    ])
  })
})

test('reading a lock of twenty thousand entries finds each of its wrong values with its line', () => {
  const entries = Array.from(
    { length: 20_000 },
    (_, index) => `"p${index}": {"version": ${index % 4000 === 7 ? 1 : '"1"'}}`,
  )
  const root = read(`{\n${entries.join(',\n')}\n}`)
  for (const [, entry] of root.entriesOfObjects()) entry.text('version')
  expect(root.document.problems.map(({ where }) => where?.line)).toEqual([9, 4009, 8009, 12009, 16009])
})
