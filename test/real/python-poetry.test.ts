/** Poetry's own words, constraints and content-hash, against Poetry. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allows, findAlternatives, pythonMarker } from '../../converters/python/poetry/constraint.ts'
import { contentHashes } from '../../converters/python/poetry/content-hash.ts'
import { readFileKinds } from '../../converters/python/poetry/installer-settings.ts'
import { evaluateMarker, parseMarker } from '../../converters/python/standards/marker.ts'
import { environmentOf } from '../../converters/python/standards/environment.ts'
import { parseToml } from '../../src/text/toml-document.ts'
import { inputOf, listCases } from '../support/fixture-case.ts'
import { packagingOracle, type Oracle } from '../support/packaging-oracle.ts'

const CASES = { numRuns: 3000 }

let oracle: Oracle
beforeAll(() => {
  oracle = packagingOracle()
})
afterAll(() => oracle.stop())

const policyName = fc.constantFrom(':all:', ':none:', 'a-b', 'A_B', 'c', 'true')
const policy = fc.oneof(
  fc.constant(undefined),
  fc.array(policyName, { maxLength: 3 }).map((names) => JSON.stringify(names)),
  fc.array(policyName, { maxLength: 3 }).map((names) => JSON.stringify(names.join(', '))),
  fc.constantFrom('"1"', '"false"', '"0"'),
)

test('no-binary and only-binary leave the files that Poetry takes', async () => {
  const names = ['a-b', 'c', 'd']
  await fc.assert(
    fc.asyncProperty(policy, policy, async (noBinary, onlyBinary) => {
      const lines = [`no-binary = ${noBinary}`, `only-binary = ${onlyBinary}`]
      const text = `[installer]\n${lines.filter((line) => !line.endsWith('undefined')).join('\n')}\n`
      const find = readFileKinds({ find: () => text })
      const ours = names.map((name) => find(name) ?? ['wheel', 'sdist'])
      expect(ours, text).toEqual(await oracle.ask('poetry_file_kinds', text, names))
    }),
    { numRuns: 500 },
  )
})

const number = fc.constantFrom('0', '1', '2', '3', '10')
const version = fc
  .tuple(fc.array(number, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '', '', 'a1', 'rc2', '.post1', '.dev0'))
  .map(([numbers, end]) => numbers.join('.') + end)
const clause = fc.oneof(
  fc
    .tuple(fc.constantFrom('^', '~', '>=', '<', '<=', '>', '==', '!=', '', '=', '^ ', '~ ', '>= '), version)
    .map(([operator, text]) => operator + text),
  fc
    .tuple(fc.constantFrom('', '==', '!='), fc.array(number, { minLength: 1, maxLength: 2 }))
    .map(([operator, numbers]) => `${operator}${numbers.join('.')}.*`),
  fc.tuple(number, version).map(([major, rest]) => `~=${major}.${rest}`),
  fc.constantFrom('*', 'newest', ''),
)
const constraint = fc
  .array(
    fc.tuple(clause, clause, fc.constantFrom(',', ', ', ' ')).map(([a, b, space]) => a + space + b),
    { minLength: 1, maxLength: 2 },
  )
  .chain((parts) => fc.constantFrom(parts.join(' || '), parts.join('|'), parts[0]?.split(',')[0] ?? ''))

test('constraints allow what Poetry allows', async () => {
  let read = 0
  await fc.assert(
    fc.asyncProperty(constraint, fc.array(version, { minLength: 6, maxLength: 6 }), async (text, versions) => {
      const theirs = await oracle.ask('poetry_allows', text, versions)
      // What Poetry refuses is no case for us; what it reads, we read.
      if (theirs === null) return
      read += 1
      expect(findAlternatives(text), text).toBeDefined()
      expect(versions.map((one) => allows(text, one))).toEqual(theirs)
    }),
    { ...CASES, examples: [['>2.0,~=2.0.post1', ['2.0', '2.0.1', '2.post1', '2.1', '3', '2.0.post1']]] },
  )
  expect(read).toBeGreaterThan(1000)
})

const pythonVersion = fc.constantFrom('3', '3.8', '3.9', '3.10', '3.11', '3.12', '3.9.0', '3.10.2', '3.12.1')
const pythonClause = fc
  .tuple(fc.constantFrom('^', '~', '>=', '<', '<=', '>', '!='), pythonVersion)
  .map(([operator, text]) => operator + text)
/** Nothing that leaves one exact version of several: Poetry takes 3.8 now for every 3.8, now for 3.8.0. */
const pythonConstraint = fc.oneof(
  pythonVersion,
  pythonVersion.map((text) => `==${text}`),
  fc
    .array(
      fc.oneof(
        pythonClause,
        fc.tuple(pythonVersion, pythonVersion).map(([low, high]) => `>=${low},<${high}`),
      ),
      {
        minLength: 1,
        maxLength: 2,
      },
    )
    .map((parts) => parts.join(' || ')),
)

