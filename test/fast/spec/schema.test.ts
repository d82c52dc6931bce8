import { readdirSync, readFileSync } from 'node:fs'
import Ajv from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { storeName } from '../../../src/digest/store-path.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import { ProblemError } from '../../../src/problem.ts'
import { printSpec } from '../../../src/spec/print.ts'
import { readSpec } from '../../../src/spec/read.ts'
import * as patterns from '../../../src/spec/source-text.ts'
import { brokenSpecs } from './broken-specs.ts'
import { sampleSpec } from './sample-spec.ts'

const schemaText = readFileSync(new URL('../../../schema/spec.json', import.meta.url), 'utf8')
const validate = new Ajv.default({ strict: true, strictRequired: false }).compile(JSON.parse(schemaText))

const fixtures = new URL('../../../fixtures/', import.meta.url)
const fixtureSpecs = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('/expected/spec.json'))
  .sort()
  .map((path) => ({
    name: path.replace('/expected/spec.json', ''),
    text: readFileSync(new URL(path, fixtures), 'utf8'),
  }))

function reads(spec: Json): boolean {
  try {
    readSpec(JSON.stringify(spec), 'spec.json')
    return true
  } catch (error) {
    if (error instanceof ProblemError) return false
    throw error
  }
}

describe('the published schema', () => {
  test('accepts a spec with every kind of source and place', () => {
    expect(validate(JSON.parse(printSpec(sampleSpec)))).toBe(true)
  })

  test('is tried on the specs of real locks', () => {
    expect(fixtureSpecs.length).toBeGreaterThan(20)
  })

  test.each(fixtureSpecs)('accepts the spec of $name, which is read and printed back as the same bytes', ({ text }) => {
    validate(JSON.parse(text))
    expect(validate.errors).toBeNull()
    expect(printSpec(readSpec(text, 'spec.json'))).toBe(text)
  })

  test.each(brokenSpecs)('refuses $what, as the reader does', ({ spec }) => {
    expect(reads(spec)).toBe(false)
    expect(validate(spec)).toBe(false)
  })

  test('has the patterns of the code, letter by letter', () => {
    const inSchema: unknown[] = []
    JSON.parse(schemaText, (key, value: unknown) => {
      if (key === 'pattern') inSchema.push(value)
      return value
    })
    for (const pattern of [storeName, ...Object.values(patterns)]) expect(inSchema).toContain(pattern.source)
  })

  test('agrees with the reader on any change of one value outside of the plan', () => {
    const places = pathsOf(sampleSpec).filter((path) => path[2] !== 'plan' || path.length === 3)
    const oddities: readonly Json[] = JSON.parse(
      '[null, true, 0, 1, "", "x", "x-y", "..", "a/b", [], ["x"], ["x", "x"], {}, {"x": 1}, [{}], [[]]]',
    )
    const others = pathsOf(sampleSpec).map((path) => valueAt(sampleSpec, path))
    const values = fc.constantFrom<(Json | undefined)[]>(undefined, ...oddities, ...others)
    fc.assert(
      fc.property(fc.constantFrom(...places), values, (path, value) => {
        const spec = replaced(sampleSpec, path, value)
        expect(`${validate(withoutPlan(spec))} ${JSON.stringify(spec)}`).toBe(`${reads(spec)} ${JSON.stringify(spec)}`)
      }),
      { numRuns: 1500 },
    )
  })

  test.each<[string, readonly string[], Json]>([
    ['a place of two kinds', ['places', 'node_modules/ms', 'link'], 'x'],
    ['a place of no kind', ['places', 'node_modules/ms'], {}],
    ['a place outside', ['places', '../x'], { bundled: true }],
    ['a link outside', ['places', 'node_modules/member', 'link'], '../x'],
    ['an unknown key', ['places', 'node_modules/ms', 'unknown'], 1],
    ['an unknown flag', ['places', 'node_modules/ms', 'flags'], ['test']],
    ['scripts that are not true', ['places', 'node_modules/ms', 'scripts'], false],
    ['a local directory outside', ['local', '/x'], {}],
    ['an unknown table', ['unknown'], {}],
  ])('refuses a node plan with %s', (_, path, value) => {
    expect(validate(replaced(sampleSpec, ['ecosystems', 'node', 'plan', ...path], value))).toBe(false)
  })
})

/** The reader leaves plans to their ecosystems, so the agreement is about everything else. */
function withoutPlan(spec: Json): Json {
  const plan = valueAt(spec, ['ecosystems', 'node', 'plan'])
  return isObject(plan) ? replaced(spec, ['ecosystems', 'node', 'plan'], { places: {}, local: {} }) : spec
}

function pathsOf(value: Json | undefined, path: readonly string[] = []): readonly (readonly string[])[] {
  if (!isObject(value)) return [path]
  return [path, ...Object.keys(value).flatMap((key) => pathsOf(value[key], [...path, key]))]
}

function valueAt(value: Json | undefined, [key, ...rest]: readonly string[]): Json | undefined {
  if (key === undefined) return value
  return isObject(value) ? valueAt(value[key], rest) : undefined
}

function replaced(target: Json, [key, ...rest]: readonly string[], value: Json | undefined): Json {
  if (key === undefined) return value ?? null
  const { [key]: old, ...others } = isObject(target) ? target : {}
  if (rest.length === 0 && value === undefined) return others
  return { ...others, [key]: replaced(old ?? {}, rest, value) }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
