import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { parseJson } from '../../../src/text/json-document.ts'
import { parseJsonc } from '../../../src/text/jsonc-document.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

const lock = { file: 'bun.lock', purpose: 'lock' } as const

function onlyProblem(text: string) {
  const problems = thrownProblems(() => parseJsonc(text, lock))
  expect(problems).toHaveLength(1)
  const [problem] = problems
  return { code: problem?.code, message: problem?.message, line: problem?.where?.line }
}

describe('the value', () => {
  test('is what JSON.parse gives for JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(parseJsonc(text, lock).value).toEqual(JSON.parse(text))
      }),
    )
  })

  test('is the same with a comma in front of every closing bracket, on lines of their own and not', () => {
    const values = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }), { minLength: 1 })
    fc.assert(
      fc.property(values, fc.constantFrom('\n', ' \r\n  ', '', ' '), (items, space) => {
        const objects = items.map((item) => {
          const members = Object.entries(item).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
          return `{${members.join(',')},${space}}`
        })
        expect(parseJsonc(`[${objects.join(',')},${space}]`, lock).value).toEqual(JSON.parse(JSON.stringify(items)))
      }),
    )
  })

  test('does not change strings that look like commas in front of brackets, or like comments', () => {
    const value = { ',}': ', ]', '// a': '/* b */', 'c"': '",\\n}' }
    expect(parseJsonc(JSON.stringify(value, null, 1).replace('\n}', ',\n}'), lock).value).toEqual(value)
  })

  test('has no comments', () => {
    const text = '// first\n{ "a": /* one\n line */ 1, // b\n "c": [1, /* , */ 2, /* end */ ],\n}\n/**/'
    expect(parseJsonc(text, lock).value).toEqual({ a: 1, c: [1, 2] })
  })
})

test('lines are counted with comments', () => {
  const document = parseJsonc('{\n // one\n // two\n "a": {\n /*\n */ "b": 1,\n },\n}', lock)
  expect(document.line(['a'])).toBe(4)
  expect(document.line(['a', 'b'])).toBe(6)
})

test.each([
  ['[,\n]', 'a value is missing in front of ","', 1],
  ['{"a": 1,,\n}', 'a key in double quotes is missing in front of ",\\n}"', 1],
  ['{"a": 1 /* \n}', 'a comment is not closed', 1],
  ['{"a": 1,\n', 'the file ends in the middle: it was cut off', 2],
  ['{"a": 1,]', undefined, 1],
  ['', 'the file is empty', undefined],
])('%j is refused', (text, message, line) => {
  const problem = onlyProblem(text)
  expect(problem.code).toBe('lock-syntax')
  expect(problem.line).toBe(line)
  if (message !== undefined && !message.includes('\\n')) expect(problem.message).toBe(message)
})

test('duplicate keys are found as in JSON', () => {
  expect(onlyProblem('{\n"a": 1, // "a": 2\n"a": 3,\n}')).toMatchObject({ code: 'lock-duplicate-key', line: 3 })
})

test('conflict markers are found as in JSON', () => {
  expect(onlyProblem('{\n<<<<<<< ours\n"a": 3,\n}')).toMatchObject({ code: 'lock-conflict', line: 2 })
})

test('JSON itself knows neither comments nor such commas', () => {
  for (const text of ['[1,]', '[1] // a']) expect(thrownProblems(() => parseJson(text, lock))).toHaveLength(1)
})
