/** The strict YAML reader: what it reads, what it refuses by name, and that it never throws anything but a ProblemError. */
import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  dictionary,
  letrec,
  nat,
  oneof,
  property,
  string,
} from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProblemError } from '../../../src/problem.ts'
import { rootFields } from '../../../src/text/fields.ts'
import { parseYaml, parseYamlDocuments } from '../../../src/text/yaml-document.ts'

const lock = { file: 'a.yaml', purpose: 'lock' } as const

function read(text: string): unknown {
  return parseYaml(text, lock).value
}

function problemOf(text: string): { code: string; message: string; line: number | undefined } {
  try {
    read(text)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const [{ code, message, where }] = error.problems
    return { code, message, line: where?.line }
  }
  throw new Error('the text was accepted')
}

describe('reading', () => {
  it.each([
    ['a: b\nc:\n  d: e\n', { a: 'b', c: { d: 'e' } }],
    ['a:\n- x\n- y: 1\n  z: {}\nb: []\n', { a: ['x', { y: 1, z: {} }], b: [] }],
    ["'a b': 'it''s'\n\"c\": \"\\u00e9\\n\"\n", { 'a b': "it's", c: 'é\n' }],
    ['a: {b: c, d: [e, "f"]}\n', { a: { b: 'c', d: ['e', 'f'] } }],
    ['a: [\n  b, # one\n  c,\n]\n', { a: ['b', 'c'] }],
    ['a: |\n  x\n   y\n\nb: >-\n  p\n  q\n\n  r\n', { a: 'x\n y\n', b: 'p q\nr' }],
    ['? "long"\n: x\n? b\n:\n  c: d\n', { long: 'x', b: { c: 'd' } }],
    ['# comment\n\na: b # more\n', { a: 'b' }],
    ['a: x#y\nb: http://c/d:e\n', { a: 'x#y', b: 'http://c/d:e' }],
    ['a:\nb: ~\n', { a: null, b: null }],
    ['a: "x\n  y\n\n  z"\n', { a: 'x y\nz' }],
    ['a: b\r\nc: d\r\n', { a: 'b', c: 'd' }],
    ['', null],
    [
      '"a b": "c: d"\n"e":\n  "f": "g" # h\n"i" : ""\n"j": "#"\nk: l\n',
      { 'a b': 'c: d', e: { f: 'g' }, i: '', j: '#', k: 'l' },
    ],
    ['- - a\n  - b\n- c\n', [['a', 'b'], 'c']],
  ])('reads %j', (text, value) => {
    expect(read(text)).toEqual(value)
  })

  it('keeps __proto__ as a key like any other', () => {
    const value = read('__proto__: x\na: {__proto__: y}\n')
    expect(JSON.stringify(value)).toBe('{"__proto__":"x","a":{"__proto__":"y"}}')
  })

  it('types plain scalars, so that a version which YAML takes for a number is no text', () => {
    const document = parseYaml('a: 1.10\nb: true\nc: "1.10"\nd: 7\n', lock)
    const root = rootFields(document)
    expect([root?.text('a'), root?.boolean('b'), root?.text('c'), root?.integer('d')]).toEqual([
      undefined,
      true,
      '1.10',
      7,
    ])
    expect(document.problems.map(({ code, hint, where }) => [code, hint, where?.line])).toEqual([
      ['lock-type', 'put it into quotes', 1],
    ])
  })

  it('leaves plain scalars texts where a format does, and reads booleans and numbers from them', () => {
    const document = parseYaml('a: 1.10\nb: true\nc: 8\nd: null\n', { ...lock, scalars: 'text' })
    const root = rootFields(document)
    expect([root?.text('a'), root?.boolean('b'), root?.integer('c'), root?.text('d')]).toEqual([
      '1.10',
      true,
      8,
      'null',
    ])
    expect(document.problems).toEqual([])
  })

  it('knows the line of every key', () => {
    const document = parseYaml('a:\n  b: {c: d,\n    e: f}\n\n  g:\n    - h\n    - i: j\n', lock)
    expect(document.line(['a', 'b', 'e'])).toBe(3)
    expect(document.line(['a', 'g', 1, 'i'])).toBe(7)
  })

  it('tells the documents of one file apart, with lines of the whole file', () => {
    const documents = parseYamlDocuments('---\na: 1\n\n---\nb: 2\nc: {d: e}\n', lock)
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2, c: { d: 'e' } }])
    expect(documents[1]?.line(['c', 'd'])).toBe(6)
  })
})

