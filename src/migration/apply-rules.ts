/** What becomes of the arguments of a call: a table per function says it, argument by argument. */
import type { CarriedSetting, Migration, NixFile, Remark } from '../model/migration.ts'
import { noMigration } from '../model/migration.ts'
import type { NixCall, NixValue } from '../model/nix.ts'
import { closeExpression } from './closed-expression.ts'

export interface FunctionRules {
  readonly tool: string
  /** By argument. What stands in no table is told as not carried over. */
  readonly arguments: Readonly<Record<string, ArgumentRule>>
}

export type ArgumentRule =
  /** Comes from the project's own files, or is not needed: nothing to tell. */
  | { readonly kind: 'dropped' }
  /** A setting of default.nix; `value` may say it in other words, or leave nothing of it: ''. */
  | { readonly kind: 'setting'; readonly name: string; readonly value?: (text: string) => string | undefined }
  | { readonly kind: 'remark'; readonly hint: string }
  /** As `dropped`, if it is the project's own directory; else the project stands elsewhere. */
  | { readonly kind: 'directory' }

export const dropped: ArgumentRule = { kind: 'dropped' }

export function setting(name: string, value?: (text: string) => string | undefined): ArgumentRule {
  return value === undefined ? { kind: 'setting', name } : { kind: 'setting', name, value }
}

export function remark(hint: string): ArgumentRule {
  return { kind: 'remark', hint }
}

export const directory: ArgumentRule = { kind: 'directory' }

/** What phases of nixpkgs do around a build is done around the result here. */
export const aroundTheResult = remark(
  'the result has no phases of nixpkgs: do it in a derivation of yours that takes `package` as its source',
)

export function applyRules(file: NixFile, call: NixCall, { tool, arguments: rules }: FunctionRules): Migration {
  const name = call.path.join('.')
  const settings: CarriedSetting[] = []
  const remarks: Remark[] = []
  for (const [argument, value] of call.attributes) {
    const where = { file: file.path, line: value.line }
    const rule = ruleOf(rules, argument)
    if (rule?.kind === 'dropped' || (rule?.kind === 'directory' && isHere(value, file))) continue
    const carried = rule?.kind === 'setting' ? carry(rule, value, file) : undefined
    if (carried?.value === '') continue
    if (carried !== undefined) settings.push({ ...carried, where })
    else remarks.push({ where, message: `${argument} = ${excerpt(value)}`, hint: hintFor(rule) })
  }
  const found = [{ tool, where: { file: file.path, line: call.line }, what: `a call of ${name}` }]
  return { ...noMigration, found, settings, remarks }
}

/** `env.FOO` is ruled by `env` where it has no rule of its own. */
function ruleOf(rules: FunctionRules['arguments'], argument: string): ArgumentRule | undefined {
  const group = argument.split('.', 1)[0] ?? argument
  for (const name of [argument, group]) if (Object.hasOwn(rules, name)) return rules[name]
  return phases.test(argument) ? aroundTheResult : undefined
}

/** `postInstall`, `installPhase`, `dontBuild`, `doCheck`: phases of stdenv and their switches. */
const phases = /^(?:pre|post|dont|do)[A-Z]|Phase$|^phases$|^(?:install)?[cC]heckInputs$|^nativeCheckInputs$/

function carry(
  rule: Extract<ArgumentRule, { kind: 'setting' }>,
  value: NixValue,
  file: NixFile,
): Omit<CarriedSetting, 'where'> | undefined {
  const closed = closeExpression(value, file)
  const text = closed === undefined || rule.value === undefined ? closed : rule.value(closed)
  return text === undefined ? undefined : { name: rule.name, value: text }
}

/**
 * `./.` of a file in the project's directory, or `self` of its flake, whatever is filtered out of it; or what the derivation around it
 * has (`inherit (finalAttrs) src`).
 */
function isHere({ text, tokens }: NixValue, { path }: NixFile): boolean {
  if (/^\w+\.src$/.test(text)) return true
  if (path.includes('/')) return /^(?:\.\/)?\.\.$/.test(text) && path.split('/').length === 2
  const places = tokens.filter(({ kind, text: word }) => kind === 'path' || (kind === 'word' && word === 'self'))
  return places.length > 0 && places.every(({ text: word }) => /^(?:self|\.|\.\/\.?)$/.test(word))
}

function hintFor(rule: ArgumentRule | undefined): string {
  if (rule?.kind === 'remark') return rule.hint
  if (rule?.kind === 'directory') return 'if the project stands elsewhere, run lock2build there: its lock file decides'
  if (rule?.kind === 'setting')
    return `copy what it means to \`${rule.name}\` of default.nix by hand: it uses names or paths of this file`
  return 'nothing here does the same: see whether it is still needed'
}

function excerpt({ text }: NixValue): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 60)}…` : line
}

/** One after the other. A setting that was carried over already is not carried over twice. */
export function joinMigrations(parts: readonly Migration[]): Migration {
  const names = new Set<string>()
  const isFirst = ({ name }: CarriedSetting) => !names.has(name) && names.add(name).size > 0
  return {
    found: parts.flatMap(({ found }) => found),
    settings: parts.flatMap(({ settings }) => settings).filter(isFirst),
    remarks: parts.flatMap(({ remarks }) => remarks),
    goes: [...new Set(parts.flatMap(({ goes }) => goes))].sort(),
    attributes: parts.flatMap(({ attributes }) => attributes),
    collection: parts.find(({ collection }) => collection !== undefined)?.collection,
  }
}
