/**
 * What two locks, or a lock and a spec, are compared by: each package with its versions, and where the bytes of a version come from.
 * What has no bytes of its own (a directory of the project, what comes inside another package) is not in it.
 */
import { isStrong, parseSri, printSri } from '../digest/sri.ts'
import type { Digest } from '../model/digest.ts'
import type { Lock, PackageManager } from '../model/lock.ts'
import type { Source } from '../model/source.ts'
import type { SpecPart, SpecSource } from '../spec/build-spec.ts'
import { cleanStoreName } from '../spec/store-name.ts'

/** A kind of digest: the name of a commit is as good as one. */
export const COMMIT = 'commit'

/** Name → version → its files. */
export type PackageTable = ReadonlyMap<string, ReadonlyMap<string, readonly StatedSource[]>>

export interface StatedSource {
  /** A host, a git repository without its scheme, or `the project`; several where it may be any of them. */
  readonly origins: readonly string[]
  /** Which of the version's files it is, where there are several. */
  readonly file?: string | undefined
  readonly digests: readonly StatedDigest[]
}

/** One of a kind can be compared with another of the same kind only. */
export interface StatedDigest {
  /** An algorithm, `commit`, or the words for how a checksum is computed that is no digest of the file. */
  readonly kind: string
  readonly isStrong: boolean
  /** As it is shown. */
  readonly text: string
}

/** The package manager itself, which a lock holds like a package, is left out unless asked for: builds have it among their sources. */
export function tableOfLock({ packages, manager }: Lock, { withManager = false } = {}): PackageTable {
  const own = withManager ? new Set<string>() : managerIds(manager)
  const table = new TableBuilder()
  for (const { id, name, version, sources } of packages.values()) {
    if (own.has(id)) continue
    for (const source of sources) table.add(name, version, stateSource(source))
  }
  return table.versions
}

function managerIds(manager: PackageManager | undefined): ReadonlySet<string> {
  return new Set([manager?.package ?? '', ...Object.values(manager?.binaries ?? {})])
}

/**
 * `pinned`: with the digests that builds check. `stated`: with those that the lock file had, to compare with a lock file.
 * `skip`: ids of sources that do not count.
 */
export function tableOfPart(
  { sources }: Pick<SpecPart, 'sources'>,
  digests: 'pinned' | 'stated',
  skip: (id: string) => boolean = () => false,
): PackageTable {
  const table = new TableBuilder()
  for (const [id, source] of Object.entries(sources)) {
    const { name, version, file } = splitSourceId(id, source)
    if (!skip(id)) table.add(name, version, { ...stateSpecSource(source, digests), file })
  }
  return table.versions
}

class TableBuilder {
  readonly versions = new Map<string, Map<string, StatedSource[]>>()

  add(name: string, version: string, source: StatedSource | undefined): void {
    if (source === undefined) return
    const versions = this.versions.get(name) ?? new Map<string, StatedSource[]>()
    this.versions.set(name, versions)
    const sources = versions.get(version)
    if (sources === undefined) versions.set(version, [source])
    else sources.push(source)
  }
}

/** `@babel/core@7.0.0#qualifier/file.whl`: the name ends at the first @ that does not begin it. */
function splitSourceId(id: string, { name: storeName }: SpecSource): { name: string; version: string; file?: string } {
  const at = id.indexOf('@', 1)
  if (at === -1) return { name: id, version: '' }
  const rest = id.slice(at + 1)
  const last = rest.slice(rest.lastIndexOf('/') + 1)
  const isFile = last !== rest && cleanStoreName(last) === storeName
  const parts = { name: id.slice(0, at), version: rest.split(/[#/]/, 1)[0] ?? '' }
  return isFile ? { ...parts, file: last } : parts
}

function stateSource(source: Source): StatedSource | undefined {
  switch (source.kind) {
    case 'archive': {
      const digests = [...source.digests.map(stateDigest), ...stateClaim(source.claim)]
      return { origins: [hostOf(source.urls[0])], file: source.filename, digests }
    }
    case 'indexed': {
      const { index, others = [], filename: file } = source
      return { origins: [index, ...others].map(hostOf), file, digests: source.digests.map(stateDigest) }
    }
    case 'git':
      return stateCommit(source.url, source.rev)
    case 'local':
      if (source.form === 'directory') return undefined
      return { origins: [PROJECT], file: source.filename, digests: source.digests.map(stateDigest) }
    case 'bundled':
      return undefined
  }
}

const PROJECT = 'the project'

function stateSpecSource(source: SpecSource, digests: 'pinned' | 'stated'): StatedSource {
  if ('git' in source) return stateCommit(source.git, source.rev)
  const pinned = source.hash === undefined ? [] : parseSri(source.hash).map(stateDigest)
  if ('path' in source) return { origins: [PROJECT], digests: pinned }
  const { claim, urls } = source
  // The claim of a file that was found in an index is the index.
  const isStated = digests === 'stated' && claim !== undefined && !URL.canParse(claim)
  return { origins: [hostOf(urls[0] ?? '')], digests: isStated ? stateClaim(claim) : pinned }
}

function stateCommit(url: string, rev: string): StatedSource {
  return { origins: [repositoryOf(url)], digests: [{ kind: COMMIT, isStrong: true, text: rev }] }
}

function stateDigest(digest: Digest): StatedDigest {
  const { algorithm } = digest
  return { kind: algorithm, isStrong: isStrong(digest) || algorithm === 'blake2b', text: printSri(digest) }
}

/** Digests, or a checksum in words of its own, where what stands before the last slash says how it is computed. */
function stateClaim(claim: string | undefined): readonly StatedDigest[] {
  if (claim === undefined || claim === '') return []
  if (isSri(claim)) return parseSri(claim).map(stateDigest)
  return [{ kind: `checksum ${claim.slice(0, claim.lastIndexOf('/'))}`, isStrong: true, text: claim }]
}

function isSri(text: string): boolean {
  return /^(?:md5|sha\d+)-/.test(text)
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}

/** Schemes, users and `.git` say nothing of where it is. */
function repositoryOf(url: string): string {
  return url
    .replace(/^[a-z+]+:\/\//i, '')
    .replace(/^[^/@]*@/, '')
    .replace(/\.git$/, '')
}