describe('refusing', () => {
  it.each([
    ['a: &x b\n', 'lock-syntax', 'an anchor (&)', 1],
    ['a: b\nc: *x\n', 'lock-syntax', 'an alias (*)', 2],
    ['a: !!str b\n', 'lock-syntax', 'a tag (!)', 1],
    ['<<: {a: b}\n', 'lock-syntax', 'a merge key', 1],
    ['%YAML 1.2\n---\na: b\n', 'lock-syntax', 'a directive', 1],
    ['a:\n\tb: c\n', 'lock-syntax', 'a tab', 2],
    ['a:\n    b: c\n  d: e\n', 'lock-syntax', 'indented', 3],
    ['a: b\n  c: d\n', 'lock-syntax', 'indented', 2],
    ['a: b\n c\n', 'lock-syntax', 'indented', 2],
    ['a: b: c\n', 'lock-syntax', 'a second colon', 1],
    ['a: [b\n', 'lock-syntax', 'not closed', 1],
    ['a: "b\n', 'lock-syntax', 'not closed', 1],
    ['a: @b\n', 'lock-syntax', 'a text begins with @', 1],
    ['a: "\\q"\n', 'lock-syntax', 'an escape', 1],
    ['{a: b}: c\n', 'lock-syntax', 'follows a value', 1],
    ['0x10: c\n', 'lock-syntax', 'something else than a text', 1],
    ['a: b\n---\nc: d\n', 'lock-syntax', 'a second document', 2],
    ['a: b\nc: 1\na: d\n', 'lock-duplicate-key', 'line 1', 3],
    ['a: {b: c, b: d}\n', 'lock-duplicate-key', 'line 1', 1],
    ['a: b\n<<<<<<< HEAD\nc: d\n=======\nc: e\n>>>>>>> x\n', 'lock-conflict', 'merge-conflict', 2],
    [`a: ${'['.repeat(5000)}`, 'lock-limit', 'nested more than', 1],
    [Array.from({ length: 300 }, (_, index) => `${' '.repeat(index)}a:\n`).join(''), 'lock-limit', 'nested more', 201],
    ['a: \u0007\n', 'lock-syntax', 'a control character', 1],
  ])('refuses %j', (text, code, words, line) => {
    const problem = problemOf(text)
    expect(problem).toMatchObject({ code, line })
    expect(problem.message).toContain(words)
  })
})

const anyText = string({ unit: 'grapheme', maxLength: 20 }).filter(
  (text) => !/[\u0000-\u001f\u007f\ud800-\udfff]/.test(text),
)
const { tree } = letrec<{ tree: unknown }>((tie) => ({
  tree: oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyText,
    boolean(),
    nat(),
    constant(null),
    array(tie('tree'), { maxLength: 4 }),
    dictionary(anyText, tie('tree'), { maxKeys: 4 }),
  ),
}))

/** Block style for everything that can have it; texts as JSON writes them, or plain where that is safe. */
function print(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? ' []\n' : `\n${value.map((item) => `${indent}-${print(item, `${indent}  `)}`).join('')}`
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    if (entries.length === 0) return ' {}\n'
    return `\n${entries.map(([key, item]) => `${indent}${scalar(key)}:${print(item, `${indent}  `)}`).join('')}`
  }
  return ` ${scalar(value)}\n`
}

function scalar(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[b-m][a-z/@.-]*$/.test(value) && !/^(?:false)$/.test(value)
  if (isPlain) return value
  return typeof value === 'string' && !value.includes('\\') && value !== '' && value.length % 2 === 0
    ? `'${value.replaceAll("'", "''")}'`
    : JSON.stringify(value)
}

describe('properties', () => {
  it('reads what was printed, in block and in flow style', () => {
    assert(
      property(dictionary(anyText, tree, { maxKeys: 5 }), (value) => {
        const copy: unknown = JSON.parse(JSON.stringify(value))
        expect(read(print(value, ''))).toEqual(copy)
        expect(read(`a: ${JSON.stringify(value)}\n`)).toEqual({ a: copy })
      }),
    )
  })

  it('finds the same value when it also notes where keys stand', () => {
    assert(
      property(dictionary(anyText, tree, { minKeys: 1, maxKeys: 5 }), (value) => {
        const document = parseYaml(print(value, ''), lock)
        const lines = Object.keys(value).map((key) => document.line([key]))
        expect(lines).toEqual([...lines].sort((a, b) => a - b))
      }),
    )
  })

  const fragments = [
    'a',
    'b: c',
    'key:',
    ' ',
    '  ',
    '\n',
    '\n  ',
    '- ',
    "'",
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ': ',
    '#',
    '|',
    '>-',
    '? ',
    '---\n',
    '1.10',
    '~',
    '\t',
    'k: |2\n    x\n',
    '\\',
    '&a',
    '*a',
    '!t',
    '<<: ',
    '"x\n  y"',
    '...\n',
    '\r',
    '\0',
    'é',
  ]
  const fragment = constantFrom(...fragments)

  it('never throws anything but a ProblemError', () => {
    assert(
      property(array(fragment, { maxLength: 14 }), (parts) => {
        try {
          parseYamlDocuments(parts.join(''), lock)
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
