/**
 * A collection holds many parts over one set of sources. Here they are taken apart and put together, so that whoever builds or
 * fetches sees ordinary parts, and nothing of one package depends on what another one needs.
 */
import type { Json } from '../model/json.ts'
import { recordOf, sortedByKey, sortedRecordOf } from '../model/sorted.ts'
import type { BuildSpec, SpecCollection, SpecPackage, SpecPart, SpecSource } from './build-spec.ts'
import { isObject } from './named-packages.ts'

export interface NamedPart {
  readonly ecosystem: string
  /** Of a package of a collection. */
  readonly attribute?: string
  readonly part: SpecPart
  /** Attributes; none but in a collection. */
  readonly supplements: readonly string[]
}

/** Of a project one for each ecosystem, of a collection one for each package; sorted. */
export function specParts({ ecosystems, collection = {} }: BuildSpec): readonly NamedPart[] {
  const parts = entriesOf(ecosystems).map(([ecosystem, part]): NamedPart => ({ ecosystem, part, supplements: [] }))
  const packages = entriesOf(collection).flatMap(([ecosystem, { sources, packages }]) =>
    entriesOf(packages).map(([attribute, entry]) => packagePart(ecosystem, attribute, { entry, shared: sources })),
  )
  return [...parts, ...packages]
}

/** What only this part needs to know: the spec as if it were of a project with nothing else. */
export function specOfPart({ lock2build, systems }: BuildSpec, { ecosystem, part }: NamedPart): BuildSpec {
  return { lock2build, systems, ecosystems: { [ecosystem]: part } }
}

/** The parts of one ecosystem, by attribute, put together. */
export function collectParts(parts: readonly NamedPart[]): SpecCollection {
  const shared = findShared(parts)
  const packages = parts.map(({ attribute = '', part, supplements }): [string, SpecPackage] => {
    const { sources, ...rest } = part
    const own = Object.entries(sources).filter(([key]) => !shared.has(key))
    return [
      attribute,
      {
        ...rest,
        ...(own.length === 0 ? {} : { sources: recordOf(own) }),
        ...(supplements.length === 0 ? {} : { supplements: [...supplements].sort() }),
      },
    ]
  })
  return { sources: sortedRecordOf(shared), packages: sortedRecordOf(new Map(packages)) }
}

/** What all who name a key mean by it. Two locks may have other archives for one name and version: a registry's and a commit's. */
function findShared(parts: readonly NamedPart[]): ReadonlyMap<string, SpecSource> {
  const shared = new Map<string, SpecSource>()
  const disputed = new Set<string>()
  for (const { part } of parts) {
    for (const [key, source] of Object.entries(part.sources)) {
      const known = shared.get(key)
      if (known === undefined) shared.set(key, source)
      else if (JSON.stringify(known) !== JSON.stringify(source)) disputed.add(key)
    }
  }
  for (const key of disputed) shared.delete(key)
  return shared
}

interface Packaged {
  readonly entry: SpecPackage
  readonly shared: SpecPart['sources']
}

function packagePart(ecosystem: string, attribute: string, { entry, shared }: Packaged): NamedPart {
  const { supplements = [], sources: own = {}, ...rest } = entry
  const sources = new Map<string, SpecSource>()
  for (const key of namesIn(entry.plan)) {
    const source = Object.hasOwn(own, key) ? own[key] : Object.hasOwn(shared, key) ? shared[key] : undefined
    if (source !== undefined) sources.set(key, source)
  }
  return { ecosystem, attribute, part: { ...rest, sources: sortedRecordOf(sources) }, supplements }
}

/** Every key and every text of a plan; collection.nix takes a part's sources by the same rule. */
function namesIn(value: Json, names = new Set<string>()): ReadonlySet<string> {
  if (typeof value === 'string') names.add(value)
  else if (Array.isArray(value)) for (const item of value) namesIn(item, names)
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      names.add(key)
      if (item !== undefined) namesIn(item, names)
    }
  }
  return names
}

function entriesOf<T extends object>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return [...sortedByKey(new Map(Object.entries(record)))]
}
