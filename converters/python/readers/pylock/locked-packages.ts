/** `[[packages]]` of pylock.toml → packages with their sources. */
import type { NonEmpty, Source } from '../../../../src/model/source.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { PUBLIC_INDEX } from '../../public-index.ts'
import { compareVersions, parseVersion, printVersion } from '../../standards/version.ts'
import { parseSdistName, parseWheelName } from '../../standards/wheel-name.ts'
import { localDirectory, type Located } from '../located.ts'
import {
  isFileName,
  readArchiveUrl,
  readGit,
  readHashes,
  readIndexUrl,
  readNearPath,
  readPath,
  RELOCK,
} from '../location.ts'
import { misnamedWheels } from '../misnamed-wheels.ts'
import {
  nonEmpty,
  Packages,
  readMarker,
  readName,
  readOptionalVersion,
  readSpecifiers,
  reportAt,
  type DraftPackage,
} from '../packages.ts'

export interface PylockEntry {
  readonly pkg: DraftPackage
  readonly marker?: string | undefined
}

/** In the file's order. Faults are collected in the document. */
export function readPackages(root: Fields): readonly PylockEntry[] {
  const packages = new Packages()
  const isInvented = /^pipenv\b/i.test(root.text('created-by') ?? '')
  return (root.objects('packages') ?? []).flatMap((entry) => {
    const name = readName(entry)
    const written = readOptionalVersion(entry)
    const marker = readMarker(entry, 'marker')
    readSpecifiers(entry, 'requires-python')
    const located = isInvented ? byHash(entry) : locate(entry)
    if (name === undefined || written === undefined || located === undefined) return []
    const version = written === '' ? versionIn(located, name) : written
    if (!isInvented) checkFileNames(entry, located, { name, version })
    return [{ pkg: packages.add({ name, version, ...located, where: entry.where() }), marker }]
  })
}

/** A package need not have a version; the names of its files do. '' where there are none. */
function versionIn({ sources: [source] }: Located, name: string): string {
  const fileName = 'filename' in source ? (source.filename ?? '') : ''
  const found = parseWheelName(fileName) ?? parseSdistName(fileName, name)
  return found === undefined ? '' : printVersion(found.version)
}

/** As `packaging` does: every file is one of this package in this version. */
function checkFileNames(entry: Fields, { sources }: Located, { name, version }: Owner): void {
  const wheels = misnamedWheels(entry, 'wheels', { name, versions: version === '' ? [] : [version] })
  for (const problem of wheels) entry.document.addProblem(problem)
  const wanted = parseVersion(version)
  for (const source of sources) {
    const fileName = 'filename' in source ? (source.filename ?? '') : ''
    if (fileName === '' || fileName.endsWith('.whl')) continue
    const found = parseSdistName(fileName, name)
    if (found !== undefined && (wanted === undefined || compareVersions(found.version, wanted) === 0)) continue
    const message = `${shown(fileName)} is no source archive of ${shown(`${name} ${version}`)}`
    entry.addProblem('name-invalid', message, { key: 'sdist', hint: RELOCK })
  }
}

type Owner = Pick<DraftPackage, 'name' | 'version'>

/** PEP 751: a package has one of these. */
const ORIGINS = [['vcs'], ['directory'], ['archive'], ['sdist', 'wheels']] as const

function locate(entry: Fields): Located | undefined {
  const origins = ORIGINS.flatMap((keys) => keys.find((key) => entry.has(key)) ?? [])
  const [one, another] = origins
  if (another !== undefined) {
    const message = `there are both ${one} and ${another}: which counts is anybody's guess`
    return reportAt(entry, another)('lock-inconsistent', message, RELOCK)
  }
  const vcs = entry.object('vcs')
  if (vcs !== undefined) return fromVcs(vcs)
  const directory = entry.object('directory')
  if (directory !== undefined) return fromDirectory(directory)
  const archive = entry.object('archive')
  if (archive !== undefined) return fromArchive(archive)
  const sdist = entry.object('sdist')
  const files = [...(entry.objects('wheels') ?? []), ...(sdist === undefined ? [] : [sdist])]
  if (files.length === 0) {
    return reportAt(entry)('source-missing', `no file of ${shown(entry.text('name') ?? '')} is locked`, RELOCK)
  }
  const found = files.map(fromFile)
  const sources = nonEmpty(found.filter((source) => source !== undefined))
  return sources === undefined || hasRivals(entry, sources) ? undefined : { sources }
}

