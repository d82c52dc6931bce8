import { readFileSync } from 'node:fs'
import Ajv from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/model/json.ts'
import type { BuildSpec, SpecPart, SpecSource } from '../../../src/spec/build-spec.ts'
import { collectParts, specOfPart, specParts, type NamedPart } from '../../../src/spec/collection-parts.ts'
import { printSpec } from '../../../src/spec/print.ts'
import { readSpec } from '../../../src/spec/read.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'
import { sampleSri } from './sample-spec.ts'

const schemaText = readFileSync(new URL('../../../schema/spec.json', import.meta.url), 'utf8')
const validate = new Ajv.default({ strict: true, strictRequired: false }).compile(JSON.parse(schemaText))

const source = (id: string, host = 'h'): SpecSource => ({
  name: 'x.tgz',
  urls: [`https://${host}/${id}`],
  hash: sampleSri('sha512', id),
})

function named(attribute: string, sources: SpecPart['sources'], supplements: readonly string[] = []): NamedPart {
  const ids = Object.keys(sources)
  const places = Object.fromEntries(ids.map((id, at) => [`node_modules/${at}`, { source: id }]))
  return {
    ecosystem: 'node',
    attribute,
    supplements,
    part: {
      project: { name: attribute, version: '1.0.0' },
      lock: { file: `lock2build/packages/${attribute}/package-lock.json`, format: 'npm-lock', version: '3' },
      omit: [],
      sources,
      plan: { places, local: {} },
    },
  }
}

function collectionOf(...parts: readonly NamedPart[]): BuildSpec {
  return {
    lock2build: 1,
    systems: ['x86_64-linux'],
    ecosystems: {},
    collection: { node: collectParts(parts) },
  }
}

const tools = [
  named('prettier', { 'ms@1.0.0': source('ms'), 'prettier@3.0.0': source('prettier') }),
  named('@scope/tool', { 'ms@1.0.0': source('ms'), 'tool@1.0.0': source('tool') }, ['prettier']),
]

describe('a collection', () => {
  test('has one set of sources, and gives every package those that it names', () => {
    const spec = collectionOf(...tools)
    expect(Object.keys(spec.collection?.['node']?.sources ?? {})).toEqual(['ms@1.0.0', 'prettier@3.0.0', 'tool@1.0.0'])
    expect(specParts(spec)).toEqual([...tools].sort((a, b) => ((a.attribute ?? '') < (b.attribute ?? '') ? -1 : 1)))
  })

  test('keeps apart what two packages call the same, and mean differently', () => {
    const other = named('other', { 'ms@1.0.0': source('ms', 'elsewhere') })
    const spec = collectionOf(...tools, other)
    expect(Object.keys(spec.collection?.['node']?.sources ?? {})).not.toContain('ms@1.0.0')
    expect(specParts(spec).map(({ part }) => part.sources['ms@1.0.0'])).toEqual([
      source('ms'),
      source('ms', 'elsewhere'),
      source('ms'),
    ])
  })

  test('is the same file after it was read, and the schema takes it', () => {
    const text = printSpec(collectionOf(...tools))
    validate(JSON.parse(text))
    expect(validate.errors).toBeNull()
    expect(printSpec(readSpec(text, 'spec.json'))).toBe(text)
  })

  test('gives the build of a package a spec that no other package can change', () => {
    const [alone, among] = [collectionOf(tools[0] ?? never()), collectionOf(...tools)].map((spec) =>
      specParts(spec)
        .filter(({ attribute }) => attribute === 'prettier')
        .map((part) => printSpec(specOfPart(spec, part))),
    )
    expect(alone).toEqual(among)
  })

  test.each([
    [
      'a package whose name leaves the directory',
      '"prettier": {',
      '"../prettier": {',
      'collection.node.packages["../prettier"]',
    ],
    ['a key that is not known', '"omit": []', '"omits": []', 'collection.node.packages["@scope/tool"].omits'],
    ['a project beside it', '"ecosystems": {}', '"ecosystems": {"node": {}}', 'ecosystems'],
    [
      'a package that does not exist as a supplement',
      '["prettier"]',
      '["nothing"]',
      'collection.node.packages["@scope/tool"].supplements',
    ],
  ])('is refused with %s', (_, before, after, key) => {
    const text = printSpec(collectionOf(...tools)).replace(before, after)
    expect(thrownProblems(() => readSpec(text, 'spec.json')).map(({ where }) => where?.key)).toContain(key)
    const value: Json = JSON.parse(text)
    if (after !== '["nothing"]') expect(validate(value)).toBe(false)
  })
})

function never(): never {
  throw new Error('there is no such thing')
}
