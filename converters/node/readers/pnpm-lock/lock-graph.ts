/**
 * Importers and entries → a graph: which packages are installed, under which directory of node_modules/.pnpm each stands, and whom
 * each name means for it. Entries that nothing leads to are not installed.
 */
import { shown } from '../../../../src/problem.ts'
import type { Code, Problem, Where } from '../../../../src/problem.ts'
import { isPackageName, isVersion } from '../../package-name.ts'
import { pathFault } from '../install-path.ts'
import { plainPath } from '../../../../src/text/locations.ts'
import { directoryName, keyOf, parseDepPath } from './dep-path.ts'
import type { DirectoryRules } from './dep-path.ts'
import { whereOf } from './lock-file.ts'
import type { Importer, PnpmLock, Snapshot, Texts } from './lock-file.ts'

export interface PnpmNode {
  readonly key: string
  readonly snapshot: Snapshot
  readonly name: string
  /** What the registry calls it, or what its manifest says. */
  readonly version: string
  /** Undefined when it is no package of a registry. */
  readonly published: string | undefined
  /** Install path of the directory that holds it and links to whom it needs. */
  readonly modules: string
  readonly path: string
  /** By alias, in pnpm's order. */
  readonly children: Map<string, Child>
}

export interface Child {
  readonly to: Target
  readonly optional: boolean
}

/** Another package, or a directory of the project. */
export type Target =
  | { readonly kind: 'node'; readonly node: PnpmNode }
  | { readonly kind: 'directory'; readonly path: string }

export interface PnpmGraph {
  /** By key, in the order they are found in. */
  readonly nodes: ReadonlyMap<string, PnpmNode>
  /** By directory, sorted, the project first. */
  readonly importers: ReadonlyMap<string, ImporterNode>
}

export interface ImporterNode {
  readonly importer: Importer
  readonly children: ReadonlyMap<string, Child & { readonly kind: 'prod' | 'dev' | 'optional' }>
}

export interface Graphing {
  readonly rules: DirectoryRules
  readonly report: (problem: Problem) => void
  /** What to do about what is outside of the project, where more is known than that. */
  readonly outside?: string | undefined
  /** Hears of a node that is left out; undefined where pnpm itself installs, which leaves out nothing. */
  readonly warn: ((problem: Problem) => void) | undefined
}

export const STORE = 'node_modules/.pnpm'

/** Reports names, paths and edges that cannot be. */
export function buildGraph(lock: PnpmLock, graphing: Graphing): PnpmGraph {
  return new GraphBuilder(lock, graphing).build()
}

const RELOCK = 'remove the lock file and run pnpm install, which writes it anew'

class GraphBuilder {
  readonly #lock: PnpmLock
  readonly #rules: DirectoryRules
  readonly #report: (problem: Problem) => void
  readonly #warn: Graphing['warn']
  readonly #outside: string | undefined
  readonly #nodes = new Map<string, PnpmNode>()
  readonly #directories = new Map<string, string>()
  readonly #queue: PnpmNode[] = []
  readonly #leftOut = new Set<string>()
  /** Names that were looked at. */
  readonly #accepted = new Set<string>()

  constructor(lock: PnpmLock, { rules, report, warn, outside }: Graphing) {
    this.#lock = lock
    this.#rules = rules
    this.#report = report
    this.#warn = warn
    this.#outside = outside
  }

