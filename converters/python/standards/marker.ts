/**
 * Environment markers (https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers, PEP 508, 685,
 * 751): `python_version >= "3.9" and (sys_platform == "linux" or extra == "fast")`. Decides like PyPA's `packaging`. Refused are forms
 * that have no meaning there either: a comparison of two strings or of two variables, and escapes in strings.
 */
import { fail, shown, type Where } from '../../../src/problem.ts'
import { normalizeName } from './name.ts'
import { findSpecifier, satisfies } from './specifier.ts'

/** What is known of an interpreter and its machine. */
export interface InterpreterEnvironment {
  readonly implementation_name: string
  readonly implementation_version: string
  readonly os_name: string
  readonly platform_machine: string
  readonly platform_python_implementation: string
  readonly platform_release: string
  readonly platform_system: string
  readonly platform_version: string
  readonly python_full_version: string
  readonly python_version: string
  readonly sys_platform: string
}

export interface MarkerEnvironment extends InterpreterEnvironment {
  /** One extra, or ('' when absent) none. A set: every extra that is asked for, as uv decides on its lock file. */
  readonly extra?: string | ReadonlySet<string> | undefined
  /** PEP 751. */
  readonly extras?: ReadonlySet<string> | undefined
  /** PEP 751. */
  readonly dependency_groups?: ReadonlySet<string> | undefined
}

export type MarkerVariable = keyof MarkerEnvironment

export type MarkerOperator = '===' | '==' | '~=' | '!=' | '<=' | '>=' | '<' | '>' | 'in' | 'not in'

export interface Comparison {
  readonly variable: MarkerVariable
  readonly operator: MarkerOperator
  readonly literal: string
  /** The variable stands on the right: `"linux" in sys_platform`. */
  readonly isReversed: boolean
}

/** In postfix order, so that nothing about it is recursive: `a or b and c` is a, b, c, and, or. */
export interface Marker {
  readonly steps: readonly (Comparison | 'and' | 'or')[]
}

const SPACE = /[ \t]+/y
const OPERATOR = /===|==|~=|!=|<=|>=|<|>|\bnot[ \t]+in\b|\bin\b/y
const BOOLEAN = /\b(?:or|and)\b/y
const STRING = /'[^']*'|"[^"]*"/y
const VARIABLE =
  /\b(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_(?:release|system)|platform[._](?:version|machine|python_implementation)|python_implementation|implementation_(?:name|version)|extras?|dependency_groups)\b/y
const UNSPEAKABLE = /[\\\0-\x08\x0a-\x1f]/

const isVersioned: ReadonlySet<MarkerVariable> = new Set([
  'implementation_version',
  'platform_release',
  'python_full_version',
  'python_version',
])

/** Throws `requirement-invalid` with the column. */
export function parseMarker(text: string, where?: Where): Marker {
  const { marker, end } = parseMarkerAt(text, 0, where)
  if (end < text.length) refuse(text, end, 'the end, "and" or "or"', where)
  return marker
}

/** A marker as far as it goes, from an offset of a text. */
export function parseMarkerAt(text: string, start: number, where?: Where): { marker: Marker; end: number } {
  const steps: (Comparison | 'and' | 'or')[] = []
  const waiting: ('and' | 'or' | '(')[] = []
  const pop = (until: (operator: 'and' | 'or') => boolean): void => {
    for (let last = waiting.at(-1); last !== undefined && last !== '(' && until(last); last = waiting.at(-1)) {
      steps.push(last)
      waiting.pop()
    }
  }
  let at = start
  for (;;) {
    for (at = skip(text, at, SPACE); text[at] === '('; at = skip(text, at + 1, SPACE)) waiting.push('(')
    const found = parseComparison(text, at, where)
    steps.push(found.comparison)
    at = skip(text, found.end, SPACE)
    for (; text[at] === ')' && waiting.includes('('); at = skip(text, at + 1, SPACE)) {
      pop(() => true)
      waiting.pop()
    }
    const word = take(text, at, BOOLEAN)
    if (word !== 'and' && word !== 'or') break
    pop((last) => last === 'and' || word === 'or')
    waiting.push(word)
    at += word.length
  }
  if (waiting.includes('(')) refuse(text, at, '")"', where)
  pop(() => true)
  return { marker: { steps }, end: at }
}

/** Throws `requirement-invalid` when two texts that are no versions are compared with `~=` or `===`. */
export function evaluateMarker(marker: Marker, environment: MarkerEnvironment): boolean {
  const stack: boolean[] = []
  for (const step of marker.steps) {
    if (typeof step === 'object') {
      stack.push(compare(step, environment))
      continue
    }
    const right = stack.pop() === true
    const left = stack.pop() === true
    stack.push(step === 'and' ? left && right : left || right)
  }
  return stack.pop() === true
}

/** pip's way with the extras of a requirement: whether the marker holds for one of them, or, when none is asked for, without. */
export function holdsForExtras(
  marker: Marker,
  environment: InterpreterEnvironment,
  extras: readonly string[],
): boolean {
  const each = extras.length === 0 ? [''] : extras
  return each.some((extra) => evaluateMarker(marker, { ...environment, extra }))
}

/** Which variables it asks for. */
export function variablesOf(marker: Marker): ReadonlySet<MarkerVariable> {
  return new Set(marker.steps.flatMap((step) => (typeof step === 'object' ? [step.variable] : [])))
}

