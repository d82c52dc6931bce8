/**
 * Scalars of YAML 1.2: quoted ones, block scalars, and what plain ones mean. Each takes the text and where the scalar begins, and
 * says where it ends. https://yaml.org/spec/1.2.2/#chapter-7-flow-style-productions
 */

/** What is wrong, and where; made a Problem by {@link parseYaml}. */
export class YamlFault extends Error {
  readonly offset: number
  readonly hint: string | undefined
  readonly kind: 'syntax' | 'limit'

  constructor(
    offset: number,
    message: string,
    { hint, kind = 'syntax' }: { hint?: string; kind?: 'syntax' | 'limit' } = {},
  ) {
    super(message)
    this.offset = offset
    this.hint = hint
    this.kind = kind
  }
}

export interface Scalar {
  readonly value: string
  /** Offset of what follows it. */
  readonly end: number
}

/** `text[at]` is a quote of either kind. Line breaks inside are folded. */
export function readQuoted(text: string, at: number, limit: number): Scalar {
  const end = text[at] === "'" ? closingSingle(text, at, limit) : closingDouble(text, at, limit)
  const raw = text.slice(at + 1, end)
  const folded = raw.includes('\n') ? foldQuoted(raw, text[at] === '"') : raw
  if (text[at] === "'") return { value: folded.includes("''") ? folded.replaceAll("''", "'") : folded, end: end + 1 }
  return { value: folded.includes('\\') ? unescape(folded, at) : folded, end: end + 1 }
}

const UNCLOSED = 'a quoted text is not closed'

function closingSingle(text: string, at: number, limit: number): number {
  let end = text.indexOf("'", at + 1)
  while (end !== -1 && end < limit && text[end + 1] === "'") end = text.indexOf("'", end + 2)
  if (end === -1 || end >= limit) throw new YamlFault(at, UNCLOSED)
  return end
}

function closingDouble(text: string, at: number, limit: number): number {
  let end = text.indexOf('"', at + 1)
  while (end !== -1 && end < limit && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  if (end === -1 || end >= limit) throw new YamlFault(at, UNCLOSED)
  return end
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text[at - 1 - slashes] === '\\') slashes += 1
  return slashes % 2 === 1
}

/** One line break is a space, several are one fewer; a backslash before a break joins the lines. */
function foldQuoted(raw: string, hasEscapes: boolean): string {
  const [first = '', ...rest] = raw.split('\n')
  let out = first
  let breaks = 0
  const last = rest.length - 1
  for (const [index, line] of rest.entries()) {
    breaks += 1
    const content = trimSpaces(line)
    if (content === '' && index !== last) continue
    if (hasEscapes && endsInEscape(out)) out = `${out.slice(0, -1)}${'\n'.repeat(breaks - 1)}`
    else out = `${trimEnd(out, hasEscapes)}${breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)}`
    out += index === last ? line.replace(/^ +/, '') : line.replace(/^ +/, '')
    breaks = 0
  }
  return out
}

function endsInEscape(text: string): boolean {
  return text.endsWith('\\') && isEscaped(text, text.length)
}

function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, '')
}

/** Spaces before a line break do not count, except one that is escaped. */
function trimEnd(text: string, hasEscapes: boolean): string {
  const trimmed = text.replace(/ +$/, '')
  return hasEscapes && trimmed.length < text.length && endsInEscape(trimmed) ? `${trimmed} ` : trimmed
}

const named: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\u0007',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\u001b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
}

function unescape(text: string, at: number): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]?))/g, (...parts: unknown[]) => {
    const [, two, four, eight, name] = parts
    const hex = two ?? four ?? eight
    if (typeof hex === 'string') {
      const code = Number.parseInt(hex, 16)
      if (code > 0x10ffff) throw new YamlFault(at, 'an escape names no character')
      // Halves of a pair are put together by standing beside each other, as in JSON.
      return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code)
    }
    const character = typeof name === 'string' && Object.hasOwn(named, name) ? named[name] : undefined
    if (character === undefined)
      throw new YamlFault(at, 'a text in double quotes holds an escape that YAML does not know')
    return character
  })
}

/**
 * `text[at]` is `|` or `>`; `parent` is the indentation of the key or dash it belongs to. Ends at the beginning of the line that
 * follows the scalar.
 */
