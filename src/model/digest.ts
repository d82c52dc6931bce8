/** A digest as the model holds it: one spelling, algorithm and lower-case hex. Other spellings live in src/digest. */
export type Algorithm = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512' | 'blake2b'

export interface Digest {
  readonly algorithm: Algorithm
  readonly hex: string
}
