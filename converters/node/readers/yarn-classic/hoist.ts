/**
 * What stands where in node_modules: yarn's own hoisting (lib/package-hoister.js), step by step, because every detail of its order
 * shows in the tree. Packages with peer dependencies are not hoisted above their peers; the lock file does not tell peers, so this
 * is done once without them, for the spec, and once more where the packages' manifests are at hand.
 */
import { isGlobMatch } from '../workspaces.ts'
import { Spot } from './hoisting-spot.ts'
import { mostWanted } from './most-wanted.ts'
import type { FoundPackage, YarnGraph, YarnPackage } from './resolve-patterns.ts'

export interface Hoisting<F extends FoundPackage> {
  readonly graph: YarnGraph<F>
  /** Patterns of the project, in yarn's order. */
  readonly roots: readonly string[]
  /** Name of the package that stands for the workspace and needs all its members; its `link` is the project. */
  readonly aggregator?: string | undefined
  /** Names of peers, where they are known. */
  readonly peersOf?: ((pkg: YarnPackage<F>) => readonly string[]) | undefined
  /** It cannot run here, and nobody insists on it. */
  readonly isUnfit?: ((pkg: YarnPackage<F>) => boolean) | undefined
}

/** What stands at one place. */
export interface HoistedPlace<F extends FoundPackage = FoundPackage> {
  readonly pkg: YarnPackage<F>
  /** In whose node_modules it stands; undefined: the project's. */
  readonly parent: HoistedPlace<F> | undefined
  /** False: only what is not installed needs it. */
  readonly isRequired: boolean
  /** The project itself asks for it. */
  readonly isDirect: boolean
  readonly isNohoist: boolean
  /** What it finds of what it needs, in the order of its dependencies. Only of places that are required. */
  readonly needs: readonly HoistedPlace<F>[]
}

/**
 * Packages that need other versions of themselves, or of each other, in a circle would stand inside each other without end: yarn does
 * not end then. `names`: the way down.
 */
export class EndlessNesting extends Error {
  readonly names: readonly string[]

  constructor(names: readonly string[]) {
    super(`packages inside each other: ${names.slice(0, 6).join(' > ')}`)
    this.names = names
  }
}

/** Names on a way down. Real trees are less than a tenth of it. */
const DEPTH_LIMIT = 100
/** Packages that were tried somewhere; a tree of 20,000 tries a few hundred thousand. */
const SEED_LIMIT = 4_000_000
/** More than can wait on one level; a rank times it is still a whole number. */
const LEVEL_LIMIT = 2 ** 30

/** Every place, parents before children. Throws EndlessNesting. */
export function hoist<F extends FoundPackage>(hoisting: Hoisting<F>): readonly HoistedPlace<F>[] {
  return new Hoister(hoisting).hoistAll()
}

/** A pattern, resolved once. */
export interface Need<F extends FoundPackage> {
  readonly pattern: string
  readonly pkg: YarnPackage<F>
  /** Of the pattern among all, by code unit. */
  readonly rank: number
  /** Who was last found to need it. */
  by: YarnPackage<F> | undefined
}

class Info<F extends FoundPackage> implements HoistedPlace<F> {
  readonly pkg: YarnPackage<F>
  spot: Spot<Info<F>>
  isRequired: boolean
  readonly isDirect: boolean
  isNohoist = false
  needs: readonly Info<F>[] = none
  /** The way it was asked for, for `nohoist`. */
  parentPath = ''
  nohoist: readonly string[] = []

  constructor(
    pkg: YarnPackage<F>,
    spot: Spot<Info<F>>,
    { isRequired, isDirect }: { isRequired: boolean; isDirect: boolean },
  ) {
    this.pkg = pkg
    this.spot = spot
    this.isRequired = isRequired
    this.isDirect = isDirect
  }

  get parent(): Info<F> | undefined {
    return this.spot.parent?.holder
  }

  isSame(other: Info<F>): boolean {
    if (this.pkg === other.pkg) return true
    const own = this.pkg.found
    const { found } = other.pkg
    return own.name === found.name && own.identity === found.identity
  }
}

/** An object, because taking a pair apart iterates, which costs more than all else while nothing is compiled yet. */
interface Waiting<F extends FoundPackage> {
  readonly need: Need<F>
  readonly parent: Info<F>
}

class Hoister<F extends FoundPackage> {
  readonly #hoisting: Hoisting<F>
  readonly #root = new Spot<Info<F>>('', undefined)
  readonly #byPattern = new Map<string, Need<F>>()
  readonly #needs = new Map<YarnPackage<F>, readonly Need<F>[]>()
  readonly #projectNohoist: readonly string[]
  #level: Waiting<F>[] = []
  #seeds = 0

