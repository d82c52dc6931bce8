/**
 * What Nix and the embedded builder make of a Python project is what its own tool installs, file by file, and once more the same when
 * it is built again. `node scripts/fidelity-python.mjs` compares all projects of docs/fidelity-python.md.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTree } from '../../src/io/store-space.ts'
import { installProgram } from '../support/cli.ts'
import { printDifferences } from '../support/fidelity-compare.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'
import { pythonCases } from '../support/python-cases.ts'
import { runPythonCase } from '../support/python-fidelity.ts'
import { faultsOf } from '../support/python-page.ts'
import { hostPython } from '../support/python-prefix.ts'

const compared = ['uv-workspace', 'uv-private', 'uv-beside']

describe.skipIf(!hasNix)('Python', () => {
  let store: NixStore
  let program = ''
  const cache = mkdtempSync(join(tmpdir(), 'lock2build-embedded-'))
  beforeAll(async () => {
    store = openStore({ pythons: { python3: hostPython() } })
    program = await installProgram()
  })
  afterAll(() => {
    store.remove()
    removeTree(cache)
  })

  test.each(pythonCases.filter(({ project }) => compared.includes(project)))('$project', async (one) => {
    const result = await runPythonCase(one, { program, cache, store })
    expect(printDifferences(result.comparison.differences)).toEqual([])
    expect(faultsOf(one, result)).toEqual([])
  })
})
