/** `[[package]]` of uv.lock → packages with their sources. */
import type { Edge } from '../../../../src/model/lock.ts'
import type { NonEmpty, Source } from '../../../../src/model/source.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { findEach, type Table } from '../../table.ts'
import { localArchive, localDirectory, locateUrl, type Located } from '../located.ts'
import { leaveAllowed, type RulesOut } from './file-kinds.ts'
import {
  findPlainFileName,
  findSha256,
  isFileName,
  readArchiveUrl,
  readDigest,
  readGit,
  readNearPath,
  RELOCK,
} from '../location.ts'
import { misnamedWheels } from '../misnamed-wheels.ts'
import {
  nonEmpty,
  Packages,
  readEnvironments,
  readName,
  readOptionalVersion,
  reportAt,
  type DraftPackage,
} from '../packages.ts'

export interface UvEntry {
  readonly entry: Fields
  readonly pkg: DraftPackage
  /** The source as uv writes it, printed: with name and version, what edges refer to. */
  readonly origin: string
  /** Of a directory of the project: its path. */
  readonly directory?: string | undefined
  readonly isVirtual: boolean
  /** Edges of its groups: they count only where it is a root. */
  readonly groups: Edge[]
}

/** In the file's order. Faults are collected in the document. */
export function readPackages(root: Fields, rulesOut?: RulesOut): readonly UvEntry[] {
  const packages = new Packages()
  return (root.objects('package') ?? []).flatMap((entry) => {
    const name = readName(entry)
    const version = readOptionalVersion(entry)
    const source = entry.object('source')
    readEnvironments(entry, 'resolution-markers')
    if (source === undefined && !entry.has('source')) {
      entry.addProblem('source-missing', `${shown(name ?? '')} has no source`, { hint: RELOCK })
    }
    const located = source === undefined ? undefined : locate(entry, source)
    if (name === undefined || version === undefined || source === undefined || located === undefined) return []
    misnamedWheels(entry, 'wheels', {
      name,
      versions: version === '' ? [] : [version],
      allowsLocal: true,
    }).forEach((problem) => root.document.addProblem(problem))
    const { direct } = located
    const isListed = rulesOut !== undefined && source.has('registry')
    const sources = isListed ? leaveAllowed(located.sources, name, rulesOut) : located.sources
    const pkg = packages.add({
      name,
      version,
      sources,
      ...(direct === undefined ? {} : { direct }),
      where: entry.where(),
    })
    const [first] = sources
    const directory = first.kind === 'local' && first.form === 'directory' ? first.path : undefined
    return [{ entry, pkg, origin: printOrigin(source), directory, isVirtual: source.has('virtual'), groups: [] }]
  })
}

const kinds = ['registry', 'git', 'url', 'path', 'directory', 'editable', 'virtual'] as const

/** `{ registry = "https://…" }` → `registry https://…`; '' for what is none of the known kinds. */
export function printOrigin(source: Fields): string {
  const kind = kinds.find((known) => source.has(known))
  return kind === undefined ? '' : `${kind} ${source.text(kind) ?? ''}`
}

function locate(entry: Fields, source: Fields): Located | undefined {
  const kind = kinds.find((known) => source.has(known))
  const text = kind === undefined ? undefined : source.text(kind)
  if (kind === undefined) {
    const keys = source.keys().map(shown).join(', ')
    return reportAt(entry, 'source')('source-unsupported', `sources of this kind are not known: ${keys}`)
  }
  if (text === undefined) return undefined
  const report = reportAt(source, kind)
  switch (kind) {
    case 'registry':
      return fromRegistry(entry, text)
    case 'git':
      return fromGit(text, source)
    case 'url':
      return locateUrl(source, text, () => digestsOf(entry))
    case 'path': {
      const path = readNearPath(text, report, source.document)
      return path === undefined ? undefined : localArchive(path, digestsOf(entry))
    }
    case 'directory':
    case 'editable':
    case 'virtual': {
      const path = readNearPath(text, report, source.document)
      return path === undefined ? undefined : localDirectory(path, kind === 'editable' ? { editable: true } : {})
    }
  }
}

