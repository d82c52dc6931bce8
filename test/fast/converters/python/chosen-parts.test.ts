/** What of a Python project an environment has (`build --group … --extra …`), and what is fetched for it. */
import { expect, test } from 'vitest'
import { pythonBuilder } from '../../../../converters/python/builder.ts'
import type { Json, JsonObject } from '../../../../src/model/json.ts'
import type { BuildSettings, RecipeInputs } from '../../../../src/model/recipe.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

const wanted: Readonly<Record<string, string>> = {
  always: 'main',
  usual: 'group:dev',
  pages: 'group:docs',
  database: 'extra:postgres',
}
const packages = Object.entries(wanted).map(([name, selector]): [string, JsonObject] => [
  `${name}@1.0`,
  { name, version: '1.0', files: { [`${name}@1.0/${name}.whl`]: 'all' }, for: { [selector]: 'all' } },
])
const part = {
  project: { name: 'app' },
  omit: [],
  sources: {},
  plan: {
    targets: ['x86_64-linux/3.12'],
    projects: { '': { name: 'app', groups: ['dev', 'docs'], extras: ['postgres'], defaultGroups: ['dev'] } },
    packages: Object.fromEntries(packages),
  },
}

const path = () => '/somewhere'
const inputs: RecipeInputs = {
  spec: '/spec',
  work: '/work',
  workers: 1,
  out: '/out',
  unpacked: undefined,
  source: path,
  file: path,
  project: path,
  output: path,
  tool: path,
}

/** Names of the packages in the environment. */
function namesIn(attribute: string, chosen: Partial<BuildSettings>, from = part): readonly Json[] {
  const settings = { system: 'x86_64-linux', omit: [], toolVersion: () => '3.12', findText: () => undefined, ...chosen }
  const job = pythonBuilder.recipes(from, settings).get(attribute)?.job(inputs)
  const wheels = job?.['wheels']
  return Array.isArray(wheels) ? wheels.map((wheel: JsonObject) => wheel['name'] ?? null) : []
}

test('an environment has the groups that the project’s own tool installs, or those that are asked for', () => {
  expect(namesIn('pythonEnv', {})).toEqual(['always', 'usual'])
  expect(namesIn('pythonEnv', { omit: ['dev'] })).toEqual(['always'])
  expect(namesIn('pythonEnv', { groups: ['Docs'] })).toEqual(['always', 'pages'])
  expect(namesIn('pythonEnv', { groups: [], extras: ['postgres'] })).toEqual(['always', 'database'])
})

test('a group or an extra that there is not is told, with those that there are', () => {
  expect(thrownProblems(() => namesIn('pythonEnv', { groups: ['doc'] }))).toMatchObject([
    { code: 'usage', message: 'the project has no group "doc"', hint: 'it has dev, docs' },
  ])
  expect(thrownProblems(() => namesIn('package', { extras: ['mysql'] }))).toMatchObject([
    { code: 'usage', hint: 'it has postgres' },
  ])
})

test('of parts that exclude each other one can be chosen', () => {
  const plan = { ...part.plan, conflicts: [['extra:postgres', 'group:docs']] }
  const environment = (chosen: Partial<BuildSettings>) => namesIn('pythonEnv', chosen, { ...part, plan })
  expect(environment({ groups: ['docs'] })).toEqual(['always', 'pages'])
  expect(thrownProblems(() => environment({ groups: ['docs'], extras: ['postgres'] }))).toMatchObject([
    { code: 'usage', message: 'of "extra:postgres", "group:docs" at most one can be chosen' },
  ])
})

test('sources are those of every Python, or of the one that is asked for', () => {
  const files = { 'a@1/a-cp311.whl': ['3.11'], 'a@1/a-cp312.whl': ['3.12'], 'a@1/a-mac.whl': ['aarch64-darwin'] }
  const plan = {
    targets: ['aarch64-darwin/3.12', 'x86_64-linux/3.11', 'x86_64-linux/3.12'],
    projects: {},
    packages: { 'a@1': { name: 'a', files, for: { main: 'all' } } },
  }
  const needed = (python?: string) =>
    pythonBuilder.neededSources({ ...part, plan }, { system: 'x86_64-linux', omit: [], python })
  expect(needed()).toEqual(['a@1/a-cp311.whl', 'a@1/a-cp312.whl'])
  expect(needed('3.11')).toEqual(['a@1/a-cp311.whl'])
  expect(thrownProblems(() => needed('3.1'))).toMatchObject([{ code: 'usage' }])
})
