/**
 * Every way a digest is written: `sha256-<base64>` (SRI), `sha256:<hex | nix32 | base64>` (Nix), or one of the three bare.
 * For one algorithm the three differ in length, so a spelling is never guessed.
 */
import type { Algorithm, Digest } from '../model/digest.ts'
import { fail, shown } from '../problem.ts'
import { nixBase32Length, parseNixBase32, printNixBase32 } from './nix-base32.ts'
import { digestBytes, printSri } from './sri.ts'

/** `sri` carries its algorithm; the others are bare. */
export type Spelling = 'sri' | 'hex' | 'base64' | 'nix32'

export const spellings: readonly Spelling[] = ['sri', 'hex', 'base64', 'nix32']

export function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(digestBytes, name)
}

export function printDigest(digest: Digest, spelling: Spelling): string {
  switch (spelling) {
    case 'sri':
      return printSri(digest)
    case 'hex':
      return digest.hex
    case 'base64':
      return Buffer.from(digest.hex, 'hex').toString('base64')
    case 'nix32':
      return printNixBase32(Buffer.from(digest.hex, 'hex'))
  }
}

/**
 * One digest in any spelling; `algorithm` is needed for a bare one and must agree with one that is written. Throws
 * `integrity-invalid`.
 */
export function parseDigest(text: string, algorithm?: Algorithm): Digest {
  const mark = /^([a-z0-9]+)([-:])/.exec(text)
  const name = mark?.[1]
  if (name === undefined || !isAlgorithm(name)) return parseBare(text, algorithm)
  if (algorithm !== undefined && algorithm !== name) refuse(`${shown(text)} is ${name}, and ${algorithm} was asked for`)
  const body = text.slice(name.length + 1)
  const hex = mark?.[2] === '-' ? base64ToHex(body, digestBytes[name]) : toHex(body, digestBytes[name])
  return hex === undefined ? refuseLength(text, name) : { algorithm: name, hex }
}

function parseBare(text: string, algorithm: Algorithm | undefined): Digest {
  if (algorithm === undefined) {
    return refuse(
      `${shown(text)} does not say its algorithm`,
      `write it as sha256-… (base64) or sha256:… (hex, base64, or Nix base32)`,
    )
  }
  const hex = toHex(text, digestBytes[algorithm])
  return hex === undefined ? refuseLength(text, algorithm) : { algorithm, hex }
}

/** `bytes` decides which spelling a length can be: 2n, ceil(8n/5), or 4·ceil(n/3) characters. */
function toHex(text: string, bytes: number): string | undefined {
  if (text.length === bytes * 2) return /^[0-9a-fA-F]+$/.test(text) ? text.toLowerCase() : undefined
  if (text.length !== nixBase32Length(bytes)) return base64ToHex(text, bytes)
  const decoded = parseNixBase32(text, bytes)
  return decoded === undefined ? undefined : Buffer.from(decoded).toString('hex')
}

function base64ToHex(text: string, bytes: number): string | undefined {
  const decoded = Buffer.from(text, 'base64')
  return decoded.length === bytes && decoded.toString('base64') === text ? decoded.toString('hex') : undefined
}

function refuseLength(text: string, algorithm: Algorithm): never {
  const bytes = digestBytes[algorithm]
  const lengths = `${bytes * 2} (hex), ${nixBase32Length(bytes)} (Nix base32) or ${Math.ceil(bytes / 3) * 4} (base64) characters`
  return refuse(`${shown(text)} is not a ${algorithm} digest`, `a ${algorithm} digest has ${lengths}`)
}

function refuse(message: string, hint?: string): never {
  return fail({ code: 'integrity-invalid', message, hint })
}
