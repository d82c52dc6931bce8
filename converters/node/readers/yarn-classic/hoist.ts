/**
 * What stands where in node_modules: yarn's own hoisting (lib/package-hoister.js), step by step, because every detail of its order
 * shows in the tree. Packages with peer dependencies are not hoisted above their peers; the lock file does not tell peers, so this
 * is done once without them, for the spec, and once more where the packages' manifests are at hand.
 */
import { isGlobMatch } from '../workspaces.ts'
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
  /** False: only what is not installed needs it. */
  readonly isRequired: boolean
  /** The project itself asks for it. */
  readonly isDirect: boolean
  readonly isNohoist: boolean
  /** Names from the top down. */
  readonly parts: readonly string[]
}

/** Names from the top, joined with `#` → what stands there, in yarn's order. */
export type HoistedTree<F extends FoundPackage = FoundPackage> = ReadonlyMap<string, HoistedPlace<F>>

export function hoist<F extends FoundPackage>(hoisting: Hoisting<F>): HoistedTree<F> {
  const hoister = new Hoister(hoisting)
  hoister.seedAll()
  return hoister.tree
}

interface Info<F extends FoundPackage> {
  readonly pkg: YarnPackage<F>
  key: string
  parts: readonly string[]
  isRequired: boolean
  readonly isDirect: boolean
  isNohoist: boolean
  /** The way it was asked for, for `nohoist`. */
  parentPath: string
  nohoist: readonly string[]
}

type Waiting<F extends FoundPackage> = readonly [pattern: string, parent: Info<F>]

class Hoister<F extends FoundPackage> {
  readonly tree = new Map<string, Info<F>>()
  readonly #hoisting: Hoisting<F>
  readonly #tainted = new Map<string, Info<F>>()
  readonly #wsNohoist: readonly string[]
  #level: Waiting<F>[] = []

  constructor(hoisting: Hoisting<F>) {
    this.#hoisting = hoisting
    const { aggregator } = hoisting
    const found = aggregator === undefined ? undefined : this.#get(`${aggregator}@1.0.0`).found
    this.#wsNohoist = (found?.nohoist ?? []).map((glob) => this.#path(aggregator ?? '', glob))
  }

  seedAll(): void {
    const { roots } = this.#hoisting
    this.#hoistMostWanted(roots)
    for (const pattern of this.#distinct(roots)) this.#seed(pattern, undefined, true)
    while (this.#level.length > 0) {
      const level = this.#level
      this.#level = []
      for (const [pattern, parent] of this.#sorted(level)) {
        const info = this.#seed(pattern, parent, false)
        if (info !== undefined) this.#hoist(info)
      }
    }
    this.#requireWhatIsNeeded()
  }

  #get(pattern: string): YarnPackage<F> {
    const pkg = this.#hoisting.graph.patterns.get(pattern)
    if (pkg === undefined) throw new Error(`the pattern ${pattern} was never resolved`)
    return pkg
  }