  build(): PnpmGraph {
    const importers = new Map<string, ImporterNode>()
    const paths = [...this.#lock.importers.keys()].sort()
    for (const path of paths) {
      const importer = this.#lock.importers.get(path)
      if (importer !== undefined && this.#isPath(path, importer)) importers.set(path, this.#readImporter(importer))
    }
    for (let at = 0; at < this.#queue.length; at += 1) {
      const node = this.#queue[at]
      if (node !== undefined) this.#readChildren(node)
    }
    return { nodes: this.#nodes, importers }
  }

  #isPath(path: string, { fields }: Importer): boolean {
    const fault = path === '' ? undefined : pathFault(path)
    if (fault === undefined) return true
    this.#fault(fault.code, `${fault.message}: ${shown(path)}`, fields.where())
    return false
  }

  #readImporter(importer: Importer): ImporterNode {
    const children = new Map<string, Child & { kind: 'prod' | 'dev' | 'optional' }>()
    for (const { alias, kind, reference } of importer.asks) {
      const where = whereAsked(importer, alias, kind)
      if (!this.#isAlias(alias, where)) continue
      const key = keyOf(reference, alias, this.#rules.grammar)
      const to = this.#target({ key, reference, from: importer.path, mayLack: () => false, where })
      if (to !== undefined) children.set(alias, { to, kind, optional: kind === 'optional' })
    }
    return { importer, children }
  }

  #readChildren({ snapshot, children }: PnpmNode): void {
    const where = whereOf(snapshot)
    const read = (texts: Texts, optional: boolean): void => {
      texts.forEach((reference, alias) => {
        if (!this.#isAlias(alias, where)) return
        const key = keyOf(reference, alias, this.#rules.grammar)
        const node = key === undefined ? undefined : this.#nodes.get(key)
        const to: Target | undefined =
          node === undefined
            ? this.#target({ key, reference, from: '', mayLack: () => isPeer(snapshot, alias), where })
            : { kind: 'node', node }
        if (to !== undefined) children.set(alias, { to, optional })
      })
    }
    read(snapshot.dependencies, false)
    read(snapshot.optionalDependencies, true)
  }

  #target({ key, reference, from, mayLack, where }: Reference): Target | undefined {
    if (key === undefined) return this.#directory(reference.slice('link:'.length), from, where)
    if (this.#warn !== undefined && key.startsWith('node@runtime:')) return this.#leaveOut(key, where, this.#warn)
    const node = this.#nodes.get(key) ?? this.#addNode(key)
    if (node === 'broken') return undefined
    if (node !== undefined) return { kind: 'node', node }
    if (reference.startsWith('file:')) return this.#directory(reference.slice('file:'.length), '', where)
    if (!mayLack())
      this.#fault('lock-inconsistent', `${shown(key)} is needed, and the lock file does not hold it`, where)
    return undefined
  }

  /** What pnpm downloads there runs on few systems of Nix, and the build has its own. */
  #leaveOut(key: string, where: Where, warn: (problem: Problem) => void): undefined {
    const message = `${shown(key)} is left out: the build's own node runs programs and scripts`
    const hint = 'nodejs in default.nix chooses it, --node where there is no Nix'
    if (!this.#leftOut.has(key)) warn({ code: 'source-unsupported', message, where, hint })
    this.#leftOut.add(key)
    return undefined
  }

  #directory(text: string, from: string, where: Where): Target | undefined {
    const path = plainPath(from === '' || text.startsWith('/') ? text : `${from}/${text}`)
    const fault = path === '' ? undefined : pathFault(path)
    if (fault === undefined) return { kind: 'directory', path }
    const message = `${fault.message}: ${shown(text)}`
    const hint =
      (fault.code === 'path-escapes' ? this.#outside : undefined) ??
      fault.hint ??
      'keep linked packages inside the project'
    this.#report({ code: fault.code, message, where, hint })
    return undefined
  }

  #addNode(key: string): PnpmNode | 'broken' | undefined {
    const snapshot = this.#lock.packages.get(key)
    if (snapshot === undefined) return undefined
    const node = this.#readNode(key, snapshot)
    if (node === undefined) return 'broken'
    this.#nodes.set(key, node)
    this.#queue.push(node)
    return node
  }

  #readNode(key: string, snapshot: Snapshot): PnpmNode | undefined {
    const parsed = parseDepPath(key, this.#rules.grammar)
    const name = snapshot.fields.text('name') ?? parsed.name
    const version = snapshot.fields.text('version') ?? parsed.version ?? '0.0.0'
    if (name === undefined || !isPackageName(name)) {
      return this.#fault('name-invalid', `${shown(name ?? key)} is not a name that pnpm accepts`, whereOf(snapshot))
    }
    if (!isVersion(version)) {
      return this.#fault('name-invalid', `${shown(version)} is not a version that pnpm accepts`, whereOf(snapshot))
    }
    const directory = directoryName(key, this.#rules)
    const modules = `${STORE}/${directory}/node_modules`
    if (!this.#isOwnDirectory(key, directory, snapshot)) return undefined
    const path = `${modules}/${name}`
    return { key, snapshot, name, version, published: parsed.version, modules, path, children: new Map() }
  }

  /** No two packages in one directory, and none where the hoisted links are. */
  #isOwnDirectory(key: string, directory: string, snapshot: Snapshot): boolean {
    const other = this.#directories.get(directory)
    const fault = COMMON_DIRECTORY.test(directory) ? undefined : pathFault(directory)
    if (fault === undefined && other === undefined && directory !== 'node_modules' && directory.length <= LONGEST) {
      this.#directories.set(directory, key)
      return true
    }
    const message =
      fault === undefined && other !== undefined
        ? `${shown(key)} and ${shown(other)} would stand in one directory`
        : `${shown(key)} is no key that pnpm writes`
    this.#fault(fault?.code ?? 'lock-inconsistent', message, whereOf(snapshot))
    return false
  }

  #isAlias(alias: string, where: Where): boolean {
    if (this.#accepted.has(alias)) return true
    if (isPackageName(alias)) {
      this.#accepted.add(alias)
      return true
    }
    this.#fault('name-invalid', `${shown(alias)} is not a name that pnpm accepts`, where)
    return false
  }

  #fault(code: Code, message: string, where: Where): undefined {
    this.#report({ code, message, where, hint: RELOCK })
    return undefined
  }
}

/** Nearly every name of a directory: no part of it is a path's, and nothing else begins like `a@1`. */
const COMMON_DIRECTORY = /^@?[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9@._+-]*$/

/** A path component of a common file system. */
const LONGEST = 255

interface Reference {
  /** Of the package that is meant; undefined: it is a directory. */
  readonly key: string | undefined
  readonly reference: string
  /** The directory that a link is relative to. */
  readonly from: string
  /** Asked only when it is missing, as the place is. */
  readonly mayLack: () => boolean
  readonly where: Where
}

const fieldOf = { dev: 'devDependencies', prod: 'dependencies', optional: 'optionalDependencies' } as const

function whereAsked({ fields }: Importer, alias: string, kind: keyof typeof fieldOf): Where {
  return fields.document.where([...fields.path, fieldOf[kind], alias])
}

function isPeer({ fields }: Snapshot, alias: string): boolean {
  return fields.has('peerDependencies') && fields.object('peerDependencies')?.has(alias) === true
}
