import * as fc from 'fast-check'
import { digestBytes } from '../../../src/digest/sri.ts'
import type { Algorithm, Digest } from '../../../src/model/digest.ts'

/** Random digests of the algorithms given; of those that SRI knows unless given. */
export function arbitraryDigest(
  algorithms: readonly Algorithm[] = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'],
): fc.Arbitrary<Digest> {
  return fc.constantFrom(...algorithms).chain((algorithm) => {
    const length = digestBytes[algorithm]
    const bytes = fc.uint8Array({ minLength: length, maxLength: length })
    return bytes.map((value) => ({ algorithm, hex: Buffer.from(value).toString('hex') }))
  })
}
