/**
 * `[tool.poetry.build-constraints]`: by package, which versions its build may take of what it needs.
 * https://python-poetry.org/docs/pyproject/#build-constraints; python-poetry/poetry, src/poetry/factory.py
 */
import type { BuildSettings } from '../../../src/model/python.ts'
import { shown } from '../../../src/problem.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { normalizeName } from '../standards/name.ts'
import { findAlternatives } from './constraint.ts'
import { readConstraints, type PoetryAsk } from './dependency.ts'

/** `manifest`: all of pyproject.toml. Faults are collected in it. */
export function readBuildConstraints(manifest: Fields): BuildSettings | undefined {
  const table = manifest.object('tool')?.object('poetry')?.object('build-constraints')
  if (table === undefined) return undefined
  const packages = new Map<string, { readonly constraints: readonly string[] }>()
  table.forEachObject((name, own) => {
    const constraints = own.keys().flatMap((key) => {
      return readConstraints(own, key).flatMap((ask) => asRequirement(ask, own, key) ?? [])
    })
    packages.set(normalizeName(name), { constraints })
  })
  return { constraints: [], packages }
}

function asRequirement({ name, range = '*', marker }: PoetryAsk, own: Fields, key: string): string | undefined {
  const [specifiers = '', another] = findAlternatives(range) ?? []
  if (another === undefined) return `${name}${specifiers}${marker === undefined ? '' : ` ; ${marker}`}`
  own.addProblem('source-unsupported', `${shown(range)} is more than one range, which no build can be held to`, {
    key,
    hint: 'name one of them',
  })
  return undefined
}
