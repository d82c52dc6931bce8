/** A path of names from the project down, as yarn's hoister sees it: what stands there, and whose place it may not become. */

export class Spot<T> {
  readonly name: string
  readonly parent: Spot<T> | undefined
  /** How many names lead here; 0: the project. */
  readonly depth: number
  holder: T | undefined
  /** Somebody above counts on finding this package when looking through here. */
  taint: T | undefined
  #inside: Map<string, Spot<T>> | undefined

  constructor(name: string, parent: Spot<T> | undefined) {
    this.name = name
    this.parent = parent
    this.depth = parent === undefined ? 0 : parent.depth + 1
  }

  find(name: string): Spot<T> | undefined {
    return this.#inside?.get(name)
  }

  get(name: string): Spot<T> {
    const known = this.find(name)
    if (known !== undefined) return known
    const spot = new Spot(name, this)
    this.#inside ??= new Map()
    this.#inside.set(name, spot)
    return spot
  }

  /** From the project to the parent, by depth. */
  ancestors(): readonly Spot<T>[] {
    const above: Spot<T>[] = []
    for (let spot = this.parent; spot !== undefined; spot = spot.parent) above.push(spot)
    return above.reverse()
  }

  /** Parents before children. */
  holdersBelow(): readonly T[] {
    const holders: T[] = []
    // The list grows while it is walked.
    const spots: Spot<T>[] = [this]
    for (const spot of spots) {
      if (spot.holder !== undefined) holders.push(spot.holder)
      if (spot.#inside !== undefined) for (const inner of spot.#inside.values()) spots.push(inner)
    }
    return holders
  }
}
