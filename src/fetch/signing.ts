/** Signatures of binary caches: ed25519 over a path's fingerprint, as `nix store sign` makes them. */
import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import { fail } from '../problem.ts'

export interface SigningKey {
  /** Before the colon: what the reader's `trusted-public-keys` names. */
  readonly name: string
  readonly privateKey: KeyObject
}

/** RFC 8410: what stands before the 32 bytes of a private key in PKCS #8. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEED = 32

/** A file of `nix key generate-secret`: `name:base64(seed, public key)`. Throws `config-invalid`. The key is never in a message. */
export function parseSigningKey(text: string, file: string): SigningKey {
  const [, name, base64] = /^([^\s:]+):([A-Za-z0-9+/]{86}==)\s*$/.exec(text) ?? []
  if (name === undefined || base64 === undefined) return refuse('this is not a secret key of Nix', file)
  const bytes = Buffer.from(base64, 'base64')
  const der = Buffer.concat([PKCS8, bytes.subarray(0, SEED)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  if (!publicKey.subarray(-SEED).equals(bytes.subarray(SEED))) {
    return refuse('the two halves of this secret key do not belong together', file)
  }
  return { name, privateKey }
}

/** `name:base64`, the value of `Sig`. */
export function signText(text: string, { name, privateKey }: SigningKey): string {
  return `${name}:${sign(null, Buffer.from(text), privateKey).toString('base64')}`
}

/** What readers put into `trusted-public-keys`. */
export function printPublicKey({ name, privateKey }: SigningKey): string {
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return `${name}:${der.subarray(-SEED).toString('base64')}`
}

function refuse(message: string, file: string): never {
  return fail({
    code: 'config-invalid',
    message,
    where: { file },
    hint: 'make one with `nix key generate-secret --key-name example-1 > FILE`',
  })
}
