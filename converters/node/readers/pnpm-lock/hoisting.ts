/**
 * What pnpm hoists beside its strict tree: names that match `hoistPattern` into node_modules/.pnpm/node_modules, those of
 * `publicHoistPattern` into node_modules. Whoever stands nearest to the project wins, in pnpm's own order of walking.
 */
import type { Child, PnpmGraph, PnpmNode, Target } from './lock-graph.ts'
import type { PnpmSettings } from './settings.ts'

export interface Hoisted {
  readonly alias: string
  readonly to: Target
  readonly isPublic: boolean
}

export interface Hoisting {
  readonly settings: PnpmSettings
  /** pnpm's major version. */
  readonly major: number
  /** Names of workspace members, by directory, in pnpm's order; without the project. */
  readonly members: ReadonlyMap<string, string>
}

export function findHoisted(graph: PnpmGraph, { settings, major, members }: Hoisting): readonly Hoisted[] {
  const isPublic = matcherOf(settings.publicHoistPattern)
  const isPrivate = matcherOf(settings.hoistPattern)
  const names = settings.hoistWorkspacePackages ? members : new Map<string, string>()
  const taken = new Set(namesOfProject(graph, major))
  const hoisted: Hoisted[] = []
  const offer = (alias: string, to: Target): void => {
    const small = alias.toLowerCase()
    if (taken.has(small)) return
    const fitsPublic = isPublic(alias)
    if (!fitsPublic && !isPrivate(alias)) return
    taken.add(small)
    hoisted.push({ alias, to, isPublic: fitsPublic })
  }
  if (graph.nodes.size === 0 && major >= 10) return []
  const direct = directChildren(graph)
  for (const [path, name] of names) {
    const isAsked = direct.has(name)
    // pnpm 11 asks only whether a package has the name, and puts a member there even where package.json names it.
    if (major >= 11 && !isAsked) taken.delete(name.toLowerCase())
    offer(name, direct.get(name) ?? { kind: 'directory', path })
  }
  direct.forEach((to, alias) => offer(alias, to))
  for (const node of walk(graph, major)) {
    node.children.forEach(({ to }, alias) => {
      if (to.kind === 'node') offer(alias, to)
      // A directory is not hoisted; until pnpm 9 nothing else of its name is, either.
      else if (major <= 9) taken.add(alias.toLowerCase())
    })
  }
  return hoisted
}

/** What package.json itself asks for stands in node_modules anyway. */
function namesOfProject(graph: PnpmGraph, major: number): readonly string[] {
  const root = graph.importers.get('')
  if (root === undefined) return []
  // Since pnpm 10 only what is installed counts, before whatever is asked for; version 11 compares in small letters.
  const names = major >= 10 ? [...root.children.keys()] : root.importer.asks.map(({ alias }) => alias)
  return major >= 11 ? names.map((name) => name.toLowerCase()) : names
}

/**
 * Of all importers; the first that asks for a name decides. Sorted, as pnpm 11 takes them; older ones begin to read each one's .npmrc
 * in this order and go on in the order in which that ends, so their trees differ from run to run where members disagree.
 */
function directChildren({ importers }: PnpmGraph): ReadonlyMap<string, Target> {
  const direct = new Map<string, Target>()
  for (const { children } of importers.values()) {
    for (const [alias, { to }] of children) if (to.kind === 'node' && !direct.has(alias)) direct.set(alias, to)
  }
  return direct
}

/** Each package once, at the depth at which pnpm meets it first; that is not always the smallest. */
function walk({ importers }: PnpmGraph, major: number): readonly PnpmNode[] {
  const walked = new Set<PnpmNode>()
  const take = (children: ReadonlyMap<string, Child>): readonly PnpmNode[] => {
    const taken: PnpmNode[] = []
    children.forEach(({ to }) => {
      if (to.kind !== 'node' || walked.has(to.node)) return
      walked.add(to.node)
      taken.push(to.node)
    })
    return taken
  }
  const first = [...importers.values()].flatMap(({ children }) => take(children))
  // By depth, each under the text that they are sorted by: sorting texts needs no function that compares.
  const levels: Map<string, PnpmNode>[] = []
  // A stack of steps instead of recursion: chains of dependencies may be long.
  const steps: Step[] = [{ nodes: first, depth: 0 }]
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { nodes, depth } = step
    const level = (levels[depth] ??= new Map<string, PnpmNode>())
    const next: Step[] = []
    nodes.forEach((node) => {
      level.set(major >= 10 ? node.path : node.key, node)
      const taken = take(node.children)
      if (taken.length > 0) next.push({ nodes: taken, depth: depth + 1 })
    })
    steps.push(...next.reverse())
  }
  return levels.flatMap((level) => [...level.keys()].sort().flatMap((key) => level.get(key) ?? []))
}

interface Step {
  readonly nodes: readonly PnpmNode[]
  readonly depth: number
}

/** `*` stands for anything; `!` at the beginning excludes, whatever else matches before it. */
export function matcherOf(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => false
  const rules = patterns.map((pattern) => ({ isExclusion: pattern.startsWith('!'), test: testOf(pattern) }))
  const onlyExcludes = rules.every(({ isExclusion }) => isExclusion)
  return (name) => {
    let matches = onlyExcludes
    for (const { isExclusion, test } of rules) {
      if (matches !== isExclusion) continue
      if (test(name)) matches = !isExclusion
    }
    return matches
  }
}

function testOf(pattern: string): (name: string) => boolean {
  const glob = pattern.startsWith('!') ? pattern.slice(1) : pattern
  if (glob === '*') return () => true
  if (!glob.includes('*')) return (name) => name === glob
  const source = glob
    .split('*')
    .map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    .join('.*')
  const expression = new RegExp(`^${source}$`)
  return (name) => expression.test(name)
}
