/**
 * Integrity strings (https://www.w3.org/TR/SRI/, as npm writes them): `sha512-…base64… sha1-…`. Strict where npm's ssri is
 * lenient: the digest must have its algorithm's length and the one canonical base64 spelling, and `?options`, which no
 * algorithm defines, are refused. Everything that comes out can therefore be handed to Nix, whose own parser is lenient too.
 */
import type { Algorithm, Digest } from '../model/digest.ts'
import { fail, shown, type Where } from '../problem.ts'
import { HexSha256 } from './hex-sha256.ts'

/** Bytes of a digest. blake2b is the 512-bit variant, the only one Python's index publishes. */
export const digestBytes: Readonly<Record<Algorithm, number>> = {
  md5: 16,
  sha1: 20,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  blake2b: 64,
}

/** Strongest first. */
const byStrength: readonly Algorithm[] = ['sha512', 'sha384', 'sha256', 'blake2b', 'sha1', 'md5']

const LET_IT_WRITE = 'remove the entry from the lock file and let the package manager write it again'

/**
 * `sha512-ivFN… sha1-0k2…` → the digests in the file's order, without repetitions. Never empty: throws `integrity-invalid` for
 * an empty text and for anything malformed. An unknown algorithm is passed over when a strong digest stands beside it.
 */
export function parseSri(text: string, where?: Where): readonly Digest[] {
  // Nearly every text of a large lock file.
  if (text.length === SHA512_LENGTH && oneSha512.test(text)) return [new SriDigest('sha512', text)]
  if (text.length === SHA256_LENGTH && oneSha256.test(text)) return [new SriDigest('sha256', text)]
  const digests: Digest[] = []
  let unknown: string | undefined
  for (const entry of entriesOf(text)) {
    if (entry === '') continue
    const dash = entry.indexOf('-')
    const algorithm = entry.slice(0, Math.max(dash, 0))
    if (dash < 1) refuse(`${shown(entry)} is not an integrity: it should read like "sha512-…"`, where)
    if (!isSriAlgorithm(algorithm)) unknown ??= algorithm
    else addOnce(digests, decodeSri(algorithm, entry.slice(dash + 1), where))
  }
  if (unknown !== undefined && !digests.some(isStrong)) {
    refuse(`the integrity uses ${shown(unknown)}, and only sha512, sha384, sha256, sha1 and md5 are known`, where)
  }
  if (digests.length === 0) refuse('the integrity is empty', where)
  return digests
}

/** `sha512-…`: canonical base64. One digest. */
export function printSri(digest: Digest): string {
  if (digest instanceof SriDigest) return digest.text
  if (digest instanceof HexSha256) return digest.sri
  return `${digest.algorithm}-${Buffer.from(digest.hex, 'hex').toString('base64')}`
}

/** sha256, sha384, sha512: nobody can make other bytes with the same digest. */
export function isStrong(digest: Digest): boolean {
  return digest.algorithm === 'sha256' || digest.algorithm === 'sha384' || digest.algorithm === 'sha512'
}

/** What Nix 2.8 and later can check; anything else must be hashed again after it has been verified. */
export function isNixKnown(digest: Digest): boolean {
  return digest.algorithm === 'sha512' || digest.algorithm === 'sha256' || digest.algorithm === 'sha1'
}

/** Of several with the same algorithm the first; undefined for an empty list. */
export function strongest(digests: readonly Digest[]): Digest | undefined {
  for (const algorithm of byStrength) {
    const found = digests.find((digest) => digest.algorithm === algorithm)
    if (found !== undefined) return found
  }
  return undefined
}

/** The strongest digest that is both strong and known to Nix: what goes into a spec. */
export function strongestForNix(digests: readonly Digest[]): Digest | undefined {
  return strongest(digests.filter((digest) => isStrong(digest) && isNixKnown(digest)))
}

export function isSameDigest(a: Digest, b: Digest): boolean {
  if (a.algorithm !== b.algorithm) return false
  return a instanceof SriDigest || b instanceof SriDigest ? printSri(a) === printSri(b) : a.hex === b.hex
}

function entriesOf(text: string): readonly string[] {
  return /[ \t\r\n\f]/.test(text) ? text.split(/[ \t\r\n\f]+/) : [text]
}

type SriAlgorithm = Exclude<Algorithm, 'blake2b'>

function isSriAlgorithm(name: string): name is SriAlgorithm {
  return name === 'sha512' || name === 'sha1' || name === 'sha256' || name === 'sha384' || name === 'md5'
}

/** Canonical base64 of a digest of this length: the last character has no bits to spare. */
const canonical: Readonly<Record<SriAlgorithm, RegExp>> = {
  md5: /^[A-Za-z0-9+/]{21}[AQgw]==$/,
  sha1: /^[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=$/,
  sha256: /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/,
  sha384: /^[A-Za-z0-9+/]{64}$/,
  sha512: /^[A-Za-z0-9+/]{85}[AQgw]==$/,
}

// With the length given beside it: a pattern that counts takes several times as long.
const oneSha512 = /^sha512-[A-Za-z0-9+/]*[AQgw]==$/
const SHA512_LENGTH = 'sha512-'.length + 88
const oneSha256 = /^sha256-[A-Za-z0-9+/]*[AEIMQUYcgkosw048]=$/
const SHA256_LENGTH = 'sha256-'.length + 44

function decodeSri(algorithm: SriAlgorithm, base64: string, where: Where | undefined): Digest {
  if (!canonical[algorithm].test(base64)) refuseSpelling(algorithm, base64, where)
  return new SriDigest(algorithm, `${algorithm}-${base64}`)
}

/** Nearly all that are parsed are printed again, and a thousand in a run: only those that are compared are made hex. */
class SriDigest implements Digest {
  readonly algorithm: SriAlgorithm
  /** `sha512-…`, in the one spelling that is accepted. */
  readonly text: string
  constructor(algorithm: SriAlgorithm, text: string) {
    this.algorithm = algorithm
    this.text = text
  }
  get hex(): string {
    return Buffer.from(this.text.slice(this.algorithm.length + 1), 'base64').toString('hex')
  }
}

function refuseSpelling(algorithm: SriAlgorithm, base64: string, where: Where | undefined): never {
  const options = base64.indexOf('?')
  if (options !== -1)
    refuse(`the integrity carries options (${shown(base64.slice(options))}), which nothing defines`, where)
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64)
    refuse(`the ${algorithm} integrity is not canonical base64: ${shown(base64)}`, where)
  return refuse(`the ${algorithm} integrity has ${bytes.length} bytes instead of ${digestBytes[algorithm]}`, where)
}

function addOnce(digests: Digest[], digest: Digest): void {
  if (!digests.some((other) => isSameDigest(other, digest))) digests.push(digest)
}

function refuse(message: string, where: Where | undefined): never {
  return fail({ code: 'integrity-invalid', message, where, hint: LET_IT_WRITE })
}
