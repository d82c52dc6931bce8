/** Nix's base32: its own alphabet, and the bytes read from the end as one little-endian number. Other base32s differ. */

const alphabet = '0123456789abcdfghijklmnpqrsvwxyz'

/** Characters for that many bytes. */
export function nixBase32Length(bytes: number): number {
  return Math.ceil((bytes * 8) / 5)
}

export function printNixBase32(bytes: Uint8Array): string {
  let out = ''
  for (let digit = nixBase32Length(bytes.length) - 1; digit >= 0; digit -= 1) {
    const index = (digit * 5) >> 3
    const shift = (digit * 5) & 7
    const word = (bytes[index] ?? 0) | ((bytes[index + 1] ?? 0) << 8)
    out += alphabet.charAt((word >> shift) & 31)
  }
  return out
}

/** undefined: a wrong length, a character outside the alphabet, or bits that belong to no byte. */
export function parseNixBase32(text: string, length: number): Uint8Array | undefined {
  if (text.length !== nixBase32Length(length)) return undefined
  const bytes = new Uint8Array(length)
  for (let digit = 0; digit < text.length; digit += 1) {
    const value = alphabet.indexOf(text.charAt(text.length - 1 - digit))
    if (value === -1) return undefined
    const index = (digit * 5) >> 3
    const word = value << ((digit * 5) & 7)
    bytes[index] = (bytes[index] ?? 0) | (word & 255)
    if (index + 1 < length) bytes[index + 1] = (bytes[index + 1] ?? 0) | (word >> 8)
    else if (word >> 8 !== 0) return undefined
  }
  return bytes
}
