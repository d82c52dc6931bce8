/**
 * One dependency as Poetry writes it, in pyproject.toml and in poetry.lock: a constraint, a table with one, or a list of those.
 * https://python-poetry.org/docs/dependency-specification/
 */
import { shown } from '../../../src/problem.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { bothMarkers, findName, type Ask } from '../readers/ask.ts'
import { allows, findAlternatives, pythonMarker } from './constraint.ts'

/** Kind `prod`, no group: whose it is decides both. */
export interface PoetryAsk extends Ask {
  readonly isOptional: boolean
}

/** Faults are collected in the document. */
export function readConstraints(table: Fields, written: string): readonly PoetryAsk[] {
  const name = findName(written)
  if (name === undefined) {
    table.addProblem('name-invalid', `${shown(written)} is not a name of a Python package`, { key: written })
    return []
  }
  const value = table.raw(written)
  if (Array.isArray(value)) {
    return value.some((item) => typeof item === 'string')
      ? (table.texts(written) ?? []).flatMap((range) => plain(table, { name, written, range }))
      : (table.objects(written) ?? []).flatMap((one) => fromTable(table, { name, written }, one))
  }
  if (typeof value !== 'string') {
    const one = table.object(written)
    return one === undefined ? [] : fromTable(table, { name, written }, one)
  }
  const range = table.text(written)
  return range === undefined ? [] : plain(table, { name, written, range })
}

interface Named {
  readonly name: string
  readonly written: string
}

function plain(table: Fields, { name, written, range }: Named & { readonly range: string }): readonly PoetryAsk[] {
  if (findAlternatives(range) === undefined) {
    const message = `${shown(range)} is not a version constraint that Poetry knows`
    table.addProblem('requirement-invalid', message, { key: written })
    return []
  }
  const where = table.where(written)
  const allowed = { range, allows: (version: string) => allows(range, version) }
  return [{ name, ...allowed, extras: [], kind: 'prod', isOptional: false, where }]
}

function fromTable(table: Fields, { name, written }: Named, one: Fields): readonly PoetryAsk[] {
  const range = one.text('version')
  const [ask] = range === undefined ? [] : plain(table, { name, written, range })
  if (range !== undefined && ask === undefined) return []
  const python = one.text('python')
  const platform = one.text('platform')
  const conditions = [
    one.text('markers'),
    python === undefined ? undefined : pythonMarker(python),
    platform === undefined ? undefined : platformMarker(platform),
  ]
  const marker = conditions.reduce(bothMarkers, undefined)
  return [
    {
      name,
      ...(range === undefined ? {} : { range, allows: (version: string) => allows(range, version) }),
      ...(marker === undefined ? {} : { marker }),
      extras: (one.texts('extras') ?? []).flatMap((extra) => findName(extra) ?? []),
      kind: 'prod',
      isOptional: one.boolean('optional') ?? false,
      where: table.where(written),
    },
  ]
}

/** `linux`, `linux || darwin`, `!=win32`. */
function platformMarker(platform: string): string {
  return platform
    .split('||')
    .map((part) => {
      const [, operator = '==', value = ''] = /^\s*(==|!=)?\s*([\w-]*)\s*$/.exec(part) ?? []
      return `sys_platform ${operator} "${value}"`
    })
    .join(' or ')
}
