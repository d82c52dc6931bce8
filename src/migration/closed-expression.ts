/** An expression of one Nix file, to be copied into another one: only if it means the same there. */
import type { NixText, NixToken, NixValue } from '../model/nix.ts'

/** Words that mean the same everywhere. */
const known = new Set([
  'true',
  'false',
  'null',
  'with',
  'let',
  'in',
  'if',
  'then',
  'else',
  'rec',
  'inherit',
  'builtins',
  'pkgs',
])

/**
 * The expression, needing nothing but `pkgs`; undefined when it uses names or paths of its own file. What the file's function takes
 * is of pkgs: `[ vips ]` → `with pkgs; [ vips ]`.
 */
export function closeExpression({ text, tokens }: NixValue, { formals }: NixText): string | undefined {
  if (tokens.length === 0 || tokens.some(isOfItsFile)) return undefined
  const isPkgsOpen = /\bwith\s+pkgs\s*;/.test(text)
  const names = tokens.filter((token, index) => isName(token, tokens, index)).map((token) => token.text)
  const foreign = names.filter((name) => !known.has(name))
  if (foreign.length === 0 || (isPkgsOpen && !foreign.includes('lib'))) return text
  if (!foreign.every((name) => formals.has(name))) return undefined
  const [only] = tokens
  return tokens.length === 1 && only?.kind === 'word' ? `pkgs.${text}` : `with pkgs; ${text}`
}

/** A path is relative to where it is written; an interpolation may hold any name. */
function isOfItsFile({ kind, text }: NixToken): boolean {
  return (kind === 'path' && !text.startsWith('<')) || (kind === 'string' && text.includes('${'))
}

/** Not what is selected from something, nor a key of a set. */
function isName({ kind }: NixToken, tokens: readonly NixToken[], index: number): boolean {
  return kind === 'word' && tokens[index - 1]?.text !== '.' && tokens[index + 1]?.text !== '='
}
