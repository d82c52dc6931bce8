/**
 * pnpm's keys of packages ("dependency paths") in their three spellings, and the directory each one gets in `node_modules/.pnpm`:
 * 5 `/@s/a/1.0.0_peer@1.0.0`, 6 `/@s/a@1.0.0(peer@1.0.0)`, 9 `@s/a@1.0.0(patch_hash=…)(peer@1.0.0)`; archives, git commits and
 * directories have keys that say where they are.
 */
import { createHash } from 'node:crypto'

/** Which spelling a lock file has: the first number of its version. */
export type Grammar = 5 | 6 | 9

export interface DepPath {
  /** Without peers and the patch's hash. */
  readonly id: string
  /** Undefined where the key does not tell: then the entry does. */
  readonly name?: string | undefined
  /** Of packages of a registry only. */
  readonly version?: string | undefined
}

export function parseDepPath(key: string, grammar: Grammar): DepPath {
  const id = withoutSuffix(key, grammar)
  if (grammar === 9) {
    const at = id.indexOf('@', 1)
    if (at === -1) return { id }
    const version = id.slice(at + 1)
    return { id, name: id.slice(0, at), version: SEMVER.test(version) ? version : undefined }
  }
  const [, name, version = ''] = (grammar === 6 ? KEY_6 : KEY_5).exec(id) ?? []
  return SEMVER.test(version) ? { id, name, version } : { id }
}

const KEY_5 = /^\/((?:@[^/]+\/)?[^/]+)\/([^/]+)$/
const KEY_6 = /^\/((?:@[^/]+\/)?[^/@]+)@(.+)$/
const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/

function withoutSuffix(key: string, grammar: Grammar): string {
  if (grammar !== 5) return key.slice(0, suffixStart(key))
  const underscore = key.indexOf('_', key.lastIndexOf('/'))
  return underscore === -1 ? key : key.slice(0, underscore)
}

/** Where peers, as in `(peer@1.0.0(x@2.0.0))(y@3.0.0)`, begin at the end; parentheses may stand in a path, too. */
export function suffixStart(key: string): number {
  if (!key.endsWith(')')) return key.length
  const plain = BEFORE_PEERS.exec(key)
  if (plain !== null) return plain[0].length
  let open = 0
  for (let at = key.length - 1; at >= 0; at -= 1) {
    const code = key.charCodeAt(at)
    if (code === CLOSE) open += 1
    else if (code === OPEN) open -= 1
    else if (open === 0) return at + 1
  }
  return key.length
}

const PEER = String.raw`\([^()]*\)`
const PEER_WITH_PEERS = String.raw`\([^()]*(?:${PEER}[^()]*)*\)`
/** Nearly always: no parenthesis before the peers, and they are nested three deep at most. A step per character costs more. */
const BEFORE_PEERS = new RegExp(String.raw`^[^()]+(?=(?:\([^()]*(?:${PEER_WITH_PEERS}[^()]*)*\))+$)`)

const OPEN = 0x28
const CLOSE = 0x29

/** The key that a reference of `alias` means; undefined: it is a `link:`. */
export function keyOf(reference: string, alias: string, grammar: Grammar): string | undefined {
  if (reference.startsWith('link:')) return undefined
  if (grammar === 9) return isKey9(reference) ? reference : `${alias}@${reference}`
  if (reference.startsWith('file:')) return reference
  const plain = grammar === 6 ? reference.replace(/\(.*$/, '') : reference
  if (plain.includes('/')) return reference
  return grammar === 6 ? `/${alias}@${reference}` : `/${alias}/${reference}`
}

/** Names another package (an alias), instead of being a version of the asked one. */
function isKey9(reference: string): boolean {
  if (reference.startsWith('@')) return true
  const at = reference.indexOf('@')
  if (at === -1) return false
  const colon = reference.indexOf(':')
  const bracket = reference.indexOf('(')
  return (colon === -1 || at < colon) && (bracket === -1 || at < bracket)
}

export interface DirectoryRules {
  readonly grammar: Grammar
  /** pnpm's major version: each has its own way of shortening. */
  readonly major: number
  /** `virtual-store-dir-max-length`. */
  readonly longest: number
}

/** The directory in `node_modules/.pnpm`: never has a `/`, `\` or `:` in it. */
export function directoryName(key: string, { grammar, major, longest }: DirectoryRules): string {
  const name = plainName(key, grammar).replace(major >= 10 ? /[\\/:*?"<>|#]/g : /[\\/:*?"<>|]/g, '+')
  const full = name.includes('(') ? name.replace(/\)$/, '').replace(/\)\(|\(|\)/g, '_') : name
  const isMixed = full !== full.toLowerCase() && !full.startsWith('file+')
  if (major >= 11) return safeName(key, full, longest)
  if (full.length <= longest && !isMixed) return full
  if (major >= 10) return `${full.slice(0, longest - 33)}_${shortHash(full)}`
  const kept = major >= 9 ? longest - 27 : major >= 8 ? 93 : 50
  return `${full.slice(0, kept)}_${base32(createHash('md5').update(full).digest())}`
}

/** pnpm 11 tells names apart that would be written alike, and leaves no dot or space at the end. */
function safeName(key: string, full: string, longest: number): string {
  const isAmbiguous = isEscapedAmbiguously(key)
  const safe = full.replace(/[. ]+$/, (end) => '+'.repeat(end.length))
  const isMixed = safe !== safe.toLowerCase() && !safe.startsWith('file+')
  if (!isAmbiguous && safe === full && safe.length <= longest && !isMixed) return full
  return `${safe.slice(0, longest - 33)}_${shortHash(isAmbiguous ? key : full)}`
}

/** Whether the address in a key has characters that are all written `+`. */
function isEscapedAmbiguously(key: string): boolean {
  const id = (key.split('(', 1)[0] ?? '').replace(/^\//, '')
  const at = id.startsWith('file:') ? -1 : id.indexOf('@', 1)
  if (at === -1 && !id.startsWith('file:')) return false
  const version = id.slice(at + 1)
  const colon = version.indexOf(':')
  if (colon === -1 || SEMVER.test(version.slice(colon + 1))) return false
  return /[+\\:*?"<>|#]/.test(version.slice(colon + 1).replace(/^\/\//, ''))
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function plainName(key: string, grammar: Grammar): string {
  if (key.startsWith('file:')) return key.replace(':', '+')
  const bare = key.startsWith('/') ? key.slice(1) : key
  if (grammar === 9) return bare
  // pnpm 8 turns its keys into the older spelling first, then the last `/` before the peers into `@`.
  const end = bare.includes('(') ? bare.indexOf('(') - 1 : bare.length
  if (grammar === 6 && KEY_6.test(key.slice(0, suffixStart(key)))) return bare
  const slash = bare.lastIndexOf('/', end)
  return slash <= 0 ? bare : `${bare.slice(0, slash)}@${bare.slice(slash + 1)}`
}

/** RFC 4648, small letters, without padding. */
export function base32(bytes: Uint8Array): string {
  let out = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) out += DIGITS[(value >>> (bits - 5)) & 31]
    value &= (1 << bits) - 1
  }
  return bits > 0 ? out + DIGITS[(value << (5 - bits)) & 31] : out
}

const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567'
