/**
 * Which package each pattern (`ms@^2.1.1`) means and who asks for it, in the order in which yarn finds out: its package-resolver.js
 * and package-request.js for a frozen lock file. The order decides what is hoisted where. Needs nothing of the engine, because the
 * shim does it again when it knows what the packages' own manifests say.
 */
import { isRange, satisfies } from '../../semver-range.ts'
import { isTidy, tidyAsks } from './asks.ts'
import type { NamedRange } from './asks.ts'
import { Chain, Pattern, printChain, Request, YarnPackage } from './pattern.ts'
import type { FoundPackage } from './pattern.ts'
import { findResolution } from './resolutions.ts'
import type { Resolution } from './resolutions.ts'

export interface Resolving<F extends FoundPackage> {
  /** What the project itself asks for, in yarn's order. */
  readonly roots: readonly { readonly pattern: string; readonly optional: boolean }[]
  readonly resolutions: readonly Resolution[]
  /** What the lock file or the project has for a pattern. */
  readonly find: (pattern: Pattern<F>) => F | undefined
  /** Nothing was found. */
  readonly onMissing: (request: Request<F>) => void
  /** What was found does not fit the pattern; called for patterns that no resolution explains. */
  readonly onMisfit: (pattern: Pattern<F>, found: F) => void
}

export interface YarnGraph<F extends FoundPackage = FoundPackage> {
  /** Of the project itself, in yarn's order. Those that mean no package are left out. */
  readonly roots: readonly Pattern<F>[]
  /** In the order of being found. */
  readonly packages: readonly YarnPackage<F>[]
  /** By the name that a package stands under, in the order of being found. */
  readonly patternsByName: ReadonlyMap<string, readonly Pattern<F>[]>
}

export function resolvePatterns<F extends FoundPackage>(resolving: Resolving<F>): YarnGraph<F> {
  return new Resolver(resolving).resolveAll()
}

class Resolver<F extends FoundPackage> {
  readonly #resolving: Resolving<F>
  readonly #patterns = new Map<string, Pattern<F>>()
  readonly #packages: YarnPackage<F>[] = []
  readonly #patternsByName = new Map<string, Pattern<F>[]>()
  /** Patterns of packages that other patterns led to. */
  readonly #known = new Set<Pattern<F>>()
  readonly #again: Request<F>[] = []
  readonly #waiting: Request<F>[] = []

  constructor(resolving: Resolving<F>) {
    this.#resolving = resolving
  }

  resolveAll(): YarnGraph<F> {
    const { resolutions, roots } = this.#resolving
    resolutions.forEach(({ pattern }) => this.#resolveTop(pattern, false))
    roots.forEach(({ pattern, optional }) => this.#resolveTop(pattern, optional))
    this.#again.forEach((request) => {
      const known = this.#findKnown(request.pattern)
      if (known !== undefined) this.#addRequest(known, request)
    })
    this.#waiting.forEach((request) => void this.#followResolution(request))
    this.#rank()
    return {
      roots: roots.map(({ pattern }) => this.#get(pattern)).filter(({ pkg }) => pkg !== undefined),
      packages: this.#packages,
      patternsByName: this.#patternsByName,
    }
  }

  #rank(): void {
    const texts: string[] = []
    this.#patterns.forEach(({ pkg }, text) => void (pkg !== undefined && texts.push(text)))
    texts.sort().forEach((text, rank) => (this.#get(text).rank = rank))
  }

  #get(text: string): Pattern<F> {
    const known = this.#patterns.get(text)
    if (known !== undefined) return known
    const pattern = new Pattern<F>(text)
    this.#patterns.set(text, pattern)
    return pattern
  }

  /** All that is below one root, level by level. */
  #resolveTop(pattern: string, optional: boolean): void {
    let level = [new Request<F>(this.#get(pattern), undefined, optional)]
    while (level.length > 0) {
      const next: Request<F>[] = []
      level.forEach((request) => {
        const added = this.#followResolution(request) ? undefined : this.#resolve(request)
        if (added !== undefined) ask(added, request, next)
      })
      level = next
    }
  }

  /** The package, when it is a new one. */
  #resolve(request: Request<F>): YarnPackage<F> | undefined {
    const { pattern } = request
    const found = (pattern.found ??= this.#findFitting(pattern))
    if (found === undefined) {
      this.#resolving.onMissing(request)
      return undefined
    }
    if (pattern.pkg?.found === found || this.#isKnown(pattern)) {
      this.#again.push(request)
      return undefined
    }
    const added = this.#newPackage(request, found)
    this.#packages.push(added)
    pattern.pkg = added
    this.#addName(pattern, added)
    return added
  }

  /** Also where a resolution has led elsewhere who else asks for the pattern: it explains nothing here. */
  #findFitting(pattern: Pattern<F>): F | undefined {
    const found = this.#resolving.find(pattern)
    const isLocked = found !== undefined && found.link === undefined && found.copied === undefined
    if (isLocked && satisfies(found.version, pattern.range) === false) this.#resolving.onMisfit(pattern, found)
    return found
  }

  #isKnown(pattern: Pattern<F>): boolean {
    if (this.#known.has(pattern)) return true
    if (this.#findKnown(pattern) === undefined) return false
    this.#known.add(pattern)
    return true
  }

  /** A package of this name and version is there already; or, where the range is none, the same copied directory. */
  #findKnown({ pkg, found, name, range }: Pattern<F>): YarnPackage<F> | undefined {
    if (found === undefined || pkg?.found === found) return pkg
    const others = this.#patternsByName.get(name)
    if (others === undefined) return undefined
    const isVersioned = isRange(range)
    const wanted = isVersioned ? found.version : range
    for (let at = 0; at < others.length; at += 1) {
      const known = others[at]?.pkg
      if (known === undefined) continue
      if (known.found.version === wanted) return known
      if (!isVersioned && found.copied !== undefined && known.found.copied === found.copied) return known
    }
    return undefined
  }

  #addRequest(known: YarnPackage<F>, request: Request<F>): void {
    known.requests.push(request)
    this.#addPattern(request.pattern, known)
    known.isOptional &&= request.optional
  }

