/** Jobs of the embedded builder: what node.nix gives the shim, too. */
import { expect, test } from 'vitest'
import { nodeBuilder } from '../../../converters/node/builder.ts'
import type { RecipeInputs } from '../../../src/model/recipe.ts'

const inputs: RecipeInputs = {
  spec: '/spec.json',
  work: '/work',
  workers: 1,
  out: '/out',
  unpacked: undefined,
  source: (key) => `/sources/${key}`,
  file: (path) => `/files/${path}`,
  project: () => '/project',
  output: () => '/output',
  tool: () => '/tool',
}

test('variables of the project reach its own build, and not its dependencies', () => {
  const env = { VITE_TITLE: 'x' }
  const plan = { local: { '': {} }, places: {} }
  const part = { project: { name: 'app' }, omit: [], env, sources: {}, plan }
  const findText = () => '{"scripts":{"build":"x"}}'
  const recipes = nodeBuilder.recipes(part, {
    system: 'x86_64-linux',
    omit: [],
    toolVersion: () => '20.17.0',
    findText,
  })
  const envOf = (attribute: string) => recipes.get(attribute)?.job(inputs)['env']
  expect([envOf('package'), envOf('tarball'), envOf('nodeModules')]).toEqual([env, env, undefined])
})

test.each([true, undefined])('npm is asked about a tree only where the shim cannot tell; scripts: %s', (scripts) => {
  const place = { source: 'a@1.0.0', ...(scripts === true ? { scripts } : {}) }
  const part = {
    project: { name: 'app' },
    omit: [],
    sources: {},
    plan: { local: { '': {} }, places: { 'node_modules/a': place } },
  }
  const settings = { system: 'x86_64-linux', omit: [], toolVersion: () => '20.17.0', findText: () => undefined }
  const recipe = nodeBuilder.recipes(part, settings).get('nodeModules')
  expect(recipe?.job(inputs)['check']).toBe('own')
  expect(recipe?.isPure).toBe(scripts !== true)
})
