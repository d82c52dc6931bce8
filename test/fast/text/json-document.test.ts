import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { DEPTH_LIMIT } from '../../../src/text/document.ts'
import { parseJson } from '../../../src/text/json-document.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

const lock = { file: 'package-lock.json', purpose: 'lock' } as const

function onlyProblem(text: string, purpose: 'lock' | 'manifest' | 'config' | 'spec' = 'lock') {
  const problems = thrownProblems(() => parseJson(text, { file: 'x.json', purpose }))
  expect(problems).toHaveLength(1)
  const [problem] = problems
  return {
    code: problem?.code,
    message: problem?.message,
    key: problem?.where?.key,
    line: problem?.where?.line,
    hint: problem?.hint,
  }
}

describe('the value', () => {
  test('is what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 1, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(parseJson(text, lock).value).toEqual(JSON.parse(text))
      }),
    )
  })

  test('keeps __proto__ and constructor as own keys and pollutes nothing', () => {
    const { value } = parseJson('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}', lock)
    expect(Object.keys(Object(value))).toEqual(['__proto__', 'constructor'])
    expect('polluted' in {}).toBe(false)
  })

  test('may hold strings that look like keys', () => {
    const value = { a: ':', ':': '":', 'b\\': '\\":"', '"': [':', '":"'] }
    expect(parseJson(JSON.stringify(value), lock).value).toEqual(value)
  })
})

describe('duplicate keys', () => {
  test('are refused, all of them, with key and both lines', () => {
    const text = '{\n"packages": {\n"a b": {"x": 1,\n"x": 2},\n"a b": {}\n}\n}'
    expect(thrownProblems(() => parseJson(text, lock))).toMatchObject([
      {
        code: 'lock-duplicate-key',
        where: { key: 'packages["a b"].x', line: 4 },
        message: expect.stringContaining('line 3'),
      },
      {
        code: 'lock-duplicate-key',
        where: { key: 'packages["a b"]', line: 5 },
        message: expect.stringContaining('line 3'),
      },
    ])
  })

  test('are seen through escapes, spaces before the colon, and for __proto__', () => {
    expect(onlyProblem('{"a": 1, "\\u0061": 2}').key).toBe('a')
    expect(onlyProblem('{"a" \t: 1,\n"a"\r\n: 2}').line).toBe(2)
    expect(onlyProblem('{"__proto__": 1, "__proto__": 2}').key).toBe('__proto__')
  })

  test('are found wherever one is put into a document, and the same key in two objects is none', () => {
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(1, 'x', '":"', null),
        fc.dictionary(fc.constantFrom('a', 'b', ':', '"', '__proto__'), tie('node')),
        fc.array(tie('node')),
      ),
    })).node
    fc.assert(
      fc.property(fc.array(tree), tree, (list, value) => {
        const text = JSON.stringify([...list, { k: value }])
        expect(() => parseJson(text, lock)).not.toThrow()
        const twice = text.replace(/\{"k":([^]*)\}\]$/, (_, inner: string) => `{"k":${inner},"k":${inner}}]`)
        expect(onlyProblem(twice).key).toBe(`[${list.length}].k`)
      }),
    )
  })

  test('count as the last one in a manifest, as for npm', () => {
    expect(parseJson('{"a": 1, "a": 2}', { file: 'package.json', purpose: 'manifest' }).value).toEqual({ a: 2 })
  })
})

describe('depth', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

  test('is limited, however deep', () => {
    expect(() => parseJson(nested(DEPTH_LIMIT), lock)).not.toThrow()
    expect(onlyProblem(nested(DEPTH_LIMIT + 1)).code).toBe('lock-limit')
    expect(onlyProblem(nested(200_000)).code).toBe('lock-limit')
    expect(onlyProblem('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)).code).toBe('lock-limit')
  })

  test('does not overflow the search for an error either', () => {
    expect(onlyProblem('['.repeat(200_000)).message).toMatch(/cut off/)
  })
})

describe('syntax errors', () => {
  test.each([
    ['an empty file', ' \n', 'lock-syntax', /empty/, undefined],
    ['a file that was cut off', '{\n"a": {\n"b": "c', 'lock-syntax', /cut off/, 3],
    ['a file that was cut off between members', '{\n"a": 1,\n', 'lock-syntax', /cut off/, 3],
    [
      'conflict markers',
      '{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> other\n}',
      'lock-conflict',
      /merge-conflict/,
      2,
    ],
    ['Windows conflict markers', '{\r\n"a": 1\r\n>>>>>>> other\r\n}', 'lock-conflict', /merge-conflict/, 3],
    ['a trailing comma in an object', '{"a": 1,\n}', 'lock-syntax', /comma in front of "}"/, 2],
    ['a trailing comma in a list', '{"a": [1,]}', 'lock-syntax', /comma in front of "\]"/, 1],
    ['single quotes', "{\n'a': 1}", 'lock-syntax', /single quotes/, 2],
    ['a line comment', '{\n\n// hello\n"a": 1}', 'lock-syntax', /comment/, 3],
    ['a block comment', '{"a": /* x */ 1}', 'lock-syntax', /comment/, 1],
    ['an HTML page', '<!doctype html>\n<html>', 'lock-syntax', /HTML/, 1],
    ['a missing comma', '{"a": 1\n"b": 2}', 'lock-syntax', /a comma or a closing bracket is missing in front of/, 2],
    ['a missing colon', '{"a" 1}', 'lock-syntax', /a colon is missing in front of "1}"/, 1],
    ['an unquoted key', '{a: 1}', 'lock-syntax', /a key in double quotes is missing/, 1],
    ['an unknown word', '{"a": undefined}', 'lock-syntax', /a value is missing in front of "undefined}"/, 1],
    ['two documents', '{}\n{}', 'lock-syntax', /follows the end/, 2],
    ['a raw line break in a string', '{"a": "b\nc"}', 'lock-syntax', /not closed/, 1],
    ['an unknown escape', '{"a": "\\x41"}', 'lock-syntax', /escape/, 1],
  ])('%s is named, with its line', (_, text, code, message, line) => {
    const problem = onlyProblem(text)
    expect(problem).toMatchObject({ code, message: expect.stringMatching(message), line })
    expect(problem.hint).toBeTruthy()
  })

  test('have the codes of what the file is', () => {
    expect(onlyProblem('{', 'manifest').code).toBe('manifest-syntax')
    expect(onlyProblem('{', 'config').code).toBe('config-invalid')
    expect(onlyProblem('{', 'spec').code).toBe('spec-invalid')
    expect(onlyProblem('{"a":1,"a":1}', 'spec').code).toBe('spec-invalid')
  })

  test('show what they quote without control characters', () => {
    expect(onlyProblem('{"a": \u001b[31mred}').message).toContain('\\u001b')
  })
})

describe('lines', () => {
  const text = '{\n  "a": {\n    "b c": [\n      1,\n      {"d":\n 2}\n    ]\n  }\n}'
  const document = parseJson(text, lock)

  test('are known for every key and element', () => {
    const { file, key, line } = document.where(['a', 'b c', 1, 'd'])
    expect({ file, key, line }).toEqual({ file: 'package-lock.json', key: 'a["b c"][1].d', line: 5 })
    expect(document.line(['a'])).toBe(2)
    expect(document.line(['a', 'b c', 0])).toBe(4)
    expect(document.line([])).toBe(1)
  })

  test('are those of the nearest object for a key that is not there', () => {
    expect(document.line(['a', 'missing'])).toBe(2)
  })
})