function fromVcs(vcs: Fields): Located | undefined {
  const type = vcs.requiredText('type')
  if (type === undefined) return undefined
  if (type !== 'git') {
    return reportAt(vcs, 'type')('source-unsupported', `repositories of the type ${shown(type)} cannot be fetched`)
  }
  const url = vcs.text('url')
  if (url === undefined) {
    const message = 'the repository is one of this machine'
    return reportAt(vcs)('source-unsupported', message, 'use an https or ssh URL')
  }
  const rev = vcs.text('commit-id')
  const git = readGit({ url, rev, subdir: vcs.text('subdirectory') }, reportAt(vcs, 'url'))
  const reference = vcs.text('requested-revision')
  return git && { sources: [git], direct: reference === undefined ? {} : { reference } }
}

function fromDirectory(directory: Fields): Located | undefined {
  const text = directory.requiredText('path')
  const subdir = directory.text('subdirectory')
  const path = text === undefined ? undefined : readNearPath(text, reportAt(directory, 'path'), directory.document)
  const inside =
    path === undefined || subdir === undefined
      ? path
      : readNearPath(subdir, reportAt(directory), { reach: directory.document.reach, base: path })
  if (inside === undefined) return undefined
  return localDirectory(inside, directory.boolean('editable') === true ? { editable: true } : {})
}

function fromArchive(archive: Fields): Located | undefined {
  const source = fromUrlOrPath(archive)
  const subdir = archive.text('subdirectory')
  const inside = subdir === undefined ? undefined : readPath(subdir, reportAt(archive, 'subdirectory'))
  return source && { sources: [source], direct: inside === undefined || inside === '' ? {} : { subdir: inside } }
}

function fromFile(file: Fields): Source | undefined {
  const source = fromUrlOrPath(file)
  if (source === undefined) return undefined
  const written = file.text('name')
  const name = written ?? lastSegment(source)
  if (!isFileName(name)) {
    const message = `${shown(name)} is not the name of a wheel or a source archive`
    return reportAt(file, written === undefined ? 'url' : 'name')('name-invalid', message)
  }
  return { ...source, filename: name }
}

function lastSegment(source: ArchiveOrLocal): string {
  const path = source.kind === 'local' ? source.path : decodeURIComponent(new URL(source.urls[0]).pathname)
  return path.slice(path.lastIndexOf('/') + 1)
}

type ArchiveOrLocal = Extract<Source, { readonly kind: 'archive' | 'local' }>

function fromUrlOrPath(file: Fields): ArchiveOrLocal | undefined {
  const digests = readHashes(file.object('hashes'))
  const url = file.text('url')
  if (url !== undefined) {
    const archive = readArchiveUrl(url, reportAt(file, 'url'))
    return archive && { kind: 'archive', urls: [archive.url], digests }
  }
  const text = file.text('path')
  if (text === undefined) {
    return reportAt(file)('source-missing', 'there is neither a url nor a path', RELOCK)
  }
  const path = readNearPath(text, reportAt(file, 'path'), file.document)
  return path === undefined ? undefined : { kind: 'local', form: 'archive', path, digests }
}

/** Two files of one name: which of them counts is anybody's guess. */
function hasRivals(entry: Fields, sources: NonEmpty<Source>): boolean {
  const names = sources.flatMap((source) =>
    'filename' in source && source.filename !== undefined ? source.filename : [],
  )
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return false
  entry.addProblem('lock-inconsistent', `the file ${shown(twice)} stands here several times`, {
    key: 'wheels',
    hint: RELOCK,
  })
  return true
}

/** Pipenv invents names and URLs of files; its hashes are right, and the index tells what they belong to. */
function byHash(entry: Fields): Located | undefined {
  if (entry.has('vcs') || entry.has('directory') || entry.has('archive')) return locate(entry)
  const written = entry.text('index')
  const index = written === undefined ? PUBLIC_INDEX : readIndexUrl(written, reportAt(entry, 'index'))
  if (index === undefined) return undefined
  const sdist = entry.object('sdist')
  const files = [...(entry.objects('wheels') ?? []), ...(sdist === undefined ? [] : [sdist])]
  const sources = nonEmpty(
    files.flatMap((file): readonly Source[] => {
      const digests = nonEmpty(readHashes(file.object('hashes')))
      return digests === undefined ? [] : [{ kind: 'indexed', index, digests }]
    }),
  )
  if (sources !== undefined) return { sources }
  return reportAt(entry)('source-missing', `no file of ${shown(entry.text('name') ?? '')} is locked`, RELOCK)
}
