/** Every package of yarn's tree gets its source and its id. */
import { packageId } from '../../../../src/model/lock.ts'
import type { Edge, LockedPackage, PackageId } from '../../../../src/model/lock.ts'
import type { NonEmpty, Source } from '../../../../src/model/source.ts'
import { isPackageName } from '../../package-name.ts'
import { distinctSources } from '../distinct-sources.ts'
import type { Candidate } from '../distinct-sources.ts'
import type { HoistedPlace } from './hoisted-place.ts'
import type { YarnPackage } from './pattern.ts'
import type { YarnEntry } from './yarn-entry.ts'
import type { Found } from './yarn-graph.ts'
import type { YarnManifest } from './yarn-project.ts'
import { locateYarn } from './yarn-sources.ts'
import type { Locating } from './yarn-sources.ts'

export type YarnFound = Found<YarnEntry, YarnManifest>
type Pkg = YarnPackage<YarnFound>

/** A package whose needs are not known yet. */
export interface Draft extends LockedPackage {
  dependencies: readonly Edge[]
}

interface YarnCandidate extends Candidate<YarnEntry> {
  readonly pkgs: Pkg[]
}

/** By index of yarn's package; of `count` ones those that stand somewhere. Without those whose source cannot be had; that is reported. */
export function namePackages(
  standing: ReadonlyMap<string, HoistedPlace<YarnFound>>,
  count: number,
  locating: Locating,
): readonly (Draft | undefined)[] {
  const drafts = Array.from<Draft | undefined>({ length: count })
  const seen = new Uint8Array(count)
  const taken = new Set<PackageId>()
  const candidates = new Candidates(locating)
  standing.forEach(({ pkg }) => {
    const { index, found } = pkg
    if (seen[index] === 1) return
    seen[index] = 1
    if (found.entry === undefined) drafts[index] = draftLocal(found, taken)
    else candidates.add(pkg, found.entry)
  })
  const report: Locating['report'] = (problem) =>
    locating.report({ ...problem, hint: 'remove both entries and run yarn install, which writes them anew' })
  distinctSources(candidates.list, { report }).forEach(({ id, source, members }) => {
    const [{ name, version, entry }] = members
    const draft = newDraft(id, { name, version, source, where: entry.where })
    members.forEach(({ pkgs }) => pkgs.forEach(({ index }) => (drafts[index] = draft)))
  })
  return drafts
}

class Candidates {
  readonly list: YarnCandidate[] = []
  private readonly locating: Locating
  private readonly byPattern = new Map<string, YarnCandidate>()

  constructor(locating: Locating) {
    this.locating = locating
  }

  add(pkg: Pkg, entry: YarnEntry): void {
    const [pattern = ''] = entry.patterns
    const name = realName(pkg)
    // What has one pattern is one package.
    if (entry.patterns.length === 1) return void this.addNew(pattern, name, { pkg, entry })
    const first = this.byPattern.get(pattern)
    const path = first === undefined || first.name === name ? pattern : `${pattern} (${name})`
    const known = this.byPattern.get(path)
    if (known !== undefined) return void known.pkgs.push(pkg)
    const added = this.addNew(path, name, { pkg, entry })
    if (added !== undefined) this.byPattern.set(path, added)
  }

  private addNew(
    path: string,
    name: string,
    { pkg, entry }: { readonly pkg: Pkg; readonly entry: YarnEntry },
  ): YarnCandidate | undefined {
    const source = locateYarn(entry, name, this.locating)
    if (source === undefined) return undefined
    const pkgs = [pkg]
    const added = { entry, path, name, version: entry.version ?? '', source, pkgs }
    this.list.push(added)
    return added
  }
}

/** The name behind an alias (`a@npm:b@^1.0.0`). */
function realName({ found, patterns }: Pkg): string {
  const alias = patterns.find(({ range }) => range.startsWith('npm:') && isPackageName(aliased(range)))
  return alias === undefined ? found.name : aliased(alias.range)
}

function aliased(range: string): string {
  return /^npm:((?:@[^/@]+\/)?[^@]+)/.exec(range)?.[1] ?? ''
}

/** undefined: a linked directory that is no package. */
function draftLocal({ name, version, link, copied, manifest }: YarnFound, taken: Set<PackageId>): Draft | undefined {
  const path = link?.dir ?? copied
  if (path === undefined || manifest === undefined) return undefined
  const plain = packageId(name, version)
  const id = taken.has(plain) ? packageId(name, version, path) : plain
  taken.add(id)
  const source: Source = { kind: 'local', form: 'directory', path, digests: [] }
  return newDraft(id, { name, version, source, where: manifest.fields.where() })
}

function newDraft(
  id: PackageId,
  { name, version, source, where }: Pick<LockedPackage, 'name' | 'version' | 'where'> & { readonly source: Source },
): Draft {
  // A list inside of what is written out here would cost ten times as much.
  const sources: NonEmpty<Source> = [source]
  return { id, name, version, sources, dependencies: noEdges, where }
}

const noEdges: readonly Edge[] = []
