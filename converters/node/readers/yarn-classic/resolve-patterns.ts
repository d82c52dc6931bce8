/**
 * Which package each pattern (`ms@^2.1.1`) means and who asks for it, in the order in which yarn finds out: its package-resolver.js
 * and package-request.js for a frozen lock file. The order decides what is hoisted where. Needs nothing of the engine, because the
 * shim does it again when it knows what the packages' own manifests say.
 */
import { isRange, satisfies } from '../../semver-range.ts'
import { isGlobMatch } from '../workspaces.ts'

/** What a pattern is found to be, before anybody knows whether the same package was found already. */
export interface FoundPackage {
  /** The name of its directory: an alias where there is one. */
  readonly name: string
  readonly version: string
  /** What tells it from others of its name: the same text, the same files. */
  readonly identity: string
  readonly asks: Asks
  /** A member of the workspace, or a directory that is linked: its path. */
  readonly link?: { readonly kind: 'workspace' | 'link'; readonly dir: string }
  /** A directory that is copied: found once, however often it is asked for. */
  readonly copied?: string
  /** Lists of `nohoist` in its manifest. */
  readonly nohoist?: readonly string[]
}

export interface Asks {
  readonly dependencies: readonly NamedRange[]
  readonly optionalDependencies: readonly NamedRange[]
  readonly devDependencies?: readonly NamedRange[]
}

type NamedRange = readonly [name: string, range: string]

/** One package, however many patterns lead to it. */
export interface YarnPackage<F extends FoundPackage = FoundPackage> {
  readonly found: F
  readonly patterns: string[]
  /** Patterns of what it needs; its peers are added when they are known. */
  dependencies: readonly string[]
  /** The patterns among them that it can do without. */
  readonly optionalPatterns: ReadonlySet<string>
  readonly requests: Request[]
  /** Nobody needs it who is needed. */
  isOptional: boolean
}

/** Somebody asking for a pattern. */
export interface Request {
  readonly pattern: string
  /** The chain of names that leads here; undefined at the top. */
  readonly parents: Chain | undefined
  readonly optional: boolean
}

export interface Chain {
  readonly name: string
  readonly parents: Chain | undefined
  readonly length: number
}

/** One of the `resolutions` of package.json: where it applies, and what to ask for there. */
export interface Resolution {
  readonly name: string
  readonly glob: string
  readonly pattern: string
}

/** From the member "resolutions" of package.json; entries that name no package are left out. In the order in which yarn asks for them. */
export function readResolutions(entries: readonly NamedRange[]): readonly Resolution[] {
  const resolutions = entries.flatMap(([path, range]) => {
    const name = /(?:^|\/)((?:@[^/]+\/)?[^/@][^/]*)$/.exec(path)?.[1]
    if (name === undefined) return []
    return [{ name, glob: name === path ? `**/${name}` : path, pattern: `${name}@${range}` }]
  })
  const names = [...new Set(resolutions.map(({ name }) => name))]
  return names.flatMap((name) => resolutions.filter((resolution) => resolution.name === name))
}

export interface Resolving<F extends FoundPackage> {
  /** What the project itself asks for, in yarn's order. */
  readonly roots: readonly { readonly pattern: string; readonly optional: boolean }[]
  readonly resolutions: readonly Resolution[]
  /** What the lock file or the project has for a pattern. */
  readonly find: (pattern: string) => F | undefined
  /** Nothing was found. */
  readonly onMissing: (request: Request, by: F | undefined) => void
  /** What was found does not fit the pattern; called for patterns that no resolution explains. */
  readonly onMisfit: (request: Request, found: F) => void
}

export interface YarnGraph<F extends FoundPackage = FoundPackage> {
  /** By pattern, in the order of being found. */
  readonly patterns: ReadonlyMap<string, YarnPackage<F>>
  readonly patternsByName: ReadonlyMap<string, readonly string[]>
}

