/**
 * A collection of real command-line packages, resolved now: built in Nix's sandbox and by the embedded builder, to the same bytes;
 * every program starts.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BuildSpec } from '../../src/spec/build-spec.ts'
import { readSpec } from '../../src/spec/read.ts'
import { cleanEnvironment, installProgram, makeProject, runProgram } from '../support/cli.ts'
import { buildEmbedded, temporaryCache } from '../support/embedded.ts'
import { findDifference } from '../../src/build/compare-trees.ts'
import { hasNix, openStore } from '../support/nix.ts'
import { printsInSandbox } from '../support/nix-uses.ts'

/** What is added → the words that make its program say something, with the version of node that runs the tests. */
const packages: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'esbuild@0.25': ['esbuild', '--version'],
  'eslint@9': ['eslint', '--version'],
  'http-server@14': ['http-server', '--version'],
  'node-gyp@11': ['node-gyp', '--version'],
  'nodemon@3': ['nodemon', '--version'],
  'npm@11': ['npm', '--version'],
  'pnpm@10': ['pnpm', '--version'],
  'prettier@3': ['prettier', '--version'],
  'rimraf@6': ['rimraf', '--version'],
  'semver@7': ['semver', '1.2.3'],
  'typescript@5': ['tsc', '--version'],
  'webpack-cli@6': ['webpack-cli', '--help'],
}
const said = /\d+\.\d+\.\d+|Usage: webpack/
const names = Object.keys(packages).map((word) => word.slice(0, word.indexOf('@')))
const tools = Object.values(packages).map((words, at) => ({ name: names[at] ?? '', words }))

describe.skipIf(!hasNix)('a collection of twelve packages', async () => {
  const program = await installProgram()
  const folder = makeProject({})
  const store = openStore()
  const cache = temporaryCache()
  // The registry may be behind a certificate of the machine's own.
  const environment = { XDG_CACHE_HOME: cache, NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] }
  let spec: BuildSpec | undefined
  beforeAll(async () => {
    const added = runProgram(program, ['-C', folder, 'add', ...Object.keys(packages)], {
      environment,
    })
    expect(added.stderr).not.toMatch(/problem|warning no-programs/)
    expect(added.code).toBe(0)
    const file = 'lock2build/spec.json'
    spec = readSpec(readFileSync(join(folder, file), 'utf8'), file)
    await store.seed(Object.values(spec.collection?.['node']?.sources ?? {}))
  })
  afterAll(() => store.remove())

  test.each(tools)('$name starts in Nix’s sandbox', async ({ name, words }) => {
    expect(await printsInSandbox(store, { folder, name, command: words.join(' ') })).toMatch(said)
  })

  test.each(tools)('$name is the same without Nix', async ({ name, words }) => {
    const built = await buildEmbedded(program, {
      cache,
      project: folder,
      words: ['-A', name, '-o', `result-${name}`],
      environment,
    })
    expect(built.stderr).not.toContain('hint')
    expect(built.code).toBe(0)
    const result = realpathSync(join(folder, `result-${name}`))
    const [command, ...rest] = words
    const ran = spawnSync(join(result, 'bin', command), rest, { encoding: 'utf8', env: cleanEnvironment() })
    expect(ran.stdout).toMatch(said)
    const pristine = await store.build(folder, `packages."${name}".pristine`)
    expect(findDifference(pristine, result)).toBeUndefined()
  })

  test('only what belongs to a package stands in its prefix', async () => {
    for (const { name } of tools) {
      const result = realpathSync(join(folder, `result-${name}`))
      const modules = join(result, 'lib/node_modules')
      expect(readdirSync(modules)).toEqual([name])
    }
  })

  test('a package that is added leaves the builds of all others as they are', async () => {
    const before = await Promise.all(names.map((name) => store.instantiate(folder, `packages."${name}"`)))
    const added = runProgram(program, ['-C', folder, 'add', 'ms@2'], { environment })
    expect(added.stderr).toContain('no-programs')
    const after = await Promise.all(names.map((name) => store.instantiate(folder, `packages."${name}"`)))
    expect(after).toEqual(before)
  })
})
