/** Names → packages, as Bun resolves them when it reads its lock file: by looking upwards along an entry's key. */
import { withoutGaps } from '../../../../src/model/without-gaps.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { runsSomewhere } from '../../layout/platform.ts'
import type { AskKind, BunAsk, BunEntry, BunWorkspace } from './read-packages.ts'

/** A package, once, wherever it stands. */
export interface GraphPackage {
  /** Of the first entry, with the digest of the first that has one; of a member, what Bun would write for it. */
  entry: BunEntry
  /** Set for the project and its members. */
  readonly workspace?: BunWorkspace | undefined
  /** What of its dependencies is installed. Bundled ones are not among them: they come along. */
  needs: readonly GraphNeed[]
  /** Peers that need not be there and that no package along the key is. */
  loosePeers: readonly BunAsk[]
}

const none: readonly never[] = []

export interface GraphNeed {
  readonly name: string
  readonly kind: AskKind
  readonly optional: boolean
  readonly range: string
  readonly to: GraphPackage
}

export interface LockGraph {
  readonly project: GraphPackage
  readonly members: readonly GraphPackage[]
  /** By what an entry calls itself. */
  readonly packages: ReadonlyMap<string, GraphPackage>
}

export interface GraphParts {
  readonly workspaces: readonly BunWorkspace[]
  readonly entries: readonly BunEntry[]
  readonly report: (problem: Problem) => void
}

/** Reports what is asked for and not locked, which Bun refuses, too. */
export function resolveGraph({ workspaces, entries, report }: GraphParts): LockGraph {
  const packages = new Map<string, GraphPackage>()
  const byKey = new Map<string, GraphPackage>()
  const project = workspaceOf(workspaces.find(({ path }) => path === ''))
  const members: GraphPackage[] = []
  for (const workspace of workspaces) {
    if (workspace.path === '') continue
    const member = workspaceOf(workspace)
    members.push(member)
    byKey.set(member.entry.name, member)
    packages.set(identity(member.entry), member)
  }
  const own: GraphPackage[] = []
  entries.forEach((entry) => {
    const id = identity(entry)
    let pkg = packages.get(id)
    if (pkg === undefined) {
      pkg = { entry, workspace: undefined, needs: none, loosePeers: none }
      packages.set(id, pkg)
      own.push(pkg)
    } else if (entry.integrity !== undefined && pkg.workspace === undefined) {
      // Bun writes none for what it took over from a lock file that had none.
      const { integrity = entry.integrity } = pkg.entry
      if (integrity !== entry.integrity) report(contradiction(entry, pkg))
      else pkg.entry = { ...pkg.entry, integrity }
    }
    byKey.set(entry.key, pkg)
  })
  const bundled = new Set(entries.filter(({ isBundled }) => isBundled).map(({ key }) => key))
  const holders = new Set<string>()
  byKey.forEach((_, key) => {
    if (key.includes('/')) holders.add(parentKey(key))
  })
  const resolver: Resolver = { byKey, holders, bundled, report }
  resolveAsks(project, '', resolver)
  if (members.length > 0) project.needs = [...members.map(memberNeed), ...project.needs]
  for (const member of members) resolveAsks(member, member.entry.name, resolver)
  own.forEach((pkg) => resolveAsks(pkg, pkg.entry.key, resolver))
  return { project, members, packages }
}

function workspaceOf(workspace: BunWorkspace | undefined): GraphPackage {
  const { path = '', name = path, where = { file: '' }, asks = [] } = workspace ?? {}
  const resolution = path === '' ? ({ kind: 'root' } as const) : ({ kind: 'workspace', path } as const)
  const entry: BunEntry = {
    key: name,
    id: '',
    name,
    where,
    resolution,
    asks,
    hasInstallScript: false,
    isBundled: false,
  }
  return { entry, workspace, needs: none, loosePeers: none }
}

function memberNeed(to: GraphPackage): GraphNeed {
  return { name: to.entry.name, kind: 'workspace', optional: false, range: '', to }
}

/** Entries with the same identity are one package for Bun, wherever they stand. */
function identity({ id, name, resolution, registry }: BunEntry): string {
  switch (resolution.kind) {
    case 'npm':
      return registry === undefined ? id : `${id} ${registry}`
    case 'workspace':
      return `workspace:${resolution.path}`
    case 'folder':
    case 'link':
      return `${name}@${resolution.kind}:${resolution.path}`
    case 'root':
      return 'root'
    case 'tarball':
    case 'git':
      return `${name}@${resolution.url}`
    case 'github':
      return `${name}@github:${resolution.repository}#${resolution.rev}`
    case 'unknown':
      return `${name}@?${resolution.text}`
  }
}

interface Resolver {
  readonly byKey: ReadonlyMap<string, GraphPackage>
  /** Keys below which there are others. */
  readonly holders: ReadonlySet<string>
  readonly bundled: ReadonlySet<string>
  readonly report: (problem: Problem) => void
}

function resolveAsks(pkg: GraphPackage, key: string, resolver: Resolver): void {
  const { entry } = pkg
  if (entry.asks.length === 0) return
  const { byKey, bundled, report } = resolver
  const prefixes = prefixesOf(key, resolver)
  const needs = entry.asks.map((ask): GraphNeed | undefined => {
    const { name, kind, optional, range } = ask
    if (bundled.size > 0 && bundled.has(`${key}/${name}`)) return undefined
    const to = (prefixes.length > 0 ? findBelow(prefixes, name, byKey) : undefined) ?? byKey.get(name)
    if (to === undefined) {
      if (!optional) report(missing(entry, ask))
      else if (kind === 'peer') pkg.loosePeers = [...pkg.loosePeers, ask]
      return undefined
    }
    // What is installed nowhere takes no part: it would keep places from others that Bun gives to them.
    if (optional && to.entry.when !== undefined && !runsSomewhere(to.entry.when)) return undefined
    return { name, kind, optional, range, to }
  })
  pkg.needs = withoutGaps(needs)
}

function missing({ where, key }: BunEntry, { name, range }: BunAsk): Problem {
  return {
    code: 'lock-inconsistent',
    message: `${shown(key)} needs ${shown(`${name}@${range}`)}, which the lock file does not hold`,
    where,
    hint: 'run bun install, which writes the lock file anew',
  }
}

function contradiction({ where, key }: BunEntry, { entry }: GraphPackage): Problem {
  return {
    code: 'lock-inconsistent',
    message: `${shown(key)} has another digest than ${shown(entry.key)}, and is the same package`,
    where,
    hint: 'remove both entries and run bun install, which writes them anew',
  }
}

/** Of `a/b` and name `c` those of the keys `a/b/c` and `a/c` that there may be, without the name. At last it is `c`. */
function prefixesOf(key: string, { holders }: Resolver): readonly string[] {
  const prefixes: string[] = []
  if (holders.size === 0) return prefixes
  for (let from = key; from !== ''; from = parentKey(from)) if (holders.has(from)) prefixes.push(`${from}/`)
  return prefixes
}

function findBelow(prefixes: readonly string[], name: string, byKey: Resolver['byKey']): GraphPackage | undefined {
  for (const prefix of prefixes) {
    const found = byKey.get(prefix + name)
    if (found !== undefined) return found
  }
  return undefined
}

/** `@s/a/@s/b` → `@s/a` → ''. */
function parentKey(key: string): string {
  if (!key.includes('/')) return ''
  const last = key.lastIndexOf('/')
  const before = key.lastIndexOf('/', last - 1)
  // A scope is no directory of its own.
  return key[before + 1] === '@' ? key.slice(0, Math.max(0, before)) : key.slice(0, last)
}