test('python = "…" counts on the Pythons on which Poetry lets it count', async () => {
  const pythons = ['3.8.18', '3.9.0', '3.9.18', '3.10.2', '3.10.13', '3.11.7', '3.12.0', '3.12.1', '3.13.0']
  await fc.assert(
    fc.asyncProperty(pythonConstraint, async (text) => {
      const theirs = await oracle.ask('poetry_python', text, pythons)
      // Contradictions, which Poetry cannot read.
      if (theirs === null) return
      const marker = pythonMarker(text)
      const ours = pythons.map((full) => {
        if (marker === undefined) return true
        const [major = '', minor = '', patch = ''] = full.split('.')
        const target = { system: 'x86_64-linux', python: `${major}.${minor}`, implementation: 'cpython' } as const
        return evaluateMarker(parseMarker(marker), environmentOf(target, Number(patch)))
      })
      expect(ours, `${text}: ${marker}`).toEqual(theirs)
    }),
    { numRuns: 1000 },
  )
})

const word = fc.constantFrom('a', 'B.c', 'ü', '\u{1f40d}', '\uffff', '"', 'x\\y', '')
const dependencies = fc.dictionary(
  word.filter((key) => key !== ''),
  fc.oneof(word, fc.record({ version: word, optional: fc.boolean(), extras: fc.array(word) }), fc.array(word)),
)
const pyproject = fc.record(
  {
    project: fc.record({ 'requires-python': word, dependencies: fc.array(word), name: word }, { requiredKeys: [] }),
    'dependency-groups': fc.dictionary(fc.constantFrom('dev', 'test'), fc.array(word)),
    tool: fc.record({
      poetry: fc.record(
        {
          dependencies,
          'dev-dependencies': dependencies,
          extras: fc.dictionary(fc.constantFrom('one', 'two'), fc.array(word)),
          group: fc.dictionary(fc.constantFrom('docs', 'lint'), fc.record({ dependencies, optional: fc.boolean() })),
          readme: word,
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { requiredKeys: [] },
)

test('the content-hash is Poetry’s', async () => {
  await fc.assert(
    fc.asyncProperty(pyproject, async (value) => {
      const text = printToml(value)
      const ours = contentHashes(parseToml(text, { file: 'pyproject.toml', purpose: 'manifest' }).value)
      expect(ours).toContain(await oracle.ask('poetry_content_hash', text))
    }),
    { numRuns: 1000 },
  )
})

test('every case of poetry.lock that converts has the content-hash that Poetry gives today', async () => {
  const cases = listCases('poetry-lock/').filter(({ dir }) => readdirSync(join(dir, 'expected')).includes('spec.json'))
  expect(cases.length).toBeGreaterThan(8)
  for (const one of cases) {
    const { name } = one
    const input = inputOf(one)
    const lock = readFileSync(join(input, 'poetry.lock'), 'utf8')
    const hash = await oracle.ask('poetry_content_hash', readFileSync(join(input, 'pyproject.toml'), 'utf8'))
    expect(lock, name).toContain(`content-hash = "${String(hash)}"`)
  }
})

/** Tables and lists inline, strings with escapes: TOML that says the same. */
function printToml(value: unknown): string {
  if (!isTable(value)) return ''
  return Object.entries(value)
    .map(([key, child]) => `${JSON.stringify(key)} = ${printValue(child)}\n`)
    .join('')
}

function printValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printValue).join(', ')}]`
  if (!isTable(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, child]) => `${JSON.stringify(key)} = ${printValue(child)}`)
  return `{ ${members.join(', ')} }`
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
