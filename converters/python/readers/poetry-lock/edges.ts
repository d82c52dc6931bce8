/** Who needs whom in poetry.lock: constraints by name. What is optional belongs to the extras of the package that list it. */
import type { Edge } from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { readConstraints, type PoetryAsk } from '../../poetry/dependency.ts'
import { normalizeName } from '../../standards/name.ts'
import { byName, candidatesOf, edgeTo } from '../ask.ts'
import type { PoetryEntry } from './locked-packages.ts'

/** Fills the packages' dependencies. Faults are collected in the document. */
export function addEdges(entries: ReadonlyMap<string, PoetryEntry>): void {
  const named = byName([...entries.values()].map(({ pkg }) => pkg))
  for (const { entry, pkg } of entries.values()) {
    const table = entry.object('dependencies')
    if (table === undefined) continue
    const extras = readExtras(entry)
    for (const ask of table.keys().flatMap((name) => readConstraints(table, name))) {
      const targets = candidatesOf(ask, named.get(ask.name) ?? [])
      if (targets.length === 0 && mustBeLocked(ask)) reportMissing(entry, ask)
      for (const target of targets) pkg.dependencies.push(...edgesFor(ask, edgeTo(target.id, ask), extras))
    }
  }
}

/**
 * What an extra asks for is locked only if something asks for the extra, what a marker limits only where it can hold, and these few
 * names were never locked by older Poetry.
 */
function mustBeLocked({ name, isOptional, marker }: PoetryAsk): boolean {
  return !isOptional && marker === undefined && !['setuptools', 'distribute', 'pip', 'wheel'].includes(name)
}

function edgesFor(ask: PoetryAsk, edge: Edge, extras: Extras): readonly Edge[] {
  if (!ask.isOptional) return [edge]
  return [...extras]
    .filter(([, names]) => names.has(ask.name))
    .map(([extra]) => ({ ...edge, kind: 'optional', group: `extra:${extra}` }))
}

type Extras = ReadonlyMap<string, ReadonlySet<string>>

/** Extra → names of what it adds: `"brotli (>=1.0.9) ; platform_system == 'Linux'"`. */
function readExtras(entry: Fields): Extras {
  const table = entry.object('extras')
  return new Map(
    (table?.keys() ?? []).map((extra) => {
      const names = (table?.texts(extra) ?? []).map((text) => normalizeName(/^\s*([\w.-]*)/.exec(text)?.[1] ?? ''))
      return [normalizeName(extra), new Set(names)]
    }),
  )
}

function reportMissing(entry: Fields, { name }: PoetryAsk): void {
  const message = `${shown(entry.text('name') ?? '')} needs ${shown(name)}, which is not in the file in a version that fits`
  entry.addProblem('lock-inconsistent', message, { key: 'dependencies', hint: 'run poetry lock' })
}
