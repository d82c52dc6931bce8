/** What the last run wrote is taken for valid only where that makes no difference. */
import { expect, test } from 'vitest'
import { deriveAssuming } from '../../../src/cli/assumed-spec.ts'
import type { Derived } from '../../../src/cli/derive.ts'
import { findPreviousSpec, SPEC_FILE } from '../../../src/cli/previous-spec.ts'
import type { BuildSpec } from '../../../src/spec/build-spec.ts'
import { printSpec } from '../../../src/spec/print.ts'
import { pythonSpec } from '../../support/python-spec.ts'

const spec = pythonSpec()
const other: BuildSpec = { ...spec, systems: ['aarch64-linux'] }
/** Valid JSON, and no spec: nobody names a system `X`. */
const edited = printSpec({ ...spec, systems: ['X'] })

/** What a run was given each time, which writes `other` if it is not `result`. */
async function specsGiven(text: string | undefined, result: BuildSpec | 'fails', asks = true) {
  const given: (BuildSpec | undefined)[] = []
  const previous = findPreviousSpec({ find: () => text, directories: () => [] })
  const done = deriveAssuming(previous, async (last) => {
    if (asks) given.push(last.spec)
    else given.push(undefined)
    if (result === 'fails') throw new TypeError('cannot be used')
    const derived: Derived = {
      locks: [],
      spec: result,
      files: [{ path: SPEC_FILE, text: printSpec(result), owner: 'lock2build' }],
      warnings: [],
    }
    return derived
  })
  return { given, derived: await done.catch((error: unknown) => error) }
}

test('what is written again is derived once, from what it says', async () => {
  const { given, derived } = await specsGiven(printSpec(spec), spec)
  expect(given).toEqual([spec])
  expect(derived).toMatchObject({ spec })
})

test('what is valid and changes is derived once', async () => {
  expect((await specsGiven(printSpec(spec), other)).given).toEqual([spec])
})

test('what is not valid counts for nothing, though it can be parsed', async () => {
  const { given, derived } = await specsGiven(edited, other)
  expect(given).toMatchObject([{ systems: ['X'] }, undefined])
  expect(derived).toMatchObject({ spec: other })
})

test('what is not valid, and stops a run, stops it no more', async () => {
  expect((await specsGiven(edited, 'fails')).given).toHaveLength(2)
  expect((await specsGiven(printSpec(spec), 'fails')).given).toEqual([spec])
})

test.each([undefined, '{', '[]', '{"lock2build":2,"ecosystems":{}}', '{"lock2build":1,"ecosystems":[]}'])(
  'of %s nothing is assumed',
  async (text) => {
    expect((await specsGiven(text, spec)).given).toEqual([undefined])
  },
)

test('where nobody asks what was written, it need not be valid', async () => {
  expect((await specsGiven(edited, other, false)).given).toHaveLength(1)
})