  constructor(hoisting: Hoisting<F>) {
    this.#hoisting = hoisting
    const { graph, aggregator } = hoisting
    let rank = 0
    for (const pattern of [...graph.patterns.keys()].sort()) {
      const pkg = graph.patterns.get(pattern)
      if (pkg !== undefined) this.#byPattern.set(pattern, { pattern, pkg, rank, by: undefined })
      rank += 1
    }
    const found = aggregator === undefined ? undefined : this.#get(`${aggregator}@1.0.0`).pkg.found
    this.#projectNohoist = (found?.nohoist ?? []).map((glob) => this.#path(aggregator ?? '', glob))
  }

  hoistAll(): readonly HoistedPlace<F>[] {
    const roots = this.#distinct(this.#hoisting.roots.map((pattern) => this.#get(pattern)))
    const needsOf = (pkg: YarnPackage<F>): readonly Need<F>[] => this.#needsOf(pkg)
    for (const need of mostWanted<F, Need<F>>(roots, { needsOf, several: this.#severalVersions() })) {
      if (this.#root.find(need.pkg.found.name)?.holder === undefined) this.#seed(need, undefined, false)
    }
    for (const need of roots) this.#seed(need, undefined, true)
    while (this.#level.length > 0) {
      const level = this.#level
      this.#level = []
      for (const { need, parent } of this.#sorted(level)) {
        const info = this.#seed(need, parent, false)
        if (info !== undefined) this.#hoist(info)
      }
    }
    const places = this.#root.holdersBelow()
    this.#requireWhatIsNeeded(places)
    return places
  }

  /** Names of which there is more than one version. */
  #severalVersions(): ReadonlySet<string> {
    const versions = new Map<string, string>()
    const several = new Set<string>()
    for (const { pkg } of this.#byPattern.values()) {
      const { name, version } = pkg.found
      const known = versions.get(name)
      if (known === undefined) versions.set(name, version)
      else if (known !== version) several.add(name)
    }
    return several
  }

  #get(pattern: string): Need<F> {
    const need = this.#byPattern.get(pattern)
    if (need === undefined) throw new Error(`the pattern ${pattern} was never resolved`)
    return need
  }

  #needsOf(pkg: YarnPackage<F>): readonly Need<F>[] {
    const known = this.#needs.get(pkg)
    if (known !== undefined) return known
    const needs: Need<F>[] = []
    for (const pattern of pkg.dependencies) {
      const need = this.#get(pattern)
      // A pattern that stands twice is one need.
      if (need.by !== pkg) needs.push(need)
      need.by = pkg
    }
    this.#needs.set(pkg, needs)
    return needs
  }