  #addPattern(pattern: Pattern<F>, known: YarnPackage<F>): void {
    if (pattern.pkg === known) return
    pattern.pkg = known
    known.patterns.push(pattern)
    this.#addName(pattern, known)
  }

  #addName(pattern: Pattern<F>, { found }: YarnPackage<F>): void {
    const patterns = this.#patternsByName.get(found.name)
    if (patterns === undefined) this.#patternsByName.set(found.name, [pattern])
    else if (!patterns.includes(pattern)) patterns.push(pattern)
  }

  /** True when `resolutions` say what the pattern means: then nothing below it is asked for. Those of the project itself are not changed. */
  #followResolution({ pattern, parents, optional }: Request<F>): boolean {
    const { resolutions } = this.#resolving
    if (parents === undefined || resolutions.length === 0) return false
    const resolution = findResolution(resolutions, pattern.name, printChain(parents))
    if (resolution === undefined) return false
    const known = this.#get(resolution.pattern).pkg
    if (known === undefined) this.#waiting.push(new Request(pattern, parents, optional))
    else this.#addPattern(pattern, known)
    return true
  }

  #newPackage(request: Request<F>, found: F): YarnPackage<F> {
    const { asks, link } = found
    const index = this.#packages.length
    const patternsOf = (list: readonly NamedRange[]): Pattern<F>[] => list.map((each) => this.#get(printPattern(each)))
    if (isTidy(asks)) {
      return new YarnPackage(request, found, { index, dependencies: patternsOf(asks.dependencies), optional: none })
    }
    const { dependencies, optionalDependencies, devDependencies } = tidyAsks(asks)
    const optional = patternsOf(optionalDependencies)
    const dev = link?.kind === 'workspace' ? patternsOf(devDependencies) : []
    const all = [...patternsOf(dependencies), ...optional, ...dev]
    return new YarnPackage(request, found, { index, dependencies: all, optional: new Set(optional) })
  }
}

const none: ReadonlySet<never> = new Set<never>()

/** What it needs is asked for on the next level. */
function ask<F extends FoundPackage>(
  { found, dependencies, optional }: YarnPackage<F>,
  by: Request<F>,
  next: Request<F>[],
): void {
  if (dependencies.length === 0) return
  const parents = new Chain(found, by.parents)
  dependencies.forEach((pattern) => {
    next.push(new Request(pattern, parents, by.optional || (optional.size > 0 && optional.has(pattern))))
  })
}

export function printPattern(ask: NamedRange): string {
  // By index: destructuring iterates.
  return `${ask[0]}@${ask[1]}`
}
