/**
 * What stands where in node_modules: yarn's own hoisting (lib/package-hoister.js), step by step, because every detail of its order
 * shows in the tree. Packages with peer dependencies are not hoisted above their peers; the lock file does not tell peers, so this
 * is done once without them, for the spec, and once more where the packages' manifests are at hand.
 */
import { HoistedPlace } from './hoisted-place.ts'
import { Spot } from './hoisting-spot.ts'
import { mostWanted } from './most-wanted.ts'
import { findNohoist } from './nohoist.ts'
import type { Nohoist } from './nohoist.ts'
import { packageOf } from './pattern.ts'
import type { FoundPackage, Pattern, YarnPackage } from './pattern.ts'
import type { YarnGraph } from './resolve-patterns.ts'
import { inYarnsOrder, Waiting } from './waiting.ts'

export interface Hoisting<F extends FoundPackage> {
  readonly graph: YarnGraph<F>
  /** Name of the package that stands for the workspace and needs all its members; its `link` is the project. */
  readonly aggregator?: string | undefined
  /** Names of peers, where they are known. */
  readonly peersOf?: ((pkg: YarnPackage<F>) => readonly string[]) | undefined
  /** It cannot run here, and nobody insists on it. */
  readonly isUnfit?: ((pkg: YarnPackage<F>) => boolean) | undefined
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

/** Every place, parents before children. Throws EndlessNesting. */
export function hoist<F extends FoundPackage>(hoisting: Hoisting<F>): readonly HoistedPlace<F>[] {
  return new Hoister(hoisting).hoistAll()
}

class Hoister<F extends FoundPackage> {
  private readonly hoisting: Hoisting<F>
  private readonly root = new Spot<F>('', undefined)
  private readonly nohoist: Nohoist | undefined
  /**
   * Whether a place that was left may be taken again, so that what was needed from there still counts: where one package may need
   * two of one name, or where something is not hoisted although the same package stands above.
   */
  private readonly returns: boolean
  private level: Waiting<F>[] = []
  private seeds = 0

  constructor(hoisting: Hoisting<F>) {
    const { graph, aggregator, peersOf } = hoisting
    this.hoisting = hoisting
    this.nohoist = findNohoist(graph.packages, aggregator)
    this.returns = peersOf !== undefined || this.nohoist !== undefined || graph.packages.some(isNamedOtherwise)
  }

  hoistAll(): readonly HoistedPlace<F>[] {
    const { graph } = this.hoisting
    const roots = distinct(graph.roots)
    mostWanted(roots, graph.packages).forEach((pattern) => {
      if (this.root.find(packageOf(pattern).found.name)?.holder === undefined) this.placeAtTop(pattern, false)
    })
    roots.forEach((pattern) => this.placeAtTop(pattern, true))
    while (this.level.length > 0) {
      const { level } = this
      this.level = []
      inYarnsOrder(level, this.hoisting.peersOf).forEach((waiting) => this.place(waiting))
    }
    const places = this.root.holdersBelow()
    this.requireWhatIsNeeded(places)
    return places
  }

  private peersOf(pkg: YarnPackage<F>): readonly string[] {
    return this.hoisting.peersOf?.(pkg) ?? none
  }

  private isUnfit(pkg: YarnPackage<F>): boolean {
    return this.hoisting.isUnfit?.(pkg) === true
  }

  private placeAtTop(pattern: Pattern<F>, isDirect: boolean): void {
    const pkg = packageOf(pattern)
    const spot = this.enter(this.root, pkg)
    const rules = this.nohoist?.rulesOf(pkg.found, undefined, true)
    this.stand(new HoistedPlace(pkg, spot, { isRequired: isDirect && !this.isUnfit(pkg), isDirect, rules }))
  }

