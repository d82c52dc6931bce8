/**
 * Nix expressions as tokens (https://nix.dev/manual/nix/latest/language/), to find calls in files that somebody wrote: nothing is
 * evaluated, and what is not understood is passed over.
 */
import type { NixToken } from '../model/nix.ts'

/** Sticky: each is tried at the place that was reached. The first that fits counts. */
const space = /(?:\s+|#[^\n]*|\/\*[^]*?(?:\*\/|$))+/y
const kinds: readonly (readonly [NixToken['kind'], RegExp])[] = [
  ['path', /[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9%/?:@&=+$,_.!~*'-]+/y],
  ['path', /(?:~|[A-Za-z0-9._+-]*)(?:\/[A-Za-z0-9._+-]+)+\/?|<[A-Za-z0-9._+-]+(?:\/[A-Za-z0-9._+-]+)*>/y],
  ['word', /[A-Za-z_][A-Za-z0-9_'-]*/y],
  ['number', /\d+(?:\.\d+)?/y],
  ['symbol', /\.\.\.|\+\+|\/\/|==|!=|<=|>=|&&|\|\||->|[^]/y],
]

export function scanNix(text: string): readonly NixToken[] {
  const tokens: NixToken[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const token = scanToken(text, at)
    tokens.push(token)
    at = skipSpace(text, at + token.text.length)
  }
  return tokens
}

function skipSpace(text: string, at: number): number {
  space.lastIndex = at
  return at + (space.exec(text)?.[0].length ?? 0)
}

function scanToken(text: string, at: number): NixToken {
  const quote = text[at] === '"' ? '"' : text.startsWith("''", at) ? "''" : undefined
  if (quote !== undefined) return { kind: 'string', text: text.slice(at, endOfString(text, at, quote)), at }
  for (const [kind, pattern] of kinds) {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) return { kind, text: found, at }
  }
  throw new Error('one of the patterns takes any character')
}

/** What stands inside of a string beside its characters. */
const escapes = { '"': /\\[^]/y, "''": /'''|''\$|''\\[^]/y }

/**
 * Just behind the closing quote; the end of the text where there is none. Without recursion: strings in interpolations in strings
 * are as deep as somebody likes.
 */
function endOfString(text: string, start: number, quote: '"' | "''"): number {
  // What is open: a string by its quote, an interpolation or a brace in one by a brace.
  const open: ('"' | "''" | '{')[] = [quote]
  let at = start + quote.length
  while (at < text.length) {
    const inner = open.at(-1)
    if (inner === undefined) return at
    at = inner === '{' ? stepInCode(text, at, open) : stepInString(text, at, inner, open)
  }
  return at
}

function stepInString(text: string, at: number, quote: '"' | "''", open: ('"' | "''" | '{')[]): number {
  const escape = escapes[quote]
  escape.lastIndex = at
  const escaped = escape.exec(text)?.[0].length
  if (escaped !== undefined) return at + escaped
  if (text.startsWith('${', at)) {
    open.push('{')
    return at + 2
  }
  if (!text.startsWith(quote, at)) return at + 1
  open.pop()
  return at + quote.length
}

function stepInCode(text: string, at: number, open: ('"' | "''" | '{')[]): number {
  const skipped = skipSpace(text, at)
  if (skipped > at) return skipped
  if (text[at] === '"') open.push('"')
  else if (text.startsWith("''", at)) {
    open.push("''")
    return at + 2
  } else if (text[at] === '{') open.push('{')
  else if (text[at] === '}') open.pop()
  return at + 1
}