  #peersOf(pkg: YarnPackage<F>): readonly string[] {
    return this.#hoisting.peersOf?.(pkg) ?? none
  }

  #distinct(needs: readonly Need<F>[]): readonly Need<F>[] {
    const seen = new Set<YarnPackage<F>>()
    return needs.filter(({ pkg }) => {
      const isNew = !seen.has(pkg)
      seen.add(pkg)
      return isNew
    })
  }

  /** By pattern; those without peers first. */
  #sorted(level: Waiting<F>[]): readonly Waiting<F>[] {
    const ranked = byRank(level)
    if (this.#hoisting.peersOf === undefined) return ranked
    const first: Waiting<F>[] = []
    const later: Waiting<F>[] = []
    // yarn compares the names of peers with patterns, so that peers count as there only where a pattern has no range.
    const there = new Set<string>()
    for (const waiting of ranked) {
      if (this.#peersOf(waiting.need.pkg).every((peer) => there.has(peer))) {
        first.push(waiting)
        there.add(waiting.need.pattern)
      } else later.push(waiting)
    }
    return [...first, ...later]
  }

  #seed({ pkg }: Need<F>, parent: Info<F> | undefined, isDirect: boolean): Info<F> | undefined {
    if (parent !== undefined && parent.spot.holder === undefined) return undefined
    const spot = (parent?.spot ?? this.#root).get(pkg.found.name)
    this.#seeds += 1
    if (spot.depth > DEPTH_LIMIT || this.#seeds > SEED_LIMIT) {
      throw new EndlessNesting([...spot.ancestors().slice(1), spot].map(({ name }) => name))
    }
    const isFit = this.#hoisting.isUnfit?.(pkg) !== true
    const info = new Info(pkg, spot, { isRequired: isFit && (isDirect || parent?.isRequired === true), isDirect })
    this.#readNohoist(info, parent)
    spot.holder = info
    taint(spot, info)
    for (const need of this.#needsOf(pkg)) this.#level.push({ need, parent: info })
    return info
  }

  #hoist(info: Info<F>): void {
    const { spot } = info
    spot.holder = undefined
    // What must not be hoisted stays within the first part of where it is.
    const highest = info.isNohoist && spot.depth > 1 ? 1 : 0
    const above = spot.ancestors()
    const duplicate = findDuplicate(info, above, highest)
    const to = duplicate ?? this.#findSpot(info, above, highest)
    if (to !== spot) {
      // From where it came to where it stands, nothing else of its name may be put between.
      for (let depth = to.depth - 1; depth < above.length; depth += 1) {
        const between = above[depth]
        if (between !== undefined) taint(between.get(spot.name), info)
      }
    }
    if (duplicate !== undefined) return
    info.spot = to
    to.holder = info
  }

  /** The highest place it can have. */
  #findSpot(info: Info<F>, above: Above<F>, highest: number): Spot<Info<F>> {
    const { spot } = info
    const peers = this.#peersOf(info.pkg)
    const isFree = (depth: number): boolean => {
      if (depth + 1 <= highest) return false
      const here = above[depth]?.find(spot.name)
      return here === undefined || here.holder?.isSame(info) === true || here.taint?.isSame(info) !== false
    }
    const lowest = spot.depth - 1
    let depth = lowest
    let isTaken = false
    for (; depth > highest; depth -= 1) {
      const here = above[depth]
      if (peers.some((peer) => here?.find(peer)?.holder !== undefined)) break
      const child = here?.find(spot.name)
      isTaken = child !== undefined && (child.holder !== undefined || (child !== spot && child.taint !== undefined))
      if (isTaken) break
    }
    if (!isFree(depth)) isTaken = true
    while (isTaken && depth < lowest) {
      depth += 1
      if (isFree(depth)) isTaken = false
    }
    return above[depth]?.get(spot.name) ?? spot
  }

  /** What is needed by what is installed is installed, wherever it stands. */
  #requireWhatIsNeeded(places: readonly Info<F>[]): void {
    const queue = places.filter(({ isRequired }) => isRequired)
    for (let info = queue.pop(); info !== undefined; info = queue.pop()) {
      const needs: Info<F>[] = []
      for (const { pkg } of this.#needsOf(info.pkg)) {
        const need = findHolder(info.spot, pkg.found.name)
        if (need === undefined) continue
        needs.push(need)
        if (need.isRequired || this.#hoisting.isUnfit?.(need.pkg) === true) continue
        need.isRequired = true
        queue.push(need)
      }
      info.needs = needs
    }
  }

  /** Only a workspace knows nohoist. */
  #readNohoist(info: Info<F>, parent: Info<F> | undefined): void {
    const { aggregator } = this.#hoisting
    if (aggregator === undefined) return
    const { name, nohoist = none } = info.pkg.found
    if (parent !== undefined) info.parentPath = this.#path(parent.parentPath, parent.pkg.found.name)
    else if (name !== aggregator) info.parentPath = aggregator
    const inherited = parent?.nohoist ?? (name === aggregator ? none : this.#projectNohoist)
    if (nohoist.length === 0 && inherited.length === 0) return
    const path = this.#path(info.parentPath, name)
    info.nohoist = [...nohoist.map((glob) => this.#path(path, glob)), ...inherited]
    const isTop = info.spot.depth === 1 || (info.spot.depth === 2 && info.spot.parent?.name === aggregator)
    info.isNohoist = !isTop && info.nohoist.some((glob) => isGlobMatch(glob, path))
  }

  #path(...names: readonly string[]): string {
    const path = names.map((name) => (name === this.#hoisting.aggregator ? '_project_' : name)).join('/')
    return path.startsWith('/') ? path : `/${path}`
  }
}

/** In the order of the ranks, equal ones as they were: one number per element is sorted without a comparing function. */
function byRank<F extends FoundPackage>(level: Waiting<F>[]): readonly Waiting<F>[] {
  const keys = new Float64Array(level.length)
  for (let at = 0; at < level.length; at += 1) keys[at] = (level[at]?.need.rank ?? 0) * LEVEL_LIMIT + at
  const sorted: Waiting<F>[] = []
  for (const key of keys.sort()) {
    const waiting = level[key % LEVEL_LIMIT]
    if (waiting !== undefined) sorted.push(waiting)
  }
  return sorted
}

type Above<F extends FoundPackage> = readonly Spot<Info<F>>[]

const none: readonly never[] = []

/** False when another package counts on the place. */
function taint<F extends FoundPackage>(spot: Spot<Info<F>>, info: Info<F>): void {
  if (spot.taint === undefined || spot.taint.isSame(info)) spot.taint = info
}

/** Where the same package stands already, further up, with nothing else of its name in between. */
function findDuplicate<F extends FoundPackage>(
  info: Info<F>,
  above: Above<F>,
  highest: number,
): Spot<Info<F>> | undefined {
  for (let depth = info.spot.depth - 2; depth >= highest; depth -= 1) {
    const spot = above[depth]?.find(info.spot.name)
    if (spot === undefined) continue
    if (spot.holder !== undefined) {
      if (!spot.holder.isSame(info)) return undefined
      if (info.isRequired) spot.holder.isRequired = true
      return spot
    }
    if (spot.taint?.isSame(info) === false) return undefined
  }
  return undefined
}

function findHolder<F extends FoundPackage>(from: Spot<Info<F>>, name: string): Info<F> | undefined {
  for (let spot: Spot<Info<F>> | undefined = from; spot !== undefined; spot = spot.parent) {
    const holder = spot.find(name)?.holder
    if (holder !== undefined) return holder
  }
  return undefined
}
