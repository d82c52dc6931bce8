/** A category of Pipfile.lock → packages with their sources. */
import type { DirectReference } from '../../../../src/model/python.ts'
import type { NonEmpty, Source } from '../../../../src/model/source.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { PUBLIC_INDEX } from '../../public-index.ts'
import { isName, normalizeName } from '../../standards/name.ts'
import { findLocalProject } from '../local-projects.ts'
import { locatePath, type Located } from '../located.ts'
import { readArchiveUrl, readDigest, readGit, readIndexUrl, readNearPath } from '../location.ts'
import { isVersion, nonEmpty, readMarker, reportAt, type DraftPackage, type Packages } from '../packages.ts'

export interface PipfileEntry {
  readonly pkg: DraftPackage
  readonly category: string
  readonly marker?: string | undefined
  readonly extras: readonly string[]
}

export interface PipfileContext {
  readonly meta: Fields
  readonly packages: Packages
  readonly files: ProjectFiles
}

/** In the file's order. A package that stands in several categories is one. Faults are collected in the document. */
export function readEntries(root: Fields, category: string, context: PipfileContext): readonly PipfileEntry[] {
  const table = root.object(category)
  return [...(table?.entriesOfObjects() ?? [])].flatMap(([written, entry]) => {
    if (!isName(written)) {
      entry.addProblem('name-invalid', `${shown(written)} is not a name of a Python package`)
      return []
    }
    const name = normalizeName(written)
    const located = locate(entry, context)
    const version = located === undefined ? undefined : readVersion(entry, located.sources, context)
    const marker = readMarker(entry, 'markers')
    if (located === undefined || version === undefined) return []
    const extras = (entry.texts('extras') ?? []).map(normalizeName)
    const same = [...context.packages.all.values()].find(
      (pkg) => pkg.name === name && pkg.version === version && isSame(pkg.sources, located.sources),
    )
    const pkg = same ?? context.packages.add({ name, version, ...located, where: entry.where() })
    return [{ pkg, category, marker, extras }]
  })
}

function isSame(a: NonEmpty<Source>, b: NonEmpty<Source>): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

const RELOCK = 'run pipenv lock'

/** `==1.2`; of what has no version in the file, that of its directory, or ''. */
function readVersion(entry: Fields, [source]: NonEmpty<Source>, { files }: PipfileContext): string | undefined {
  const text = entry.text('version')
  if (text === undefined) {
    if (source.kind === 'local' && source.form === 'directory')
      return findLocalProject(source.path, files)?.version ?? ''
    if (source.kind !== 'indexed') return ''
  }
  const version = text?.replace(/^===?\s*/, '') ?? ''
  if (text?.startsWith('==') === true && isVersion(version)) return version
  return reportAt(entry, 'version')('lock-inconsistent', `${shown(text ?? '')} does not name one version`, RELOCK)
}

function locate(entry: Fields, { meta }: PipfileContext): Located | undefined {
  const git = entry.text('git')
  const editable: DirectReference = entry.boolean('editable') === true ? { editable: true } : {}
  if (git !== undefined) {
    const location = { url: git, rev: entry.text('ref'), subdir: entry.text('subdirectory') }
    const source = readGit(location, reportAt(entry, 'git'))
    // Pipenv asks pip for the commit, and pip writes down what it was asked for.
    return source && { sources: [source], direct: { ...editable, reference: source.rev } }
  }
  const path = entry.text('path')
  if (path !== undefined) return fromPath(path, entry, editable)
  const file = entry.text('file')
  if (file !== undefined) return /^https?:/i.test(file) ? fromUrl(file, entry) : fromPath(file, entry, editable)
  const index = findIndex(entry, meta)
  const digests = digestsOf(entry)
  if (index === undefined) return undefined
  const sources = nonEmpty(digests.map((digest): Source => ({ kind: 'indexed', index, digests: [digest] })))
  if (sources !== undefined) return { sources }
  if (entry.has('hashes') && (entry.texts('hashes') ?? []).length > 0) return undefined
  return reportAt(entry)('integrity-missing', 'there are no hashes', RELOCK)
}

function digestsOf(entry: Fields) {
  return (entry.texts('hashes') ?? []).flatMap((hash) => readDigest(hash, reportAt(entry, 'hashes')) ?? [])
}

function fromPath(text: string, entry: Fields, direct: DirectReference): Located | undefined {
  const path = readNearPath(text, reportAt(entry, entry.has('path') ? 'path' : 'file'), entry.document)
  return path === undefined ? undefined : locatePath(path, digestsOf(entry), direct)
}

function fromUrl(url: string, entry: Fields): Located | undefined {
  const archive = readArchiveUrl(url, reportAt(entry, 'file'))
  return archive && { sources: [{ kind: 'archive', urls: [archive.url], digests: digestsOf(entry) }], direct: {} }
}

/** The source that the package names, else the first. */
function findIndex(entry: Fields, meta: Fields): string | undefined {
  const wanted = entry.text('index')
  const sources = meta.objects('sources') ?? []
  const source = wanted === undefined ? sources[0] : sources.find((one) => one.text('name') === wanted)
  if (source === undefined) {
    if (wanted === undefined) return PUBLIC_INDEX
    const message = `there is no source ${shown(wanted)} in _meta`
    return reportAt(entry, 'index')('lock-inconsistent', message, RELOCK)
  }
  const url = source.requiredText('url')
  // A user name that only stands for a variable is nobody's secret.
  return url === undefined
    ? undefined
    : readIndexUrl(url.replace(/\/\/(?:\$\{?\w+\}?:?)+@/, '//'), reportAt(source, 'url'))
}