  #peersOf(pkg: YarnPackage<F>): readonly string[] {
    return this.#hoisting.peersOf?.(pkg) ?? []
  }

  #distinct(patterns: readonly string[]): readonly string[] {
    const seen = new Set<YarnPackage<F>>()
    return patterns.filter((pattern) => {
      const pkg = this.#get(pattern)
      const isNew = !seen.has(pkg)
      seen.add(pkg)
      return isNew
    })
  }

  /** By pattern; those without peers first. */
  #sorted(level: Waiting<F>[]): readonly Waiting<F>[] {
    level.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    if (this.#hoisting.peersOf === undefined) return level
    const first: Waiting<F>[] = []
    const later: Waiting<F>[] = []
    // yarn compares the names of peers with patterns, so that peers count as there only where a pattern has no range.
    const there = new Set<string>()
    for (const waiting of level) {
      const peers = this.#peersOf(this.#get(waiting[0]))
      if (peers.every((peer) => there.has(peer))) {
        first.push(waiting)
        there.add(waiting[0])
      } else later.push(waiting)
    }
    return [...first, ...later]
  }

  /** Where there are several versions of a name, the one most packages need comes to the top before all others. */
  #hoistMostWanted(roots: readonly string[]): void {
    const names = this.#countNeeders(roots)
    const taken = new Set(roots.map((pattern) => this.#get(pattern).found.name))
    for (const name of [...names.keys()].sort()) {
      const versions = names.get(name)
      if (versions === undefined || versions.size < 2 || this.tree.has(name) || taken.has(name)) continue
      let most: Needers<F> | undefined
      for (const version of [...versions.keys()].sort()) {
        const needers = versions.get(version)
        if (needers !== undefined && needers.by.size > (most?.by.size ?? 0)) most = needers
      }
      if (most !== undefined && most.by.size > 1) this.#seed(most.pattern, undefined, false)
    }
  }

  /** Name → version → who needs it directly. A walk into depth that does not follow circles. */
  #countNeeders(roots: readonly string[]): ReadonlyMap<string, ReadonlyMap<string, Needers<F>>> {
    const names = new Map<string, Map<string, Needers<F>>>()
    const walked = new Set<string>()
    const above = new Set<YarnPackage<F>>()
    const stack: { pkg: YarnPackage<F>; next: number }[] = []
    const visit = (pattern: string, by: YarnPackage<F> | undefined): void => {
      const pkg = this.#get(pattern)
      if (above.has(pkg)) return
      const versions = names.get(pkg.found.name) ?? new Map<string, Needers<F>>()
      names.set(pkg.found.name, versions)
      const needers = versions.get(pkg.found.version) ?? { pattern, by: new Set() }
      versions.set(pkg.found.version, needers)
      if (by !== undefined) needers.by.add(by)
      if (walked.has(pattern)) return
      walked.add(pattern)
      above.add(pkg)
      stack.push({ pkg, next: 0 })
    }
    for (const root of this.#distinct(roots).toSorted()) {
      visit(root, undefined)
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const pattern = top.pkg.dependencies[top.next]
        top.next += 1
        if (pattern !== undefined) visit(pattern, top.pkg)
        else above.delete(stack.pop()?.pkg ?? top.pkg)
      }
    }
    return names
  }

  #seed(pattern: string, parent: Info<F> | undefined, isDirect: boolean): Info<F> | undefined {
    if (parent !== undefined && !this.tree.has(parent.key)) return undefined
    const pkg = this.#get(pattern)
    const isFit = this.#hoisting.isUnfit?.(pkg) !== true
    const parts = [...(parent?.parts ?? []), pkg.found.name]
    const info: Info<F> = {
      pkg,
      key: parts.join('#'),
      parts,
      isRequired: isFit && (isDirect || parent?.isRequired === true),
      isDirect,
      isNohoist: false,
      parentPath: '',
      nohoist: [],
    }
    this.#readNohoist(info, parent)
    this.tree.set(info.key, info)
    this.#taint(info.key, info)
    for (const need of new Set(pkg.dependencies)) this.#level.push([need, info])
    return info
  }

  /** False when another package holds the place. */
  #taint(key: string, info: Info<F>): boolean {
    const other = this.#tainted.get(key)
    if (other !== undefined && !isSame(other, info)) return false
    this.#tainted.set(key, info)
    return true
  }

  #hoist(info: Info<F>): void {
    const { key, parts } = info
    this.tree.delete(key)
    const found = this.#findParts(info)
    if (found.isDuplicate) return this.#taintBelow(info, parts, found.parts.length)
    const newKey = found.parts.join('#')
    if (newKey !== key) this.#taintBelow(info, parts, found.parts.length)
    info.key = newKey
    info.parts = found.parts
    this.tree.set(newKey, info)
  }

  /** From where it came to where it stands, nothing else of its name may be put between. */
  #taintBelow(info: Info<F>, oldParts: readonly string[], length: number): void {
    const above = oldParts.slice(0, -1)
    for (let i = length - 1; i < above.length; i += 1)
      this.#taint([...above.slice(0, i), info.pkg.found.name].join('#'), info)
  }

  /** The highest place it can have. */
  #findParts(info: Info<F>): { readonly parts: readonly string[]; readonly isDuplicate: boolean } {
    const { name } = info.pkg.found
    const lowest = info.isNohoist && info.parts.length > 1 ? 1 : 0
    const parts = info.parts.slice(0, -1)
    const duplicate = this.#findDuplicate(info, parts, lowest)
    if (duplicate !== undefined) return { parts: duplicate, isDuplicate: true }
    const peers = this.#peersOf(info.pkg)
    const removed: string[] = []
    let isTaken = false
    while (parts.length > lowest) {
      const here = parts.join('#')
      if (peers.some((peer) => this.tree.has(`${here}#${peer}`))) break
      const key = `${here}#${name}`
      if (this.tree.has(key) || (key !== info.key && this.#tainted.has(key))) {
        isTaken = true
        break
      }
      removed.push(parts.pop() ?? '')
    }
    parts.push(name)
    if (!this.#isFree(parts, info, lowest)) isTaken = true
    while (isTaken && removed.length > 0) {
      parts.pop()
      parts.push(removed.pop() ?? '', name)
      if (this.#isFree(parts, info, lowest)) isTaken = false
    }
    return { parts, isDuplicate: false }
  }

  /** Where the same package stands already, further up, with nothing else of its name in between. */
  #findDuplicate(info: Info<F>, above: readonly string[], lowest: number): readonly string[] | undefined {
    const { name } = info.pkg.found
    for (let i = above.length - 1; i >= lowest; i -= 1) {
      const parts = [...above.slice(0, i), name]
      const key = parts.join('#')
      const existing = this.tree.get(key)
      if (existing !== undefined) {
        if (!isSame(existing, info)) return undefined
        if (info.isRequired) existing.isRequired = true
        return parts
      }
      const tainted = this.#tainted.get(key)
      if (tainted !== undefined && !isSame(tainted, info)) return undefined
    }
    return undefined
  }

  #isFree(parts: readonly string[], info: Info<F>, lowest: number): boolean {
    if (parts.length <= lowest) return false
    const key = parts.join('#')
    const existing = this.tree.get(key)
    if (existing !== undefined && isSame(existing, info)) return true
    const tainted = this.#tainted.get(key)
    return tainted === undefined || isSame(tainted, info)
  }

  #requireWhatIsNeeded(): void {
    const queue = [...this.tree.values()].filter(({ isRequired }) => isRequired)
    for (let info = queue.pop(); info !== undefined; info = queue.pop()) {
      for (const pattern of info.pkg.dependencies) {
        const need = this.#findNeed(info, pattern)
        if (need === undefined || need.isRequired || this.#hoisting.isUnfit?.(need.pkg) === true) continue
        need.isRequired = true
        queue.push(need)
      }
    }
  }

  #findNeed({ parts }: Info<F>, pattern: string): Info<F> | undefined {
    const { name } = this.#get(pattern).found
    for (let i = parts.length; i >= 0; i -= 1) {
      const existing = this.tree.get([...parts.slice(0, i), name].join('#'))
      if (existing !== undefined) return existing
    }
    return undefined
  }

  #readNohoist(info: Info<F>, parent: Info<F> | undefined): void {
    const { aggregator } = this.#hoisting
    // Only a workspace knows nohoist.
    if (aggregator === undefined) return
    const { name, nohoist = [] } = info.pkg.found
    if (parent !== undefined) info.parentPath = this.#path(parent.parentPath, parent.pkg.found.name)
    else if (name !== aggregator) info.parentPath = aggregator
    const inherited = parent === undefined ? (name === aggregator ? [] : this.#wsNohoist) : parent.nohoist
    const path = this.#path(info.parentPath, name)
    info.nohoist = [...nohoist.map((glob) => this.#path(path, glob)), ...inherited]
    const isTop = info.parts.length === 1 || (info.parts.length === 2 && info.parts[0] === aggregator)
    info.isNohoist = !isTop && info.nohoist.some((glob) => isGlobMatch(glob, path))
  }

  #path(...names: readonly string[]): string {
    const path = names.map((name) => (name === this.#hoisting.aggregator ? '_project_' : name)).join('/')
    return path.startsWith('/') ? path : `/${path}`
  }
}

interface Needers<F extends FoundPackage> {
  readonly pattern: string
  readonly by: Set<YarnPackage<F>>
}

function isSame<F extends FoundPackage>(a: Info<F>, b: Info<F>): boolean {
  return a.pkg === b.pkg || (a.pkg.found.name === b.pkg.found.name && a.pkg.found.identity === b.pkg.found.identity)
}
