/** Calls of known functions with a set of attributes, in Nix files that somebody wrote: `pkgs.buildNpmPackage { src = ./.; }`. */
import type { NixCall, NixText, NixToken, NixValue } from '../model/nix.ts'
import { scanNix } from './nix-tokens.ts'

export function readNix(text: string): NixText {
  const tokens = scanNix(text)
  const starts = [...text.matchAll(/\n/g)].map(({ index }) => index + 1)
  const lineAt = (offset: number) => 1 + starts.filter((start) => start <= offset).length
  const ends = matchBrackets(tokens)
  return { text, tokens, ends, formals: formalsOf(tokens, ends), lineAt }
}

/** `isWanted` is asked about each path that a set of attributes follows: `a.b.c {`, `a.b.c rec {`, `a.b.c (finalAttrs: {`. */
export function findCalls(nix: NixText, isWanted: (path: readonly string[]) => boolean): readonly NixCall[] {
  const { tokens } = nix
  return tokens.flatMap((token, index): readonly NixCall[] => {
    if (token.kind !== 'word' || tokens[index + 1]?.text === '.') return []
    const open = findSet(nix, index + 1)
    const path = open === undefined ? [] : pathTo(tokens, index)
    if (open === undefined || !isWanted(path)) return []
    return [{ path, line: nix.lineAt(token.at), attributes: readAttributes(nix, open + 1) }]
  })
}

/** The index of the brace, or undefined when no set follows. */
function findSet({ tokens, ends }: NixText, index: number): number | undefined {
  let at = index
  if (tokens[at]?.text === '(' && tokens[at + 1]?.kind === 'word' && tokens[at + 2]?.text === ':') at += 3
  if (tokens[at]?.text === 'rec') at += 1
  return tokens[at]?.text === '{' && !isFunctionHead(tokens, ends, at) ? at : undefined
}

type Ends = NixText['ends']

/** `{ a, b ? c, ... }:` is no set. */
function isFunctionHead(tokens: readonly NixToken[], ends: Ends, open: number): boolean {
  const next = tokens[endOf(ends, open) + 1]?.text
  return next === ':' || next === '@'
}

function pathTo(tokens: readonly NixToken[], index: number): readonly string[] {
  const path: string[] = []
  for (let at = index; tokens[at] !== undefined; at -= 2) {
    path.unshift(tokens[at]?.text ?? '')
    if (tokens[at - 1]?.text !== '.') break
  }
  return path
}

const opening = new Set(['(', '[', '{'])
const ending = new Set([')', ']', '}'])

/** By the index of an opening bracket, the index of the one that closes it; of one that is never closed, the last token's. */
function matchBrackets(tokens: readonly NixToken[]): ReadonlyMap<number, number> {
  const ends = new Map<number, number>()
  const open: number[] = []
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'symbol') continue
    if (opening.has(text)) open.push(index)
    const start = ending.has(text) ? open.pop() : undefined
    if (start !== undefined) ends.set(start, index)
  }
  for (const start of open) ends.set(start, tokens.length - 1)
  return ends
}

function readAttributes(nix: NixText, start: number): ReadonlyMap<string, NixValue> {
  const attributes = new Map<string, NixValue>()
  const { tokens } = nix
  let at = start
  while (at < tokens.length && tokens[at]?.text !== '}') {
    const end = endOfBinding(nix, at)
    const binding = tokens.slice(at, end)
    if (binding[0]?.text === 'inherit') addInherited(nix, binding, attributes)
    else addBinding(nix, binding, attributes)
    at = end + 1
  }
  return attributes
}

/** The index of the semicolon: not one that belongs to `let`, `with` or `assert`, nor one in brackets. */
function endOfBinding({ tokens, ends }: NixText, start: number): number {
  let lets = 0
  let others = 0
  for (let at = start; at < tokens.length; at++) {
    const { kind, text } = tokens[at] ?? { kind: 'symbol', text: '' }
    if (kind === 'word' && text === 'let') lets += 1
    else if (kind === 'word' && text === 'in') lets -= 1
    else if (kind === 'word' && (text === 'with' || text === 'assert')) others += 1
    else if (kind !== 'symbol') continue
    else if (opening.has(text)) at = endOf(ends, at)
    else if (text === '}') return at
    else if (text === ';' && lets === 0) {
      if (others === 0) return at
      others -= 1
    }
  }
  return tokens.length
}

function addBinding(nix: NixText, binding: readonly NixToken[], attributes: Map<string, NixValue>): void {
  const equals = binding.findIndex(({ kind, text }) => kind === 'symbol' && text === '=')
  const [first] = binding
  if (equals < 1 || first === undefined) return
  const name = binding
    .slice(0, equals)
    .map(({ kind, text }) => (kind === 'string' ? text.slice(1, -1) : text))
    .join('')
  attributes.set(name, valueOf(nix, binding.slice(equals + 1), first))
}

/** `inherit a b;` and `inherit (set) a b;` */
function addInherited(nix: NixText, binding: readonly NixToken[], attributes: Map<string, NixValue>): void {
  const end = binding[1]?.text === '(' ? (matchBrackets(binding).get(1) ?? 1) : 0
  const from = binding.slice(2, Math.max(end, 2))
  const prefix = from.length === 0 ? '' : `${textOf(nix, from)}.`
  for (const token of binding.slice(end + 1)) {
    const tokens = [...from, token]
    attributes.set(token.text, { text: `${prefix}${token.text}`, tokens, line: nix.lineAt(token.at) })
  }
}

function valueOf(nix: NixText, tokens: readonly NixToken[], named: NixToken): NixValue {
  return { text: textOf(nix, tokens), tokens, line: nix.lineAt(named.at) }
}

function textOf({ text }: NixText, tokens: readonly NixToken[]): string {
  const [first, last] = [tokens[0], tokens.at(-1)]
  return first === undefined || last === undefined ? '' : text.slice(first.at, last.at + last.text.length)
}

/** Of the outermost function: `{ lib, stdenv ? null, ... }:`. */
function formalsOf(tokens: readonly NixToken[], ends: Ends): ReadonlySet<string> {
  const start = tokens[0]?.kind === 'word' && tokens[1]?.text === '@' ? 2 : 0
  if (tokens[start]?.text !== '{' || !isFunctionHead(tokens, ends, start)) return new Set()
  const names = new Set<string>()
  for (let at = start + 1; at < endOf(ends, start); at++) {
    const token = tokens[at]
    const before = tokens[at - 1]?.text
    if (token?.kind === 'word' && (before === '{' || before === ',')) names.add(token.text)
    if (ends.has(at)) at = endOf(ends, at)
  }
  return names
}

function endOf(ends: Ends, open: number): number {
  return ends.get(open) ?? open
}
