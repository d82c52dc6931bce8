/** `[[package]]` of poetry.lock → packages with their sources, through every place where Poetry has kept hashes. */
import type { DirectReference } from '../../../../src/model/python.ts'
import type { Digest } from '../../../../src/model/digest.ts'
import type { Source } from '../../../../src/model/source.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { readConstraint } from '../../poetry/dependency.ts'
import type { FindFileKinds } from '../../poetry/installer-settings.ts'
import { PUBLIC_INDEX } from '../../public-index.ts'
import { normalizeName } from '../../standards/name.ts'
import { localArchive, localDirectory, locateUrl, type Located } from '../located.ts'
import { readGit, readIndexUrl, readNearPath, RELOCK } from '../location.ts'
import { nonEmpty, Packages, readMarker, readName, readVersion, reportAt, type DraftPackage } from '../packages.ts'
import { filesOf, type LockedFile } from './locked-files.ts'

export interface PoetryEntry {
  readonly entry: Fields
  readonly pkg: DraftPackage
}

/** In the file's order. Faults are collected in the document. */
export function readPackages(root: Fields, metadata: Fields, kindsOf: FindFileKinds): ReadonlyMap<string, PoetryEntry> {
  const packages = new Packages()
  const entries = new Map<string, PoetryEntry>()
  const list = root.objects('package') ?? []
  const named = list.map((entry) => ({ entry, name: readName(entry), version: readVersion(entry) }))
  const versions = groupVersions(named)
  for (const { entry, name, version } of named) {
    const membership = readMembership(entry)
    readConstraint(entry, 'python-versions')
    if (name === undefined || version === undefined) continue
    const files = filesOf({ entry, name, version, versions: versions.get(name) ?? [] }, metadata)
    const source = entry.object('source')
    const located = source === undefined ? indexed(entry, files, PUBLIC_INDEX) : locate(entry, source, files)
    if (located === undefined) continue
    const fileKinds = located.sources[0].kind === 'indexed' ? kindsOf(name) : undefined
    const pkg = packages.add({ name, version, ...located, ...membership, fileKinds, where: entry.where() })
    entries.set(pkg.id, { entry, pkg })
  }
  return entries
}

function groupVersions(
  named: readonly { readonly name: string | undefined; readonly version: string | undefined }[],
): ReadonlyMap<string, readonly string[]> {
  const versions = new Map<string, string[]>()
  for (const { name, version } of named) {
    if (name === undefined || version === undefined) continue
    versions.set(name, [...(versions.get(name) ?? []), version])
  }
  return versions
}

function indexed(entry: Fields, files: readonly LockedFile[], index: string): Located | undefined {
  const sources = nonEmpty(
    files.map(({ name, digest }): Source => ({ kind: 'indexed', index, filename: name, digests: [digest] })),
  )
  if (sources !== undefined) return { sources }
  const listed = entry.raw('files')
  // A fault of a file has been reported.
  if (Array.isArray(listed) && listed.length > 0) return undefined
  return reportAt(entry)('source-missing', `no file of ${shown(entry.text('name') ?? '')} is locked`, RELOCK)
}

function locate(entry: Fields, source: Fields, files: readonly LockedFile[]): Located | undefined {
  const type = source.requiredText('type')
  const url = source.requiredText('url')
  if (type === undefined || url === undefined) return undefined
  const report = reportAt(source, 'url')
  const reference = source.text('reference')
  switch (type) {
    case 'legacy': {
      const index = readIndexUrl(url, report)
      return index === undefined ? undefined : indexed(entry, files, index)
    }
    case 'git': {
      const rev = source.text('resolved_reference')
      const git = readGit({ url, rev, subdir: source.text('subdirectory') }, report)
      return (
        git && { sources: [git], direct: { ...(reference === undefined ? {} : { reference }), ...editable(entry) } }
      )
    }
    case 'url':
      return locateUrl(source, url, (fileName) => digestsOf(files, fileName))
    case 'file': {
      const path = readNearPath(url, report, source.document)
      return path === undefined ? undefined : localArchive(path, digestsOf(files, path))
    }
    case 'directory': {
      const path = readNearPath(url, report, source.document)
      return path === undefined ? undefined : localDirectory(path, editable(entry))
    }
    default:
      return reportAt(source, 'type')('source-unsupported', `sources of the type ${shown(type)} are not known`)
  }
}

/** Of the file of that name, or of the only one. */
function digestsOf(files: readonly LockedFile[], path: string): readonly Digest[] {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const own = files.filter((file) => file.name === name)
  return (own.length > 0 || files.length !== 1 ? own : files).map(({ digest }) => digest)
}

function editable(entry: Fields): DirectReference {
  return entry.boolean('develop') === true ? { editable: true } : {}
}

type Membership = Pick<DraftPackage, 'groups' | 'markers'>

/** Since 2.1: for which groups it is locked, and under which marker; one for all, or one per group. */
function readMembership(entry: Fields): Membership {
  const groups = entry.texts('groups')?.map(normalizeName)
  if (groups === undefined) return {}
  const value = entry.raw('markers')
  if (value === undefined) return { groups }
  const markers: Record<string, string> = {}
  if (typeof value === 'string') {
    const marker = readMarker(entry, 'markers')
    if (marker !== undefined) for (const group of groups) markers[group] = marker
    return { groups, markers }
  }
  const table = entry.object('markers')
  for (const group of table?.keys() ?? []) {
    const marker = table === undefined ? undefined : readMarker(table, group)
    if (marker !== undefined) markers[normalizeName(group)] = marker
  }
  return { groups, markers }
}
