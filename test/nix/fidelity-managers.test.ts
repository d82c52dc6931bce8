/**
 * What Nix and the embedded builder make of the lock files of yarn, pnpm and Bun is what those install, file by file: a workspace
 * for every version, a larger one for each package manager, one in each other layout. `node scripts/fidelity-managers.mjs` compares
 * all of them.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTree } from '../../src/io/store-space.ts'
import { installProgram } from '../support/cli.ts'
import { printDifferences } from '../support/fidelity-compare.ts'
import { openEmbeddedCache } from '../support/fidelity-embedded.ts'
import { managedCases } from '../support/managed-cases.ts'
import { runManaged } from '../support/manager-fidelity.ts'
import { cellOf, readCells } from '../support/managers-table.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'
import { getAnyTool } from '../support/other-linkers.ts'
import { nodeOf, tools } from '../support/package-managers.ts'

const document = readFileSync(new URL('../../docs/fidelity.md', import.meta.url), 'utf8')
const documented = new Map([...readCells(document, 'managers'), ...readCells(document, 'linkers')])
const small = ['workspace']
const larger: Readonly<Record<string, readonly string[]>> = {
  'yarn-1.22': ['esbuild'],
  'yarn-4.9': ['esbuild'],
  'pnpm-9.15': ['esbuild'],
  'bun-1.3': ['esbuild'],
}

const otherwise = ['yarn-3.8-pnp', 'pnpm-10.34-hoisted', 'bun-1.3-isolated'].map(getAnyTool)

describe.skipIf(!hasNix).each([...tools, ...otherwise])('$name', (tool) => {
  let store: NixStore
  let program = ''
  const cache = openEmbeddedCache()
  beforeAll(async () => {
    store = openStore({ nodes: { nodejs: nodeOf(tool) } })
    program = await installProgram()
  })
  afterAll(() => {
    store.remove()
    removeTree(cache)
  })

  test.each([...small, ...(larger[tool.name] ?? [])])('%s', async (project) => {
    const one = managedCases.find((each) => each.project === project) ?? { project, about: '' }
    const { comparison, trees, printed } = await runManaged(tool, one, { store, embedded: { program, cache } })
    expect(printDifferences(comparison.differences)).toEqual([])
    expect(comparison.files).toBeGreaterThan(0)
    expect(cellOf(comparison)).toEqual(documented.get(`${tool.name}/${project}`))
    expect(trees.embedded).toBe(trees.nix)
    expect(printed).toBe(one.use?.prints)
  })
})