function parseComparison(text: string, start: number, where: Where | undefined) {
  const left = parseOperand(text, start, where)
  const at = skip(text, left.end, SPACE)
  const word = take(text, at, OPERATOR)
  const operator = operators.find((known) => known === word?.replace(/[ \t]+/, ' '))
  if (word === undefined || operator === undefined) return refuse(text, at, 'one of ' + operators.join(', '), where)
  const right = parseOperand(text, skip(text, at + word.length, SPACE), where)
  const comparison = joinOperands(left, operator, right)
  if (comparison === undefined) return refuse(text, start, 'a comparison of a variable with a string', where)
  if (isSetValued(comparison.variable) && !(comparison.isReversed && operator.endsWith('in')))
    return refuse(text, start, `"name" in ${comparison.variable}`, where)
  return { comparison, end: right.end }
}

const operators: readonly MarkerOperator[] = ['===', '==', '~=', '!=', '<=', '>=', '<', '>', 'in', 'not in']

type Operand = { readonly end: number } & (
  | { readonly variable: MarkerVariable }
  | { readonly variable?: undefined; readonly literal: string }
)

function joinOperands(left: Operand, operator: MarkerOperator, right: Operand): Comparison | undefined {
  if (left.variable !== undefined && right.variable === undefined)
    return normalize({ variable: left.variable, operator, literal: right.literal, isReversed: false })
  if (left.variable === undefined && right.variable !== undefined)
    return normalize({ variable: right.variable, operator, literal: left.literal, isReversed: true })
  return undefined
}

function normalize(comparison: Comparison): Comparison {
  const { variable, literal } = comparison
  const isName = variable === 'extra' || isSetValued(variable)
  return isName ? { ...comparison, literal: normalizeName(literal) } : comparison
}

function isSetValued(variable: MarkerVariable): variable is 'extras' | 'dependency_groups' {
  return variable === 'extras' || variable === 'dependency_groups'
}

function parseOperand(text: string, at: number, where: Where | undefined): Operand {
  const word = take(text, at, VARIABLE)
  const variable = word === undefined ? undefined : findVariable(word)
  if (word !== undefined && variable !== undefined) return { variable, end: at + word.length }
  const quoted = take(text, at, STRING)
  if (quoted === undefined) return refuse(text, at, 'a variable or a string in quotes', where)
  const literal = quoted.slice(1, -1)
  const wrong = literal.search(UNSPEAKABLE)
  if (wrong !== -1) refuse(text, at + 1 + wrong, 'neither escapes nor control characters in a string', where)
  return { literal, end: at + quoted.length }
}

/** Spellings of setuptools are variables too: `os.name`, `python_implementation`. */
function findVariable(word: string): MarkerVariable | undefined {
  const name = word === 'python_implementation' ? 'platform_python_implementation' : word.replace('.', '_')
  return variables.find((known) => known === name)
}

const variables: readonly MarkerVariable[] = [
  'implementation_name',
  'implementation_version',
  'os_name',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'python_full_version',
  'python_version',
  'sys_platform',
  'extra',
  'extras',
  'dependency_groups',
]

function compare(comparison: Comparison, environment: MarkerEnvironment): boolean {
  const { variable, operator, literal } = comparison
  if (isSetValued(variable)) return contains(environment[variable], literal) === (operator === 'in')
  if (variable === 'extra') return compareExtra(comparison, environment.extra ?? '')
  const value = environment[variable]
  const [left, right] = comparison.isReversed ? [literal, value] : [value, literal]
  if (isVersioned.has(variable)) {
    const specifier = findSpecifier(`${operator}${right}`)
    if (specifier !== undefined) return satisfies(left, [specifier])
  }
  return compareTexts(left, comparison, right)
}

/** Of several extras each is there or not; nothing else can be asked. */
function compareExtra(comparison: Comparison, extra: string | ReadonlySet<string>): boolean {
  if (typeof extra === 'string') {
    const value = normalizeName(extra)
    const [left, right] = comparison.isReversed ? [comparison.literal, value] : [value, comparison.literal]
    return compareTexts(left, comparison, right)
  }
  const isThere = contains(extra, comparison.literal)
  if (comparison.operator === '==') return isThere
  if (comparison.operator === '!=') return !isThere
  return undefinedComparison(comparison)
}

/** Texts have no order: `<` and `>` never hold. */
function compareTexts(left: string, comparison: Comparison, right: string): boolean {
  switch (comparison.operator) {
    case '==':
    case '<=':
    case '>=':
      return left === right
    case '!=':
      return left !== right
    case '<':
    case '>':
      return false
    case 'in':
      return right.includes(left)
    case 'not in':
      return !right.includes(left)
    case '~=':
    case '===':
      return undefinedComparison(comparison)
  }
}

function contains(names: ReadonlySet<string> | undefined, wanted: string): boolean {
  return [...(names ?? [])].some((name) => normalizeName(name) === wanted)
}

function undefinedComparison({ variable, operator, literal }: Comparison): never {
  const message = `the marker compares ${variable} with ${shown(literal)} by ${operator}, which has no meaning for them`
  return fail({ code: 'requirement-invalid', message })
}

function take(text: string, at: number, pattern: RegExp): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

function skip(text: string, at: number, pattern: RegExp): number {
  return at + (take(text, at, pattern)?.length ?? 0)
}

function refuse(text: string, at: number, expected: string, where: Where | undefined): never {
  const message = `the marker ${shown(text)} is not valid: column ${at + 1} should have ${expected}`
  return fail({ code: 'requirement-invalid', message, where })
}
