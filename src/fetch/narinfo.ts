/**
 * The text that says what a NAR of a binary cache is (https://nix.dev/manual/nix/latest/protocols/nix-archive and
 * src/libstore/nar-info.cc of Nix). Ours are content-addressed and refer to nothing: Nix checks `CA` against the store path and
 * the NAR against `NarHash`, so it needs to trust nobody.
 */
import { parseNixBase32, printNixBase32 } from '../digest/nix-base32.ts'
import type { Digest } from '../model/digest.ts'

export interface NarInfo {
  readonly storePath: string
  readonly form: 'file' | 'tree'
  /** Of the content: what the store path is made from. */
  readonly content: Digest
  readonly nar: NarFileInfo
  readonly file: NarFileInfo
  readonly compression: Compression
  /** `name:base64`, in the file's order. */
  readonly signatures: readonly string[]
}

export type Compression = 'none' | 'zstd'

/** `sha256`: hex. `size`: bytes. */
export interface NarFileInfo {
  readonly sha256: string
  readonly size: number
}

export function printNarInfo(info: NarInfo): string {
  const lines = [
    `StorePath: ${info.storePath}`,
    `URL: ${narUrl(info)}`,
    `Compression: ${info.compression}`,
    `FileHash: ${nixHash('sha256', info.file.sha256)}`,
    `FileSize: ${info.file.size}`,
    `NarHash: ${nixHash('sha256', info.nar.sha256)}`,
    `NarSize: ${info.nar.size}`,
    'References: ',
    ...info.signatures.map((signature) => `Sig: ${signature}`),
    `CA: fixed:${info.form === 'tree' ? 'r:' : ''}${nixHash(info.content.algorithm, info.content.hex)}`,
  ]
  return `${lines.join('\n')}\n`
}

/** Path of the NAR in the cache. */
export function narUrl({ file, compression }: Pick<NarInfo, 'file' | 'compression'>): string {
  const ending = { none: '.nar', zstd: '.nar.zst' }[compression]
  return `nar/${printNixBase32(Buffer.from(file.sha256, 'hex'))}${ending}`
}

/** What is signed: https://nix.dev/manual/nix/latest/protocols/store-path, `ValidPathInfo::fingerprint` of Nix. */
export function narFingerprint({ storePath, nar }: Pick<NarInfo, 'storePath' | 'nar'>): string {
  return `1;${storePath};${nixHash('sha256', nar.sha256)};${nar.size};`
}

/** What a file of the cache says of compression, file and signatures; the rest is known, and compared as text. */
export interface FoundNarInfo {
  readonly compression: Compression
  readonly file: NarFileInfo
  readonly signatures: readonly string[]
}

/** undefined: it is none that this program could have written. */
export function parseNarInfo(text: string): FoundNarInfo | undefined {
  const fields = text.split('\n').map((line) => /^(?<key>[A-Za-z]+): (?<value>.*)$/.exec(line)?.groups)
  const valuesOf = (key: string) => fields.flatMap((field) => (field?.['key'] === key ? [field['value'] ?? ''] : []))
  const [compression] = valuesOf('Compression')
  const [url = ''] = valuesOf('URL')
  const [size = ''] = valuesOf('FileSize')
  const base32 = /^nar\/([0-9a-z]{52})\.nar/.exec(url)?.[1]
  const hex = base32 === undefined ? undefined : parseNixBase32(base32, 32)
  if (hex === undefined || (compression !== 'none' && compression !== 'zstd') || !/^\d{1,15}$/.test(size))
    return undefined
  const file = { sha256: Buffer.from(hex).toString('hex'), size: Number(size) }
  return { compression, file, signatures: valuesOf('Sig') }
}

function nixHash(algorithm: string, hex: string): string {
  return `${algorithm}:${printNixBase32(Buffer.from(hex, 'hex'))}`
}
