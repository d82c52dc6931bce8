/** The graph → packages of the model, each distinct one once however many peers it stands with, and the roots that ask for them. */
import { isSameDigest } from '../../../../src/digest/sri.ts'
import { packageId } from '../../../../src/model/lock.ts'
import type { Condition, Edge, LockedPackage, PackageId, Root } from '../../../../src/model/lock.ts'
import type { NonEmpty, Source } from '../../../../src/model/source.ts'
import type { Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import type { Registries } from '../../registry.ts'
import { readWords } from '../entry.ts'
import { whereOf } from './lock-file.ts'
import type { PnpmLock, Snapshot } from './lock-file.ts'
import type { Child, ImporterNode, PnpmGraph, PnpmNode, Target } from './lock-graph.ts'
import { locatePnpm } from './resolution.ts'
import type { PnpmSettings } from './settings.ts'

export interface PackagesOptions {
  readonly lock: PnpmLock
  readonly settings: PnpmSettings
  readonly manifests: ReadonlyMap<string, Fields>
  readonly registries: Registries
  readonly report: (problem: Problem) => void
  /** See ProjectFiles. */
  readonly reach: number | undefined
  /** package.json of a directory that is linked and no importer; undefined when there is none. */
  readonly findManifest: (path: string) => Fields | undefined
}

export interface Packages {
  readonly packages: ReadonlyMap<PackageId, LockedPackage>
  readonly idOf: (node: PnpmNode) => PackageId
  readonly roots: NonEmpty<Root>
}

interface Draft extends LockedPackage {
  readonly dependencies: Edge[]
}

export function buildPackages(graph: PnpmGraph, options: PackagesOptions): Packages {
  const builder = new PackagesBuilder(options)
  for (const node of graph.nodes.values()) builder.addNode(node)
  for (const { importer } of graph.importers.values()) if (importer.path !== '') builder.directoryId(importer.path)
  for (const node of graph.nodes.values()) builder.addEdges(node)
  return { packages: builder.packages, idOf: builder.idOf, roots: builder.roots(graph) }
}

class PackagesBuilder {
  readonly packages = new Map<PackageId, Draft>()
  readonly #options: PackagesOptions
  readonly #ids = new Map<PnpmNode, PackageId>()
  readonly #directories = new Map<string, PackageId>()
  /** Name and version → the sources they stand for, each with its id. */
  readonly #byName = new Map<string, { readonly source: Source; readonly id: PackageId }[]>()

  constructor(options: PackagesOptions) {
    this.#options = options
  }

  readonly idOf = (node: PnpmNode): PackageId => {
    const id = this.#ids.get(node)
    if (id === undefined) throw new Error(`${node.key} has no package`)
    return id
  }

  addNode(node: PnpmNode): void {
    const { snapshot, name, version, published } = node
    const source = locatePnpm(snapshot, { name, version: published }, this.#options)
    if (source === undefined) {
      this.#ids.set(node, packageId(name, version))
      return
    }
    const id = this.#idFor(node, source)
    this.#ids.set(node, id)
    if (!this.packages.has(id)) this.packages.set(id, this.#draft(id, node, [source]))
  }

  /** Peers make several nodes of one package; an archive or commit of the same name and version is another package. */
  #idFor({ name, version }: PnpmNode, source: Source): PackageId {
    const key = `${name}@${version}`
    const known = this.#byName.get(key)
    const found = known?.find((one) => isSameSource(one.source, source))
    if (found !== undefined) return found.id
    const id = packageId(name, version, known === undefined ? undefined : sourceText(source))
    if (known === undefined) this.#byName.set(key, [{ source, id }])
    else known.push({ source, id })
    return id
  }

  #draft(id: PackageId, { snapshot, name, version }: PnpmNode, sources: NonEmpty<Source>): Draft {
    const { lock, settings } = this.#options
    const when = readCondition(snapshot, settings)
    const hasInstallScript = lock.grammar === 9 ? undefined : snapshot.fields.boolean('requiresBuild') === true
    return {
      id,
      name,
      version,
      sources,
      dependencies: [],
      where: whereOf(snapshot),
      when,
      hasInstallScript,
    }
  }

  addEdges(node: PnpmNode): void {
    const known = this.packages.get(this.idOf(node))?.dependencies
    if (known === undefined) return
    const isFirst = known.length === 0
    node.children.forEach((child, as) => {
      const to = this.#targetId(child.to)
      const kind = child.optional ? 'optional' : 'prod'
      if (isFirst || !known.some((edge) => edge.as === as && edge.to === to && edge.kind === kind))
        known.push({ as, to, kind })
    })
  }

  #targetId(to: Target): PackageId {
    return to.kind === 'node' ? this.idOf(to.node) : this.directoryId(to.path)
  }

  /** A directory of the project that is a package. */
  directoryId(path: string): PackageId {
    const known = this.#directories.get(path)
    if (known !== undefined) return known
    const manifest = this.#options.manifests.get(path) ?? this.#options.findManifest(path)
    const name = textOf(manifest, 'name') ?? (path === '' ? '.' : path)
    const version = textOf(manifest, 'version') ?? ''
    const plain = packageId(name, version)
    const id = this.packages.has(plain) ? packageId(name, version, path) : plain
    this.#directories.set(path, id)
    const source: Source = { kind: 'local', form: 'directory', path, digests: [] }
    const where = manifest?.where() ?? { file: this.#options.lock.file }
    this.packages.set(id, { id, name, version, sources: [source], dependencies: [], where })
    return id
  }

  roots({ importers }: PnpmGraph): NonEmpty<Root> {
    let project: Root = { path: '', dependencies: [] }
    const members: Root[] = []
    for (const [path, importer] of importers) {
      const root = this.#root(path, importer)
      if (path === '') project = root
      else members.push(root)
    }
    return [project, ...members]
  }

  #root(path: string, { importer, children }: ImporterNode): Root {
    const manifest = this.#options.manifests.get(path)
    const ranges = new Map(importer.asks.map(({ alias, specifier }) => [alias, specifier]))
    const dependencies = [...children].map(([as, { to, kind }]: [string, Child & { kind: Edge['kind'] }]) => {
      const range = ranges.get(as)
      return { as, to: this.#targetId(to), kind, ...(range === undefined ? {} : { range }) }
    })
    const id = path === '' ? undefined : this.#directories.get(path)
    if (id !== undefined) this.packages.get(id)?.dependencies.push(...dependencies)
    const name = textOf(manifest, 'name')
    const version = textOf(manifest, 'version')
    return {
      path,
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
      dependencies,
    }
  }
}

function textOf(fields: Fields | undefined, key: string): string | undefined {
  const raw = fields?.raw(key)
  return typeof raw === 'string' ? raw : undefined
}

function isSameSource(a: Source, b: Source): boolean {
  if (a.kind === 'archive' && b.kind === 'archive') {
    const digest = a.digests[0]
    const other = b.digests[0]
    // Nearly always: spelling a digest out costs more than comparing it.
    if (digest !== undefined && other !== undefined && isSameDigest(digest, other)) return true
  }
  return sourceText(a) === sourceText(b)
}

/** What tells it from other sources of its name and version. */
function sourceText(source: Source): string {
  switch (source.kind) {
    case 'archive':
      return source.digests[0]?.hex.slice(0, 12) ?? source.urls[0]
    case 'indexed':
      return source.digests[0]?.hex.slice(0, 12) ?? source.index
    case 'git':
      return [source.rev.slice(0, 12), source.subdir ?? ''].join(source.subdir === undefined ? '' : ':')
    case 'local':
      return source.path
    case 'bundled':
      return 'bundled'
  }
}

const dimensions = ['os', 'cpu', 'libc'] as const

function readCondition(snapshot: Snapshot, { supported }: PnpmSettings): Condition | undefined {
  const { fields } = snapshot
  const engines = fields.has('engines') ? fields.object('engines') : undefined
  const node = engines?.has('node') === true ? engines.text('node') : undefined
  const lists: { os?: readonly string[]; cpu?: readonly string[]; libc?: readonly string[] } = {}
  for (const dimension of dimensions) {
    if (!fields.has(dimension)) continue
    const words = restrict(readWords(fields, dimension) ?? [], supported.get(dimension))
    if (words !== undefined) lists[dimension] = words
  }
  if (node === undefined && Object.keys(lists).length === 0) return undefined
  return { kind: 'platform', ...lists, ...(node === undefined ? {} : { engines: { node } }) }
}

/** `supportedArchitectures`: what is installed everywhere, because the project names it, has no condition. */
function restrict(words: readonly string[], supported: readonly string[] | undefined): readonly string[] | undefined {
  if (supported === undefined) return words
  const explicit = supported.filter((word) => word !== 'current')
  if (explicit.some((word) => admits(words, word))) return undefined
  return supported.includes('current') ? words : ['none']
}

function admits(words: readonly string[], word: string): boolean {
  if (words.includes(`!${word}`)) return false
  return words.includes(word) || words.includes('any') || words.every((each) => each.startsWith('!'))
}
