/** `[[package]]` of pdm.lock → packages. One name stands there once for itself and once for each set of extras: they become one. */
import type { Edge, LockedPackage } from '../../../../src/model/lock.ts'
import type { DirectReference } from '../../../../src/model/python.ts'
import type { NonEmpty, Source } from '../../../../src/model/source.ts'
import { shown, type Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import type { PdmProject } from '../../pdm/pdm-project.ts'
import { normalizeName } from '../../standards/name.ts'
import { byName, candidatesOf, edgeTo, findAsk } from '../ask.ts'
import { locatePath, locateUrl, type Located } from '../located.ts'
import { isFileName, readArchiveUrl, readDigest, readGit, readNearPath, RELOCK } from '../location.ts'
import { misnamedWheels, passedOver } from '../misnamed-wheels.ts'
import { nonEmpty, Packages, readMarker, readName, readVersion, reportAt, type DraftPackage } from '../packages.ts'

interface PdmEntry {
  readonly entry: Fields
  readonly name: string
  readonly version: string
  readonly extras: readonly string[]
  readonly groups?: readonly string[] | undefined
  readonly marker?: string | undefined
}

interface Reading extends Pick<PdmProject, 'sources' | 'project'> {
  readonly warn: (problem: Problem) => void
}

/** In the file's order. Faults are collected in the document. */
export function readPackages(root: Fields, { sources, project, warn }: Reading): readonly LockedPackage[] {
  const own = normalizeName(project.name ?? '')
  const entries = (root.objects('package') ?? []).flatMap(readEntry)
  const packages = new Packages()
  const drafts = new Map<string, DraftPackage>()
  for (const [key, same] of gather(entries)) {
    const draft = draftOf(same, packages, sources)
    if (draft === undefined) continue
    drafts.set(key, draft)
    if (draft.direct !== undefined) continue
    const [{ entry, name, version }] = same
    for (const problem of misnamedWheels(entry, 'files', { name, versions: [version] })) warn(passedOver(problem))
  }
  // What refers to a package that could not be read would only be told again.
  root.document.failIfAny()
  const named = byName(drafts.values())
  for (const entry of entries) {
    const draft = drafts.get(keyOf(entry))
    if (draft !== undefined) addEdges(entry, draft, { named, own })
  }
  return [...drafts.values()]
}

function readEntry(entry: Fields): readonly PdmEntry[] {
  const name = readName(entry)
  const version = readVersion(entry)
  if (name === undefined || version === undefined) return []
  const groups = entry.texts('groups')?.map((group) => (group === 'default' ? 'main' : normalizeName(group)))
  const marker = readMarker(entry, 'marker')
  return [{ entry, name, version, extras: (entry.texts('extras') ?? []).map(normalizeName), groups, marker }]
}

/** What makes entries the same package: name, version, and where it comes from. */
function keyOf({ entry, name, version }: PdmEntry): string {
  const places = ['git', 'revision', 'url', 'path', 'subdirectory'].map((key) => entry.text(key) ?? '')
  return [name, version, ...places].join('\n')
}

function gather(entries: readonly PdmEntry[]): ReadonlyMap<string, NonEmpty<PdmEntry>> {
  const gathered = new Map<string, NonEmpty<PdmEntry>>()
  for (const entry of entries) {
    const [first, ...rest] = gathered.get(keyOf(entry)) ?? []
    gathered.set(keyOf(entry), first === undefined ? [entry] : [first, ...rest, entry])
  }
  return gathered
}

function draftOf(
  entries: NonEmpty<PdmEntry>,
  packages: Packages,
  sources: PdmProject['sources'],
): DraftPackage | undefined {
  const [{ entry, name, version }] = entries
  const located = locate(entry, sources(name))
  if (located === undefined) return undefined
  return packages.add({ name, version, ...located, ...membership(entries), where: entry.where() })
}

/** Every group of one of the entries; under no marker where one of them has none. */
function membership(entries: NonEmpty<PdmEntry>): Pick<DraftPackage, 'groups' | 'markers'> {
  if (entries.some(({ groups }) => groups === undefined)) return {}
  const groups = [...new Set(entries.flatMap((one) => one.groups ?? []))]
  const markers: Record<string, string> = {}
  for (const group of groups) {
    const own = entries.filter((one) => one.groups?.includes(group))
    const texts = [...new Set(own.map(({ marker }) => marker))]
    if (texts.includes(undefined)) continue
    markers[group] = texts.length === 1 ? (texts[0] ?? '') : texts.map((text) => `(${text ?? ''})`).join(' or ')
  }
  return { groups, ...(Object.keys(markers).length === 0 ? {} : { markers }) }
}

function locate(entry: Fields, index: string): Located | undefined {
  const editable: DirectReference = entry.boolean('editable') === true ? { editable: true } : {}
  const git = entry.text('git')
  if (git !== undefined) {
    const source = readGit(
      { url: git, rev: entry.text('revision'), subdir: entry.text('subdirectory') },
      reportAt(entry, 'git'),
    )
    const reference = entry.text('ref')
    return source && { sources: [source], direct: { ...editable, ...(reference === undefined ? {} : { reference }) } }
  }
  const foreign = ['hg', 'svn', 'bzr'].find((vcs) => entry.has(vcs))
  if (foreign !== undefined) {
    return reportAt(entry, foreign)('source-unsupported', `repositories of the type ${foreign} cannot be fetched`)
  }
  const path = entry.text('path')
  if (path !== undefined) {
    const inside = readNearPath(path, reportAt(entry, 'path'), entry.document)
    return inside === undefined ? undefined : locatePath(inside, digestsOf(entry), editable)
  }
  const url = entry.text('url')
  if (url !== undefined) return locateUrl(entry, url, () => digestsOf(entry))
  const files = (entry.objects('files') ?? []).map((file) => readFile(file, index))
  const sources = nonEmpty(files.filter((source) => source !== undefined))
  if (sources !== undefined) return { sources }
  if (files.length > 0) return undefined
  return reportAt(entry)('source-missing', `no file of ${shown(entry.text('name') ?? '')} is locked`, RELOCK)
}

function digestsOf(entry: Fields) {
  return (entry.objects('files') ?? []).slice(0, 1).flatMap((file) => readHash(file) ?? [])
}

function readHash(file: Fields) {
  const hash = file.text('hash')
  return hash === undefined ? undefined : readDigest(hash, reportAt(file, 'hash'))
}

/** `{ file, hash }`, or with the strategy static_urls `{ url, hash }`. */
function readFile(file: Fields, index: string): Source | undefined {
  const url = file.text('url')
  const archive = url === undefined ? undefined : readArchiveUrl(url, reportAt(file, 'url'))
  if (url !== undefined && archive === undefined) return undefined
  const name = archive?.fileName ?? file.requiredText('file')
  if (name === undefined) return undefined
  if (!isFileName(name)) {
    const message = `${shown(name)} is not the name of a wheel or a source archive`
    return reportAt(file, url === undefined ? 'file' : 'url')('name-invalid', message)
  }
  const digest = readHash(file)
  if (archive !== undefined)
    return { kind: 'archive', urls: [archive.url], digests: digest === undefined ? [] : [digest] }
  if (digest !== undefined) return { kind: 'indexed', index, filename: name, digests: [digest] }
  return file.has('hash') ? undefined : reportAt(file)('integrity-missing', `${shown(name)} has no hash`, RELOCK)
}

interface Locked {
  readonly named: ReadonlyMap<string, readonly LockedPackage[]>
  /** The project's own name. */
  readonly own: string
}

/** PEP 508 texts. An entry for extras needs the package itself, which is the same one, and what the extras add. */
function addEdges({ entry, extras }: PdmEntry, draft: DraftPackage, { named, own }: Locked): void {
  for (const text of entry.texts('dependencies') ?? []) {
    const ask = findAsk(text, entry, 'dependencies')
    // Packages may need the project itself, which is not locked.
    if (ask === undefined || ask.name === own) continue
    const edges = candidatesOf(ask, named.get(ask.name) ?? []).map(({ id }) => edgeTo(id, ask))
    if (edges.length === 0 && ask.marker === undefined) {
      const message = `${shown(draft.name)} needs ${shown(ask.name)}, which is not in the file`
      entry.addProblem('lock-inconsistent', message, { key: 'dependencies', hint: 'run pdm lock' })
    }
    for (const edge of edges) {
      if (edge.to === draft.id && edge.extras === undefined) continue
      if (extras.length === 0) draft.dependencies.push(edge)
      else
        draft.dependencies.push(
          ...extras.map((extra): Edge => ({ ...edge, kind: 'optional', group: `extra:${extra}` })),
        )
    }
  }
}
