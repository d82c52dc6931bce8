/** The order of paths is npm's, which sorts with the English locale. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareAsNpm } from '../../../converters/node/build/shim/managers/npm/npm-order.ts'

const collator = new Intl.Collator('en')

test('any two package paths compare as in the English locale', () => {
  const path = fc.stringMatching(/^[a-zA-Z0-9@/._~-]{0,12}$/)
  fc.assert(
    fc.property(path, path, (a, b) => {
      expect(Math.sign(compareAsNpm(a, b)), `${a} and ${b}`).toBe(Math.sign(collator.compare(a, b)))
    }),
    { numRuns: 5_000 },
  )
})

test('scopes come before digits, digits before letters, and case is the last thing that counts', () => {
  const sorted = ['b', 'B', 'a', '1', '@x/y', '_z', 'a-b', 'ab'].sort(compareAsNpm)
  expect(sorted).toEqual(['_z', '@x/y', '1', 'a', 'a-b', 'ab', 'b', 'B'])
})
