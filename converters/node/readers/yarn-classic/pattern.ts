/** What a yarn.lock is about: patterns (`ms@^2.1.1`), the packages they mean, and who asks for them. Each is one object, so nothing is looked up twice. */
import type { Asks } from './asks.ts'

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

/** `@s/a@^1.0.0` → name and range; what has no range means `latest`. */
export function splitPattern(pattern: string): { readonly name: string; readonly range: string } {
  const at = pattern.indexOf('@', 1)
  if (at === -1) return { name: pattern, range: 'latest' }
  const range = pattern.slice(at + 1)
  return { name: pattern.slice(0, at), range: range === '' ? '*' : range }
}

/** One object per text, however often it is asked for. */
export class Pattern<F extends FoundPackage = FoundPackage> {
  readonly text: string
  readonly name: string
  readonly range: string
  /** What the lock file or the project has for it, once it was looked for. */
  found: F | undefined = undefined
  /** Which package it means; undefined: nobody asked for it, or not yet. */
  pkg: YarnPackage<F> | undefined = undefined
  /** Among all patterns that mean something, by code unit. */
  rank = 0

  constructor(text: string) {
    const { name, range } = splitPattern(text)
    this.text = text
    this.name = name
    this.range = range
  }
}

/** Of a pattern that was resolved. */
export function packageOf<F extends FoundPackage>({ pkg, text }: Pattern<F>): YarnPackage<F> {
  if (pkg === undefined) throw new Error(`the pattern ${text} was never resolved`)
  return pkg
}

/** One package, however many patterns lead to it. */
export class YarnPackage<F extends FoundPackage = FoundPackage> {
  /** Among all packages, in the order of being found. */
  readonly index: number
  readonly found: F
  readonly patterns: Pattern<F>[]
  /** Of what it needs, each once; its peers are added when they are known. */
  dependencies: readonly Pattern<F>[]
  /** Those among them that it can do without. */
  readonly optional: ReadonlySet<Pattern<F>>
  readonly requests: Request<F>[]
  /** Nobody needs it who is needed. */
  isOptional: boolean

  /** `first`: who asks for it first. */
  constructor(
    first: Request<F>,
    found: F,
    { index, dependencies, optional }: Pick<YarnPackage<F>, 'index' | 'dependencies' | 'optional'>,
  ) {
    this.index = index
    this.found = found
    // Most have no others, for which an empty list would make room.
    this.patterns = [first.pattern]
    this.requests = [first]
    this.isOptional = first.optional
    this.dependencies = dependencies
    this.optional = optional
  }

  canDoWithout({ patterns }: YarnPackage<F>): boolean {
    return this.optional.size > 0 && hasAny(this.optional, patterns)
  }

  isSame(other: YarnPackage<F>): boolean {
    if (this === other) return true
    return this.found.name === other.found.name && this.found.identity === other.found.identity
  }
}

/** A function of its own, because a callback is made whenever the function around it is called, whether it is needed or not. */
function hasAny<T>(set: ReadonlySet<T>, list: readonly T[]): boolean {
  return list.some((each) => set.has(each))
}

/** Somebody asking for a pattern. */
export class Request<F extends FoundPackage = FoundPackage> {
  readonly pattern: Pattern<F>
  /** Who leads here, beginning with who asks; undefined at the top. */
  readonly parents: Chain<F> | undefined
  readonly optional: boolean

  constructor(pattern: Pattern<F>, parents: Chain<F> | undefined, optional: boolean) {
    this.pattern = pattern
    this.parents = parents
    this.optional = optional
  }
}

export class Chain<F extends FoundPackage = FoundPackage> {
  readonly found: F
  readonly parents: Chain<F> | undefined
  readonly length: number

  constructor(found: F, parents: Chain<F> | undefined) {
    this.found = found
    this.parents = parents
    this.length = parents === undefined ? 1 : parents.length + 1
  }
}

/** Names from the top down, with slashes. */
export function printChain(last: Chain): string {
  const names: string[] = []
  for (let at: Chain | undefined = last; at !== undefined; at = at.parents) names.push(at.found.name)
  return names.reverse().join('/')
}
