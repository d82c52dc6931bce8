/** Who needs whom in a yarn.lock: descriptors are looked up as yarn does it, with `resolutions` and the patches it brings along. */
import type { BerryEntry } from './entries.ts'
import { parseIdent, parseRange, withProtocol } from './locator.ts'

export interface BerryGraph {
  readonly byDescriptor: ReadonlyMap<string, BerryEntry>
  readonly byResolution: ReadonlyMap<string, BerryEntry>
  /** `typescript@npm:^5.0.0` → the entry that yarn patches for it. */
  readonly patched: ReadonlyMap<string, BerryEntry>
  readonly byName: ReadonlyMap<string, readonly BerryEntry[]>
  readonly overrides: readonly Override[]
}

interface Override {
  /** Of the package that asks; undefined: of any. */
  readonly parent?: string | undefined
  readonly name: string
  /** Only where this was asked for. */
  readonly asked?: string | undefined
  readonly range: string
}

export function berryGraph(entries: readonly BerryEntry[], resolutions: ReadonlyMap<string, string>): BerryGraph {
  const byDescriptor = new Map<string, BerryEntry>()
  const byResolution = new Map<string, BerryEntry>()
  const patched = new Map<string, BerryEntry>()
  const byName = new Map<string, BerryEntry[]>()
  for (const entry of entries) {
    byResolution.set(entry.resolution, entry)
    for (const descriptor of entry.descriptors) {
      byDescriptor.set(descriptor, entry)
      const name = parseIdent(descriptor)?.name ?? ''
      const known = byName.get(name)
      if (known === undefined) byName.set(name, [entry])
      // The descriptors of one entry stand together, and nearly always have one name.
      else if (known.at(-1) !== entry) known.push(entry)
      if (entry.range.protocol === 'patch:' && descriptor.includes('builtin<')) addPatched(patched, descriptor, entry)
    }
  }
  return { byDescriptor, byResolution, patched, byName, overrides: readOverrides(resolutions) }
}

function addPatched(patched: Map<string, BerryEntry>, descriptor: string, entry: BerryEntry): void {
  const inner = parseIdent(parseRange(parseIdent(descriptor)?.range ?? '').source ?? '')
  if (inner !== undefined) patched.set(`${inner.name}@${withProtocol(inner.range)}`, entry)
}

/** The entry that `name@range` means for `from`; undefined when the lock file does not hold it. */
export function findEntry(graph: BerryGraph, from: BerryEntry, name: string, range: string): BerryEntry | undefined {
  const wanted = overridden(graph, from, name, range) ?? range
  const descriptor = `${name}@${withProtocol(wanted)}`
  const patched = graph.patched.size === 0 ? undefined : graph.patched.get(descriptor)
  const found = patched ?? graph.byDescriptor.get(descriptor) ?? graph.byDescriptor.get(`${name}@${wanted}`)
  if (found !== undefined) return found
  const candidates = graph.byName.get(name) ?? []
  // Paths are bound to the package that asks: `lib@portal:./lib::locator=…`.
  const bound = candidates.find(({ descriptors }) => descriptors.some((each) => each.startsWith(`${name}@${wanted}::`)))
  return bound ?? (candidates.length === 1 ? candidates[0] : undefined)
}

function overridden({ overrides }: BerryGraph, from: BerryEntry, name: string, range: string): string | undefined {
  if (overrides.length === 0) return undefined
  const found = overrides.find(
    (each) =>
      each.name === name &&
      (each.parent === undefined || each.parent === from.ident.name) &&
      (each.asked === undefined || withProtocol(each.asked) === withProtocol(range)),
  )
  return found?.range
}

/** Patterns: `name`, `name@range`, `parent/name`, each perhaps with `@range`; names may have a scope. */
const PATTERN = /^(?:((?:@[^/@]+\/)?[^/@]+)(?:@(?:[^/]|\/(?=[^/]*:))+)?\/)?((?:@[^/@]+\/)?[^/@]+)(?:@(.+))?$/

function readOverrides(resolutions: ReadonlyMap<string, string>): readonly Override[] {
  const overrides: Override[] = []
  for (const [pattern, range] of resolutions) {
    const [, parent, name, asked] = PATTERN.exec(pattern.replace(/^(?:\*\*\/)+/, '')) ?? []
    if (name !== undefined) overrides.push({ parent, name, asked, range })
  }
  return overrides
}
