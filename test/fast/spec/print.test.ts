import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import type { BuildSpec } from '../../../src/spec/build-spec.ts'
import { printSpec } from '../../../src/spec/print.ts'
import { readSpec } from '../../../src/spec/read.ts'
import { sampleSpec } from './sample-spec.ts'

/** A spec that is nothing but a plan: whatever can stand in one. */
const specWith = (plan: JsonObject): BuildSpec => ({
  lock2build: 1,
  systems: ['x86_64-linux'],
  ecosystems: {
    node: { project: { name: 'x' }, lock: { file: 'l', format: 'f', version: '1' }, omit: [], sources: {}, plan },
  },
})

const arbitraryJson = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', '10', '9', '')), tie('node'), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
})).node

const arbitraryPlan = fc.dictionary(fc.string(), arbitraryJson, { noNullPrototype: true })

function reversedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversedKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]): [string, Json] => [key, reversedKeys(member)])
      .reverse(),
  )
}

describe('the printed spec', () => {
  test('parses back equal, whatever the plan holds', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        const spec = specWith(plan)
        expect(JSON.parse(printSpec(spec))).toEqual(JSON.parse(JSON.stringify(spec)))
      }),
    )
  })

  test('is the same bytes for another order of keys', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        const other = reversedKeys(plan)
        const reordered = { ...specWith({}).ecosystems['node'], plan: other }
        const spec: BuildSpec = JSON.parse(
          JSON.stringify({ ecosystems: { node: reordered }, systems: ['x86_64-linux'], lock2build: 1 }),
        )
        expect(printSpec(spec)).toBe(printSpec(specWith(plan)))
      }),
    )
  })

  test('is ended by a line feed, and printing what was read changes nothing', () => {
    const text = printSpec(sampleSpec)
    expect(text.endsWith('}\n')).toBe(true)
    expect(readSpec(text, 'spec.json')).toEqual(sampleSpec)
    expect(printSpec(readSpec(text, 'spec.json'))).toBe(text)
  })

  test('has one line per source and per simple place, keys sorted by code unit', () => {
    const lines = printSpec(
      specWith({ places: { b: { source: 'x', flags: ['dev', 'é'] }, B: { link: '' }, '10': {}, '9': { a: 1 } } }),
    ).split('\n')
    expect(lines.slice(0, 3)).toEqual(['{', '  "ecosystems": {', '    "node": {'])
    expect(lines).toContain('      "lock": { "file": "l", "format": "f", "version": "1" },')
    expect(lines).toContain('      "omit": [],')
    expect(lines).toContain('      "sources": {}')
    expect(lines.filter((line) => line.startsWith('          '))).toEqual([
      '          "10": {},',
      '          "9": { "a": 1 },',
      '          "B": { "link": "" },',
      '          "b": { "flags": ["dev", "é"], "source": "x" }',
    ])
  })

  test('differs in one line when one hash differs', () => {
    const before = printSpec(sampleSpec).split('\n')
    const after = printSpec(JSON.parse(JSON.stringify(sampleSpec).replace('ms-2.1.3.tgz', 'ms-2.1.4.tgz'))).split('\n')
    expect(after).toHaveLength(before.length)
    expect(after.filter((line, index) => line !== before[index])).toHaveLength(1)
  })

  test('leaves out members that are undefined', () => {
    expect(printSpec(JSON.parse('{"lock2build":1}'))).toBe('{ "lock2build": 1 }\n')
    expect(printSpec(Object.assign({ extra: undefined }, sampleSpec))).toBe(printSpec(sampleSpec))
  })
})
