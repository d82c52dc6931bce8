/**
 * The 64-bit hash that Bun names directories by: wyhash, its eleventh version (https://github.com/wangyi-fudan/wyhash), as the
 * standard library of Zig had it until 0.11.
 */

const MASK = (1n << 64n) - 1n
const P0 = 0xa0761d6478bd642fn
const P1 = 0xe7037ed1a0b428dbn
const P2 = 0x8ebc6af09c88c6e3n
const P3 = 0x589965cc75374cc3n
const P4 = 0x1d8e4e27c47d124fn
const ROUND = 32

/** 16 lower-case hexadecimal digits. */
export function wyhash11(text: string, seed = 0n): string {
  const bytes = Buffer.from(text)
  const whole = bytes.length - (bytes.length % ROUND)
  let state = seed
  for (let at = 0; at < whole; at += ROUND) {
    const mixed = mix0(bytes.readBigUInt64LE(at), bytes.readBigUInt64LE(at + 8), state)
    state = mixed ^ mix1(bytes.readBigUInt64LE(at + 16), bytes.readBigUInt64LE(at + 24), state)
  }
  const hash = mum(addRest(bytes.subarray(whole), state) ^ BigInt(bytes.length), P4)
  return hash.toString(16).padStart(16, '0')
}

/** The last 0 to 31 bytes, eight at a time. */
function addRest(rest: Buffer, state: bigint): bigint {
  if (rest.length === 0) return state
  const word = (index: number): bigint => readWord(rest.subarray(index * 8, index * 8 + 8))
  const first = mix0(word(0), rest.length <= 8 ? P4 : word(1), state)
  if (rest.length <= 16) return first
  return first ^ mix1(word(2), rest.length <= 24 ? P4 : word(3), state)
}

/** One to eight bytes: halves and their halves in little-endian, the earlier in front. */
function readWord(bytes: Buffer): bigint {
  let word = 0n
  let at = 0
  for (const size of [4, 4, 2, 1] as const) {
    if (at + size > bytes.length) continue
    word = (word << BigInt(8 * size)) | BigInt(bytes.readUIntLE(at, size))
    at += size
  }
  return word
}

function mix0(a: bigint, b: bigint, seed: bigint): bigint {
  return mum(a ^ seed ^ P0, b ^ seed ^ P1)
}

function mix1(a: bigint, b: bigint, seed: bigint): bigint {
  return mum(a ^ seed ^ P2, b ^ seed ^ P3)
}

function mum(a: bigint, b: bigint): bigint {
  const product = a * b
  return (product >> 64n) ^ (product & MASK)
}