export function readBlockScalar(text: string, at: number, parent: number, limit: number): Scalar {
  const head = /([|>])(?:([+-])([1-9])?|([1-9])([+-])?)?( +#[^\n]*| *)(?:\n|$)/y
  head.lastIndex = at
  const match = head.exec(text)
  if (match === null) throw new YamlFault(at, 'the head of a block text is not | or > with + or - and one digit')
  const width = match[3] ?? match[4]
  const lines = collectLines(text, Math.min(at + match[0].length, limit), {
    limit,
    parent,
    indent: width === undefined ? undefined : parent + Number(width),
  })
  const value = match[1] === '|' ? lines.texts.join('\n') : foldBlock(lines.texts)
  return { value: value + chomp(match[2] ?? match[5], lines.texts, lines.trailing), end: lines.end }
}

interface BlockLines {
  /** Without indentation; the last one is not empty. */
  readonly texts: readonly string[]
  /** Empty lines at the end. */
  readonly trailing: number
  readonly end: number
}

interface Block {
  readonly limit: number
  readonly parent: number
  readonly indent: number | undefined
}

function collectLines(text: string, start: number, { limit, parent, indent }: Block): BlockLines {
  const texts: string[] = []
  let width = indent
  let trailing = 0
  let at = start
  while (at < limit) {
    const feed = text.indexOf('\n', at)
    const end = feed === -1 || feed > limit ? limit : feed
    let spaces = 0
    while (at + spaces < end && text[at + spaces] === ' ') spaces += 1
    const isEmpty = at + spaces === end && (width === undefined || spaces <= width)
    if (!isEmpty) {
      if (spaces < (width ?? parent + 1)) break
      width ??= spaces
      for (; trailing > 0; trailing -= 1) texts.push('')
      texts.push(text.slice(at + width, end))
    } else trailing += 1
    at = end + 1
  }
  return { texts, trailing, end: Math.min(at, limit) }
}

function chomp(indicator: string | undefined, texts: readonly string[], trailing: number): string {
  if (indicator === '-') return ''
  if (indicator === '+') return '\n'.repeat(trailing + (texts.length > 0 ? 1 : 0))
  return texts.length > 0 ? '\n' : ''
}

/** Lines that begin with a space keep their breaks; between the others one break is a space. */
function foldBlock(lines: readonly string[]): string {
  let out = ''
  let breaks = 0
  let hasContent = false
  let wasSpaced = false
  for (const line of lines) {
    if (line === '') {
      breaks += 1
      continue
    }
    const isSpaced = /^[ \t]/.test(line)
    if (!hasContent) out += '\n'.repeat(breaks)
    else if (isSpaced || wasSpaced) out += '\n'.repeat(breaks + 1)
    else out += breaks === 0 ? ' ' : '\n'.repeat(breaks)
    out += line
    breaks = 0
    hasContent = true
    wasSpaced = isSpaced
  }
  return out
}

const NUMBER =
  /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$/

const LONGEST_WORD = 'false'.length

/** What YAML's core schema makes of a plain scalar, with the numbers that js-yaml knows beside it. */
export function typePlain(text: string): string | number | boolean | null {
  const first = text.charCodeAt(0)
  // Digits and `+-.`, then `~`, and the letters of true, false and null.
  if ((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e) {
    // Nearly all are versions, and those have two dots.
    return text.indexOf('.') === text.lastIndexOf('.') && NUMBER.test(text) ? toNumber(text) : text
  }
  if (text.length > LONGEST_WORD) return text
  switch (text) {
    case 'true':
    case 'True':
    case 'TRUE':
      return true
    case 'false':
    case 'False':
    case 'FALSE':
      return false
    case 'null':
    case 'Null':
    case 'NULL':
    case '~':
      return null
    default:
      return text
  }
}

function toNumber(text: string): number {
  const plain = text.replaceAll('_', '').toLowerCase()
  if (plain.endsWith('.inf')) return plain.startsWith('-') ? -Infinity : Infinity
  if (plain === '.nan') return NaN
  const unsigned = Number(plain.replace(/^[-+]/, ''))
  return plain.startsWith('-') ? -unsigned : unsigned
}
