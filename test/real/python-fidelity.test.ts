/**
 * What the embedded builder makes of a Python project is what Poetry installs, file by file. test/nix/python-fidelity.test.ts
 * has uv, and Nix beside it; `node scripts/fidelity-python.mjs` compares all projects of docs/fidelity-python.md.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeTree } from '../../src/io/store-space.ts'
import { installProgram } from '../support/cli.ts'
import { printDifferences } from '../support/fidelity-compare.ts'
import { pythonCases } from '../support/python-cases.ts'
import { runPythonCase } from '../support/python-fidelity.ts'
import { faultsOf } from '../support/python-page.ts'

const compared = ['poetry-local', 'poetry-no-binary', 'poetry-beside']

let program = ''
const cache = mkdtempSync(join(tmpdir(), 'lock2build-embedded-'))
beforeAll(async () => {
  program = await installProgram()
})
afterAll(() => removeTree(cache))

test.each(pythonCases.filter(({ project }) => compared.includes(project)))('$project', async (one) => {
  const result = await runPythonCase(one, { program, cache })
  expect(printDifferences(result.comparison.differences)).toEqual([])
  expect(faultsOf(one, result)).toEqual([])
})