  /** Below who needs it at first, and from there as far up as it may. */
  private place({ pattern, parent }: Waiting<F>): void {
    if (parent.spot.holder === undefined) return
    const pkg = packageOf(pattern)
    const spot = this.enter(parent.spot, pkg)
    spot.holder = undefined
    const isTop = spot.depth === 2 && spot.parent?.name === this.hoisting.aggregator
    const rules = this.nohoist?.rulesOf(pkg.found, parent.rules, isTop)
    // What must not be hoisted stays within the first part of where it is.
    const highest = rules?.isNohoist === true ? 1 : 0
    const isRequired = parent.isRequired && !this.isUnfit(pkg)
    const known = spot.findAbove(pkg, highest)
    if (known?.holder !== undefined) {
      if (isRequired) known.holder.isRequired = true
      spot.taintUpTo(known, pkg)
      if (this.returns) this.await(new HoistedPlace(pkg, spot, { isRequired, isDirect: false, rules }))
      return
    }
    const to = this.highestSpot(spot, pkg, highest)
    if (to !== spot) spot.taintUpTo(to, pkg)
    this.stand(new HoistedPlace(pkg, to, { isRequired, isDirect: false, rules }))
  }

  private enter(above: Spot<F>, pkg: YarnPackage<F>): Spot<F> {
    const spot = above.get(pkg.found.name)
    this.seeds += 1
    if (spot.depth > DEPTH_LIMIT || this.seeds > SEED_LIMIT) throw new EndlessNesting(spot.way())
    spot.taintWith(pkg)
    return spot
  }

  private stand(info: HoistedPlace<F>): void {
    info.spot.holder = info
    this.await(info)
  }

  private await(info: HoistedPlace<F>): void {
    info.pkg.dependencies.forEach((pattern) => this.level.push(new Waiting(pattern, info)))
  }

  /** The highest place it can have. */
  private highestSpot(spot: Spot<F>, pkg: YarnPackage<F>, highest: number): Spot<F> {
    const { name } = spot
    const peers = this.peersOf(pkg)
    let free = spot.parent
    for (let above = free; above !== undefined; above = above.parent) {
      const here = above.find(name)
      const isLast = above.depth <= highest || (peers.length > 0 && above.holdsAny(peers))
      const isFree =
        here === undefined ||
        (isLast ? here.isOpenTo(pkg) : here === spot || (here.holder === undefined && here.taint === undefined))
      if (isFree) free = above
      if (isLast || !isFree) break
    }
    return free?.get(name) ?? spot
  }

  /** What is needed by what is installed is installed, wherever it stands. */
  private requireWhatIsNeeded(places: readonly HoistedPlace<F>[]): void {
    const queue = places.filter(({ isRequired }) => isRequired)
    for (let info = queue.pop(); info !== undefined; info = queue.pop()) {
      const { spot } = info
      const needs: HoistedPlace<F>[] = []
      info.pkg.dependencies.forEach((pattern) => {
        const need = findHolder(spot, packageOf(pattern).found.name)
        if (need === undefined) return
        needs.push(need)
        if (need.isRequired || this.isUnfit(need.pkg)) return
        need.isRequired = true
        queue.push(need)
      })
      info.needs = needs
    }
  }
}

/** Asked for by another name than that of its directory. */
function isNamedOtherwise({ found, patterns }: YarnPackage): boolean {
  return patterns.some(({ name }) => name !== found.name)
}

function distinct<F extends FoundPackage>(patterns: readonly Pattern<F>[]): readonly Pattern<F>[] {
  const seen = new Set<YarnPackage<F>>()
  return patterns.filter((pattern) => {
    const pkg = packageOf(pattern)
    const isNew = !seen.has(pkg)
    seen.add(pkg)
    return isNew
  })
}

const none: readonly never[] = []

function findHolder<F extends FoundPackage>(from: Spot<F>, name: string): HoistedPlace<F> | undefined {
  for (let spot: Spot<F> | undefined = from; spot !== undefined; spot = spot.parent) {
    const holder = spot.find(name)?.holder
    if (holder !== undefined) return holder
  }
  return undefined
}
