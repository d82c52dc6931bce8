/** Who needs whom in poetry.lock: constraints by name. What is optional belongs to the extras of the package that list it. */
import type { Edge } from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { checkConstraint, readConstraints, type PoetryAsk } from '../../poetry/dependency.ts'
import { normalizeName } from '../../standards/name.ts'
import { byName, candidatesOf, edgeTo } from '../ask.ts'
import { checkMarker, checkRequirement } from '../packages.ts'
import type { PoetryEntry } from './locked-packages.ts'

/** Fills the packages' dependencies. Faults are collected in the document. */
export function addEdges(entries: ReadonlyMap<string, PoetryEntry>): void {
  const named = byName([...entries.values()].map(({ pkg }) => pkg))
  for (const { entry, pkg } of entries.values()) {
    const extras = readExtras(entry)
    const table = entry.object('dependencies')
    if (table === undefined) continue
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

const NO_EXTRAS: Extras = new Map()

/** Extra → names of what it adds. */
function readExtras(entry: Fields): Extras {
  const table = entry.object('extras')
  if (table === undefined) return NO_EXTRAS
  return new Map(
    table.keys().map((extra) => {
      const names = (table.texts(extra) ?? []).flatMap((text) => findAdded(text, table, extra) ?? [])
      return [normalizeName(extra), new Set(names)]
    }),
  )
}

/**
 * `brotli (>=1.0.9) ; platform_system == "Linux"`: versions are as Poetry itself has them (`^1.0`), or the whole is PEP 508. A name, or a
 * problem and undefined. There are thousands, of which each part is a common one.
 */
function findAdded(text: string, table: Fields, extra: string): string | undefined {
  const { name, range, marker } = ADDED.exec(text)?.groups ?? {}
  const isReadable =
    name === undefined
      ? checkRequirement(text, table, extra) !== undefined
      : (range === undefined || checkConstraint(range, table, extra) !== undefined) &&
        (marker === undefined || checkMarker(marker, table, extra) !== undefined)
  return isReadable ? normalizeName(name ?? /^[ \t]*([\w.-]*)/.exec(text)?.[1] ?? '') : undefined
}

const ADDED =
  /^(?<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:\[[\w.,-]+\])?(?: \((?<range>[^()]+)\))?(?:[ \t]*;[ \t]*(?<marker>\S.*))?$/

function reportMissing(entry: Fields, { name }: PoetryAsk): void {
  const message = `${shown(entry.text('name') ?? '')} needs ${shown(name)}, which is not in the file in a version that fits`
  entry.addProblem('lock-inconsistent', message, { key: 'dependencies', hint: 'run poetry lock' })
}
