/**
 * Store paths of fixed outputs, computed without Nix: they depend on the digest, the name and the mode alone
 * (https://nix.dev/manual/nix/latest/protocols/store-path).
 */
import type { Digest } from '../model/digest.ts'
import { printNixBase32 } from './nix-base32.ts'

/** A derivation's name gets `.drv` appended, and a store name has at most 211 characters. */
export const STORE_NAME_LIMIT = 207

/** Characters, length, no leading dot (refused by newer Nix), no `.drv` at the end. */
export const storeName = /^(?!.*\.drv$)[A-Za-z0-9+\-_?=][A-Za-z0-9+\-._?=]{0,206}$/u

export function isStoreName(name: string): boolean {
  return storeName.test(name)
}

export interface FixedOutput {
  readonly digest: Digest
  /** A valid store name; anything else is a bug of the caller. */
  readonly name: string
  /** The digest is of the NAR (directories, executables) rather than of the file's bytes. */
  readonly recursive: boolean
  /** `/nix/store` unless said otherwise. */
  readonly storeDir?: string
}

/** `/nix/store/<32 characters>-<name>`: what `nix-store --print-fixed-path` prints. */
export function fixedOutputPath({ digest, name, recursive, storeDir = '/nix/store' }: FixedOutput): string {
  if (!isStoreName(name)) throw new Error(`${JSON.stringify(name)} is not a store name`)
  if (recursive && digest.algorithm === 'sha256') return storePath('source', digest.hex, name, storeDir)
  const inner = `fixed:out:${recursive ? 'r:' : ''}${digest.algorithm}:${digest.hex}:`
  return storePath('output:out', sha256(inner).toString('hex'), name, storeDir)
}

function storePath(type: string, innerHex: string, name: string, storeDir: string): string {
  const fingerprint = `${type}:sha256:${innerHex}:${storeDir}:${name}`
  return `${storeDir}/${printNixBase32(fold(sha256(fingerprint)))}-${name}`
}

/** A conversion only checks names, and to load node's cryptography takes a twentieth of it. */
function sha256(text: string): Buffer {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest()
}

/** 32 bytes XORed into 20. */
function fold(digest: Uint8Array): Uint8Array {
  const folded = new Uint8Array(20)
  for (const [index, byte] of digest.entries()) folded[index % 20] = (folded[index % 20] ?? 0) ^ byte
  return folded
}
