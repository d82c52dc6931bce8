/** A path of names from the project down, as yarn's hoister sees it: what stands there, and whose place it may not become. */
import type { HoistedPlace } from './hoisted-place.ts'
import type { FoundPackage, YarnPackage } from './pattern.ts'

export class Spot<F extends FoundPackage> {
  readonly name: string
  readonly parent: Spot<F> | undefined
  /** How many names lead here; 0: the project. */
  readonly depth: number
  holder: HoistedPlace<F> | undefined = undefined
  /** Somebody above counts on finding this package when looking through here. */
  taint: YarnPackage<F> | undefined = undefined
  private inside: Map<string, Spot<F>> | undefined = undefined

  constructor(name: string, parent: Spot<F> | undefined) {
    this.name = name
    this.parent = parent
    this.depth = parent === undefined ? 0 : parent.depth + 1
  }

  find(name: string): Spot<F> | undefined {
    return this.inside?.get(name)
  }

  get(name: string): Spot<F> {
    const inside = (this.inside ??= new Map<string, Spot<F>>())
    const known = inside.get(name)
    if (known !== undefined) return known
    const spot = new Spot(name, this)
    inside.set(name, spot)
    return spot
  }

  /** Something stands right inside under one of these names. */
  holdsAny(names: readonly string[]): boolean {
    return names.some((name) => this.find(name)?.holder !== undefined)
  }

  /** Unless another package counts on the place. */
  taintWith(pkg: YarnPackage<F>): void {
    this.taint ??= pkg
  }

  /** No other package stands here, or counts on it. */
  isOpenTo(pkg: YarnPackage<F>): boolean {
    return this.holder?.pkg.isSame(pkg) === true || this.taint?.isSame(pkg) !== false
  }

  /** Where the same package stands already, further up, with nothing else of its name in between. `highest`: in whom it may stand. */
  findAbove(pkg: YarnPackage<F>, highest: number): Spot<F> | undefined {
    for (let above = this.parent?.parent; above !== undefined && above.depth >= highest; above = above.parent) {
      const spot = above.find(this.name)
      if (spot === undefined) continue
      if (spot.holder !== undefined) return spot.holder.pkg.isSame(pkg) ? spot : undefined
      if (spot.taint?.isSame(pkg) === false) return undefined
    }
    return undefined
  }

  /** From here, which is tainted already, up to where it stands, nothing else of its name may be put between. */
  taintUpTo(top: Spot<F>, pkg: YarnPackage<F>): void {
    for (let above = this.parent?.parent; above !== undefined && above.depth >= top.depth - 1; above = above.parent) {
      above.get(this.name).taintWith(pkg)
    }
  }

  /** Names from the top down to here. */
  way(): readonly string[] {
    return this.parent === undefined ? [] : [...this.parent.way(), this.name]
  }

  /** Parents before children. */
  holdersBelow(): readonly HoistedPlace<F>[] {
    const holders: HoistedPlace<F>[] = []
    // The list grows while it is walked.
    const spots: Spot<F>[] = [this]
    for (let at = 0, spot = spots[at]; spot !== undefined; spot = spots[++at]) {
      if (spot.holder !== undefined) holders.push(spot.holder)
      spot.inside?.forEach((inner) => spots.push(inner))
    }
    return holders
  }
}
