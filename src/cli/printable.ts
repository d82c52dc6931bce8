/** Text for terminals. Every piece is escaped before it is coloured, so nothing that came from a file can steer the terminal. */

export type Style = 'plain' | 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue'

export type Piece = string | { readonly style: Style; readonly text: string }

/** One line of a report, without its line break. */
export type Line = readonly Piece[]

const ansi: Readonly<Record<Style, readonly [number, number] | undefined>> = {
  plain: undefined,
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
}

export function styled(style: Style, text: string): Piece {
  return { style, text }
}

export function printLine(line: Line, hasColor: boolean): string {
  return line.map((piece) => printPiece(piece, hasColor)).join('')
}

function printPiece(piece: Piece, hasColor: boolean): string {
  if (typeof piece === 'string') return printable(piece)
  const codes = hasColor ? ansi[piece.style] : undefined
  const text = printable(piece.text)
  return codes === undefined ? text : `\u001b[${codes[0]}m${text}\u001b[${codes[1]}m`
}

/** Control characters, line breaks, and what changes the direction of text: shown as `\u001b`, so that they are seen and do nothing. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** JSON whose strings are printable, too: the escapes mean the same characters. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** `1675` → `1,675`: the same everywhere, whatever the locale. */
export function printCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `812 B`, `12.4 MB`: powers of ten. */
export function printBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 999.95 && unit < units.length - 1; unit++) value /= 1000
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** `1 source`, `2 sources` */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${printCount(count)} ${count === 1 ? singular : plural}`
}
