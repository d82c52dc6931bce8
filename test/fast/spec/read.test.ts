import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/model/json.ts'
import { printSpec } from '../../../src/spec/print.ts'
import { readSpec } from '../../../src/spec/read.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'
import { brokenSpecs } from './broken-specs.ts'
import { sampleSpec } from './sample-spec.ts'

const refuse = (value: Json | string) =>
  thrownProblems(() =>
    readSpec(typeof value === 'string' ? value : JSON.stringify(value, null, 1), 'lock2build/spec.json'),
  )

describe('reading a spec', () => {
  test('gives what was printed', () => {
    expect(readSpec(printSpec(sampleSpec), 'lock2build/spec.json')).toEqual(sampleSpec)
  })

  test.each(brokenSpecs)('refuses $what, naming the place', ({ spec, key }) => {
    const problems = refuse(spec)
    for (const problem of problems) {
      expect(problem).toMatchObject({ code: 'spec-invalid', where: { file: 'lock2build/spec.json' } })
      expect(problem.where?.line).toBeGreaterThan(0)
      expect(problem.hint).toMatch(/lock2build/)
    }
    expect(problems.map(({ where }) => where?.key)).toContain(key)
  })

  test('reports all problems at once', () => {
    const text = printSpec(sampleSpec)
      .replace('"ms-2.1.3.tgz"', '".ms"')
      .replace('"0123456789abcdef', '"0123')
      .replace('aarch64-darwin', 'Darwin')
    expect(refuse(text).map(({ where }) => where?.key)).toEqual([
      'systems',
      'ecosystems.node.sources["ms@2.1.3"].name',
      'ecosystems.node.sources["pinned@1.0.0#git"].rev',
    ])
  })

  test('names a newer format and what to do, whatever else is in the file', () => {
    expect(refuse({ lock2build: 2, anything: [] })).toMatchObject([
      {
        message: 'the file has format 2, and this lock2build reads format 1',
        hint: expect.stringContaining('install'),
      },
    ])
  })

  test.each([
    ['broken JSON', '{"lock2build": 1,', /cut off/],
    ['conflict markers', '{\n<<<<<<< HEAD\n"lock2build": 1\n', /merge-conflict/],
    ['a key that stands twice', '{"lock2build": 1, "lock2build": 1}', /stands here and in line 1/],
    ['another type of document', '[]', /a list/],
    ['NUL in a plan', printSpec(sampleSpec).replace('"from": "x"', '"from": "x\\u0000"'), /NUL/],
  ])('refuses %s', (_, text, message) => {
    expect(refuse(text)).toMatchObject([
      { code: 'spec-invalid', message: expect.stringMatching(message), hint: expect.any(String) },
    ])
  })

  test('keeps a key called __proto__ as data', () => {
    const plan = JSON.parse('{"__proto__": {"polluted": true}}')
    const text = printSpec({
      ...sampleSpec,
      ecosystems: { other: { ...sampleSpec.ecosystems['node'], plan } },
    } as never)
    const read = readSpec(text, 'spec.json')
    expect(printSpec(read)).toBe(text)
    expect(text).toContain('"__proto__"')
    expect('polluted' in {}).toBe(false)
  })
})
