/** What Nix builds from a lock is what `npm ci` makes of it, file by file, and what the embedded builder makes, byte for byte: for the projects in test/support/fidelity-cases.ts. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTree } from '../../src/io/store-space.ts'
import { installProgram } from '../support/cli.ts'
import { cases } from '../support/fidelity-cases.ts'
import { system } from '../support/fidelity.ts'
import { printDifferences } from '../support/fidelity-compare.ts'
import { runCase, type CaseResult } from '../support/fidelity-run.ts'
import { printTable, readTable } from '../support/fidelity-table.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'

describe.skipIf(!hasNix)('nodeModules.pristine', () => {
  let store: NixStore
  let program = ''
  const cache = mkdtempSync(join(tmpdir(), 'lock2build-embedded-'))
  const results: CaseResult[] = []
  beforeAll(async () => {
    store = openStore()
    program = await installProgram()
  })
  afterAll(() => {
    store.remove()
    removeTree(cache)
  })

  for (const one of cases.filter(({ isSlow }) => isSlow !== true)) {
    test(`of ${one.name} (${one.about}) is what npm ci makes, whichever version the lock has, and what is built without Nix`, async () => {
      const result = await runCase(one, { store, embedded: { program, cache } })
      for (const comparison of result.comparisons.values()) {
        expect(printDifferences(comparison.differences)).toEqual([])
        expect(comparison.files).toBeGreaterThan(0)
      }
      expect(result.trees.embedded).toBe(result.trees.nix)
      expect(result.sameSpec).toBe(true)
      expect(result.leaks).toEqual([])
      expect(result.unused).toEqual([])
      expect(result.printed).toBe(one.use?.prints)
      results.push(result)
    })
  }

  // Which packages there are, and how many files, depends on the platform.
  test.runIf(system === 'x86_64-linux')('docs/fidelity.md says what was compared', () => {
    const document = readFileSync(new URL('../../docs/fidelity.md', import.meta.url), 'utf8')
    const slow = cases.filter(({ isSlow }) => isSlow === true).map(({ name }) => `| \`${name}\` |`)
    const rows = readTable(document).split('\n')
    const known = rows.filter((row) => !slow.some((start) => row.startsWith(start))).join('\n')
    expect(known).toEqual(printTable(results).trim())
  })
})