/** Wheels first. Of a directory that serves as an index, files are named by their path in it. */
function fromRegistry(entry: Fields, registry: string): Located | undefined {
  const base = /^https?:\/\//i.test(registry) ? undefined : registry
  const plain = base === undefined ? findPlain(entry) : undefined
  if (plain !== undefined) return { sources: plain }
  const files = filesOf(entry).map((file) => {
    const source = file.has('path') && base !== undefined ? fromPath(file, base) : fromFile(file)
    return source
  })
  const sources = nonEmpty(files.filter((file) => file !== undefined))
  if (sources !== undefined) return { sources }
  // A fault of a file has been reported; without files there is nothing to install.
  if (files.length > 0) return undefined
  return reportAt(entry)('source-missing', `no file of ${shown(entry.text('name') ?? '')} is locked`, RELOCK)
}

/** Of nearly every package: there is nothing to tell, so its files need no places. undefined: each has to be looked at. */
function findPlain(entry: Fields): NonEmpty<Source> | undefined {
  const sdist = entry.raw('sdist')
  const wheels = findEach(entry.raw('wheels') ?? [], findPlainFile)
  const last = findEach(sdist === undefined ? [] : [sdist], findPlainFile)
  return wheels === undefined || last === undefined ? undefined : nonEmpty([...wheels, ...last])
}

function findPlainFile({ url, hash }: Table): Source | undefined {
  const filename = findPlainFileName(url)
  const digest = filename === undefined ? undefined : findSha256(hash)
  if (typeof url !== 'string' || filename === undefined || digest === undefined) return undefined
  return { kind: 'archive', urls: [url], digests: [digest], filename }
}

function filesOf(entry: Fields): readonly Fields[] {
  const sdist = entry.object('sdist')
  return [...(entry.objects('wheels') ?? []), ...(sdist === undefined ? [] : [sdist])]
}

function fromFile(file: Fields): Source | undefined {
  const text = file.requiredText('url')
  const archive = text === undefined ? undefined : readArchiveUrl(text, reportAt(file, 'url'))
  if (archive === undefined || text === undefined) return undefined
  if (!isFileName(archive.fileName)) {
    const message = `${shown(archive.fileName)} is not the name of a wheel or a source archive`
    return reportAt(file, 'url')('name-invalid', message)
  }
  return { kind: 'archive', urls: [archive.url], digests: readHash(file) }
}

function fromPath(file: Fields, base: string): Source | undefined {
  const text = file.text('path')
  const path =
    text === undefined ? undefined : readNearPath(text, reportAt(file, 'path'), { reach: file.document.reach, base })
  return path === undefined ? undefined : { kind: 'local', form: 'archive', path, digests: readHash(file) }
}

function readHash(file: Fields) {
  const hash = file.text('hash')
  const digest = hash === undefined ? undefined : readDigest(hash, reportAt(file, 'hash'))
  return digest === undefined ? [] : [digest]
}

/** Of a URL or a path, what is locked is the one file that it leads to. */
function digestsOf(entry: Fields) {
  return filesOf(entry).slice(0, 1).flatMap(readHash)
}

/** `https://host/repo?rev=main&subdirectory=x#<commit>` */
function fromGit(text: string, source: Fields): Located | undefined {
  const report = reportAt(source, 'git')
  const [, url = '', query = '', rev] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text) ?? []
  const parameters = new URLSearchParams(query)
  const subdir = parameters.get('subdirectory') ?? undefined
  const git = readGit({ url, rev, subdir }, report)
  if (git === undefined) return undefined
  const reference = parameters.get('rev') ?? parameters.get('tag') ?? parameters.get('branch') ?? undefined
  return { sources: [git], direct: reference === undefined ? {} : { reference } }
}