export function resolvePatterns<F extends FoundPackage>(resolving: Resolving<F>): YarnGraph<F> {
  const resolver = new Resolver(resolving)
  resolver.resolveAll()
  return resolver
}

/** `@s/a@^1.0.0` → name and range; what has no range means `latest`. */
export function splitPattern(pattern: string): { readonly name: string; readonly range: string } {
  const at = pattern.indexOf('@', 1)
  if (at === -1) return { name: pattern, range: 'latest' }
  const range = pattern.slice(at + 1)
  return { name: pattern.slice(0, at), range: range === '' ? '*' : range }
}

class Resolver<F extends FoundPackage> implements YarnGraph<F> {
  readonly patterns = new Map<string, YarnPackage<F>>()
  readonly patternsByName = new Map<string, string[]>()
  readonly #resolving: Resolving<F>
  readonly #again: { readonly request: Request; readonly found: F }[] = []
  readonly #waiting: Request[] = []
  readonly #isRange = new Map<string, boolean>()

  constructor(resolving: Resolving<F>) {
    this.#resolving = resolving
  }

  resolveAll(): void {
    const { resolutions, roots } = this.#resolving
    for (const { pattern } of resolutions) this.#resolveTop(pattern, false)
    for (const { pattern, optional } of roots) this.#resolveTop(pattern, optional)
    for (const { request, found } of this.#again) {
      const known = this.#findKnown(request.pattern, found)
      if (known !== undefined) this.#addRequest(known, request)
    }
    for (const request of this.#waiting) this.#followResolution(request)
  }

  /** All that is below one root, level by level. */
  #resolveTop(pattern: string, optional: boolean): void {
    let level: { request: Request; by: F | undefined }[] = [
      { request: { pattern, parents: undefined, optional }, by: undefined },
    ]
    while (level.length > 0) {
      const next: typeof level = []
      for (const { request, by } of level) {
        if (this.#followResolution(request)) continue
        const added = this.#resolve(request, by)
        if (added === undefined) continue
        const parents = chain(added.found.name, request.parents)
        for (const ask of added.dependencies) {
          const isOptional = request.optional || added.optionalPatterns.has(ask)
          next.push({ request: { pattern: ask, parents, optional: isOptional }, by: added.found })
        }
      }
      level = next
    }
  }

  /** The package, when it is a new one. */
  #resolve(request: Request, by: F | undefined): YarnPackage<F> | undefined {
    const { pattern } = request
    const found = this.#resolving.find(pattern)
    if (found === undefined) {
      this.#resolving.onMissing(request, by)
      return undefined
    }
    const isAsked = this.patterns.get(pattern)?.found === found
    if (!isAsked) this.#checkFit(request, found)
    if (isAsked || this.#findKnown(pattern, found) !== undefined) {
      this.#again.push({ request, found })
      return undefined
    }
    const { dependencies, optionalPatterns } = patternsOf(found)
    const added: YarnPackage<F> = {
      found,
      patterns: [],
      dependencies,
      optionalPatterns,
      requests: [],
      isOptional: true,
    }
    this.#addRequest(added, request)
    return added
  }

