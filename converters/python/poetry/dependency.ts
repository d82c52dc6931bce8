/**
 * One dependency as Poetry writes it, in pyproject.toml and in poetry.lock: a constraint, a table with one, or a list of those.
 * https://python-poetry.org/docs/dependency-specification/
 */
import { fail, shown } from '../../../src/problem.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { bothMarkers, findName, type Ask } from '../readers/ask.ts'
import { readMarker, textChecker } from '../readers/packages.ts'
import { allows, findAlternatives, pythonMarker } from './constraint.ts'

/** Kind `prod`, no group: whose it is decides both. */
export interface PoetryAsk extends Ask {
  readonly isOptional: boolean
}

/** Faults are collected in the document. */
export function readConstraints(table: Fields, written: string): readonly PoetryAsk[] {
  const name = findName(written)
  if (name === undefined) return refuseName(table, written, written)
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

/** A constraint, as written; a problem and undefined when Poetry could not read it. */
export function readConstraint(fields: Fields, key: string): string | undefined {
  const text = fields.text(key)
  return text === undefined ? undefined : checkConstraint(text, fields, key)
}

export const checkConstraint = textChecker((text, where) => {
  if (findAlternatives(text) !== undefined) return
  fail({ code: 'requirement-invalid', message: `${shown(text)} is not a version constraint that Poetry knows`, where })
})

function refuseName(fields: Fields, key: string, name: string): readonly [] {
  fields.addProblem('name-invalid', `${shown(name)} is not a name of a Python package or an extra`, { key })
  return []
}

interface Named {
  readonly name: string
  readonly written: string
}

function plain(table: Fields, { name, written, range }: Named & { readonly range: string }): readonly PoetryAsk[] {
  if (checkConstraint(range, table, written) === undefined) return []
  const where = table.where(written)
  const allowed = { range, allows: (version: string) => allows(range, version) }
  return [{ name, ...allowed, extras: [], kind: 'prod', isOptional: false, where }]
}

function fromTable(table: Fields, { name, written }: Named, one: Fields): readonly PoetryAsk[] {
  const range = readConstraint(one, 'version')
  const python = readConstraint(one, 'python')
  const markers = readMarker(one, 'markers')
  const platform = platformMarker(one)
  const read = Object.entries({ version: range, python, markers, platform })
  // What is asked for is not known, and nothing more is told of it.
  if (read.some(([key, found]) => found === undefined && (one.raw(key) ?? '') !== '')) return []
  const conditions = [markers, python === undefined ? undefined : pythonMarker(python), platform]
  const marker = conditions.reduce(bothMarkers, undefined)
  return [
    {
      name,
      ...(range === undefined ? {} : { range, allows: (version: string) => allows(range, version) }),
      ...(marker === undefined ? {} : { marker }),
      extras: (one.texts('extras') ?? []).flatMap((extra) => findName(extra) ?? refuseName(one, 'extras', extra)),
      kind: 'prod',
      isOptional: one.boolean('optional') ?? false,
      where: table.where(written),
    },
  ]
}

/** `platform`: `linux`, `linux || darwin`, `!=win32`. */
function platformMarker(fields: Fields): string | undefined {
  const platform = fields.text('platform')
  if (platform === undefined) return undefined
  const markers = platform.split('||').map((part) => {
    const [, operator = '==', value] = /^\s*(==|!=)?\s*([\w-]+)\s*$/.exec(part) ?? []
    return value === undefined ? undefined : `sys_platform ${operator} "${value}"`
  })
  if (!markers.includes(undefined)) return markers.join(' or ')
  fields.addProblem('requirement-invalid', `${shown(platform)} is not a list of platforms`, { key: 'platform' })
  return undefined
}