  #checkFit(request: Request, found: F): void {
    if (found.link !== undefined || found.copied !== undefined) return
    const { range } = splitPattern(request.pattern)
    if (satisfies(found.version, range) === false) this.#resolving.onMisfit(request, found)
  }

  /** A package of this name and version is there already; or, where the range is none, the same copied directory. */
  #findKnown(pattern: string, found: F): YarnPackage<F> | undefined {
    const same = this.patterns.get(pattern)
    if (same?.found === found) return same
    const { name, range } = splitPattern(pattern)
    const isVersioned = this.#isVersionRange(range)
    const wanted = isVersioned ? found.version : range
    for (const other of this.patternsByName.get(name) ?? []) {
      const known = this.patterns.get(other)
      if (known === undefined) continue
      if (known.found.version === wanted) return known
      if (!isVersioned && found.copied !== undefined && known.found.copied === found.copied) return known
    }
    return undefined
  }

  #isVersionRange(range: string): boolean {
    const known = this.#isRange.get(range)
    if (known !== undefined) return known
    const is = isRange(range)
    this.#isRange.set(range, is)
    return is
  }

  #addRequest(known: YarnPackage<F>, request: Request): void {
    known.requests.push(request)
    this.#addPattern(request.pattern, known)
    known.isOptional &&= request.optional
  }

  #addPattern(pattern: string, known: YarnPackage<F>): void {
    known.patterns.push(pattern)
    this.patterns.set(pattern, known)
    const { name } = known.found
    const patterns = this.patternsByName.get(name)
    if (patterns === undefined) this.patternsByName.set(name, [pattern])
    else if (!patterns.includes(pattern)) patterns.push(pattern)
  }

  /** True when `resolutions` say what the pattern means: then nothing below it is asked for. Those of the project itself are not changed. */
  #followResolution({ pattern, parents, optional }: Request): boolean {
    if (parents === undefined || this.#resolving.resolutions.length === 0) return false
    const { name } = splitPattern(pattern)
    const path = `${printChain(parents)}/${name}`
    const resolution = this.#resolving.resolutions.find((each) => each.name === name && isGlobMatch(each.glob, path))
    if (resolution === undefined) return false
    const known = this.patterns.get(resolution.pattern)
    if (known === undefined) this.#waiting.push({ pattern, parents, optional })
    else this.#addPattern(pattern, known)
    return true
  }
}

function patternsOf({ asks, link }: FoundPackage): Pick<YarnPackage, 'dependencies' | 'optionalPatterns'> {
  if (isTidy(asks)) return { dependencies: asks.dependencies.map(printPattern), optionalPatterns: none }
  const { dependencies, optionalDependencies, devDependencies } = tidyAsks(asks)
  const required = dependencies.map(printPattern)
  const optional = optionalDependencies.map(printPattern)
  const dev = link?.kind === 'workspace' ? devDependencies.map(printPattern) : []
  return { dependencies: [...required, ...optional, ...dev], optionalPatterns: new Set(optional) }
}

export function printPattern(ask: NamedRange): string {
  // By index: destructuring iterates.
  return `${ask[0]}@${ask[1]}`
}

/** Nobody can stand in several lists. */
function isTidy({ optionalDependencies, devDependencies }: Asks): boolean {
  return optionalDependencies.length === 0 && (devDependencies === undefined || devDependencies.length === 0)
}

/** Who stands in several lists counts in one: as optional, then as required, then as for development. `*` gives way to a range. */
export function tidyAsks(asks: Asks): Required<Asks> {
  const { dependencies, optionalDependencies, devDependencies = [] } = asks
  if (isTidy(asks)) return { dependencies, optionalDependencies, devDependencies }
  const ranges = new Map<string, string>()
  for (const [name, range] of [...optionalDependencies, ...dependencies, ...devDependencies]) {
    if (!ranges.has(name) && range !== '' && range !== '*') ranges.set(name, range)
  }
  const seen = new Set<string>()
  const tidy = (list: readonly NamedRange[]): readonly NamedRange[] =>
    list.flatMap(([name, range]) => {
      if (seen.has(name)) return []
      seen.add(name)
      return [[name, ranges.get(name) ?? range] as const]
    })
  const optional = tidy(optionalDependencies)
  const required = tidy(dependencies)
  return { optionalDependencies: optional, dependencies: required, devDependencies: tidy(devDependencies) }
}

const none: ReadonlySet<string> = new Set()

function chain(name: string, parents: Chain | undefined): Chain {
  return { name, parents, length: (parents?.length ?? 0) + 1 }
}

/** From the top down, with slashes. */
export function printChain(last: Chain): string {
  const names: string[] = []
  for (let at: Chain | undefined = last; at !== undefined; at = at.parents) names.push(at.name)
  return names.reverse().join('/')
}
