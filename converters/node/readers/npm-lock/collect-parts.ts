/**
 * Entries → parts: checks every path, tells packages from directories of the project, joins links with their targets, and
 * reads the manifests of the project's own packages to see whether the lock file still fits them.
 */
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { LockFormatName } from '../../../../src/model/lock.ts'
import { sortedByKey } from '../../../../src/model/sorted.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { findNeed } from '../../layout/find-need.ts'
import { isPackageName, isVersion } from '../../package-name.ts'
import type { LocalEntry, LockParts, PlaceEntry } from '../build-lock.ts'
import type { Entry } from '../entry.ts'
import { compareManifest, compareV1Manifest, readManifest } from '../manifest.ts'
import type { Manifest } from '../manifest.ts'
import { parseInstallPath, pathFault } from '../install-path.ts'
import { isMember, literalMembers } from '../workspaces.ts'
import { needManifest } from '../project-files.ts'

export interface Collecting {
  readonly format: LockFormatName
  readonly context: ReadContext
  readonly report: (problem: Problem) => void
  readonly warn: (problem: Problem) => void
}

export function collectParts(entries: readonly Entry[], collecting: Collecting): LockParts {
  const sorted = sortEntries(entries, collecting)
  const { places, directories } = sorted
  passOverUnlinked(sorted, collecting)
  checkLinks(sorted, collecting)
  checkParents(places, directories, collecting)
  checkCase(places, collecting)
  const manifest = findManifest('', collecting)
  const patterns = manifest?.workspaces ?? []
  const find: Finder = (from, name) => places.get(findNeed(places, from, name) ?? '')?.entry
  const locals = new Map<string, LocalEntry>()
  for (const [path, entry] of sortedByKey(directories)) {
    const own = path === '' ? manifest : findManifest(path, collecting, entry)
    locals.set(path, readLocal(entry, own, { isMember: path !== '' && isMember(patterns, path), collecting }))
    if (own !== undefined && entry.broken !== true) compare(entry, own, find, collecting)
  }
  checkMembers(literalMembers(patterns), directories, collecting)
  return { format: collecting.format, locals, places }
}

interface Sorted {
  readonly places: Map<string, PlaceEntry>
  /** The project (always) and directories inside it, by path. */
  readonly directories: Map<string, Entry>
  /** Directories inside installed packages. */
  readonly inner: readonly Entry[]
  /** Of the places, those that are links. */
  readonly links: readonly Entry[]
}

function sortEntries(entries: readonly Entry[], { format, report }: Collecting): Sorted {
  const places = new Map<string, PlaceEntry>()
  const directories = new Map<string, Entry>([['', emptyProject(format)]])
  const inner: Entry[] = []
  const links: Entry[] = []
  entries.forEach((entry) => {
    const path = parseInstallPath(entry.path)
    if (path.kind === 'fault') {
      const { where, hint } = at(entry)
      const better = entry.path.startsWith('../') ? PACK : path.hint
      report({ code: path.code, message: `${path.message}: ${shown(entry.path)}`, where, hint: better ?? hint })
      return
    }
    if (path.kind !== 'package') {
      if (path.kind === 'directory' && path.inner) inner.push(entry)
      else directories.set(entry.path, entry)
      return
    }
    if (isMark(entry)) return
    const name = entry.name ?? path.name
    if (entry.name !== undefined && !isPackageName(name))
      report({ ...at(entry, 'name'), code: 'name-invalid', message: invalid('name', name) })
    checkVersion(entry, report)
    places.set(entry.path, { entry, name, parent: path.parent })
    if (entry.link) links.push(entry)
  })
  links.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { places: sortedByKey(places), directories, inner, links }
}

/** npm locks nothing of what a directory needs that it links to beside the project. */
const PACK =
  'put install-links=true into .npmrc and type `npm install`: then it is packed, and what it needs is locked; or lock both as members of one workspace, in a directory above them'

/** npm leaves `{ "optional": true }` behind for a package that did not run where the lock was made; it installs nothing. */
function isMark({ version, resolved, flags, inBundle }: Entry): boolean {
  return version === undefined && resolved === undefined && !inBundle && flags.includes('optional')
}

function checkVersion(entry: Entry, report: Collecting['report']): void {
  if (entry.version === undefined || isVersion(entry.version)) return
  report({ ...at(entry, 'version'), code: 'name-invalid', message: invalid('version', entry.version) })
}

function invalid(what: string, text: string): string {
  return `${shown(text)} is not a ${what} that npm accepts`
}

function at({ where }: Entry, field?: string): Pick<Problem, 'where' | 'hint'> {
  const key = field === undefined ? where.key : `${where.key ?? ''}.${field}`
  return {
    where: { file: where.file, key, line: where.line },
    hint: 'remove the entry and run npm install, which writes it anew',
  }
}

/** A version 1 lock has no entry for the project. */
function emptyProject({ file }: LockFormatName): Entry {
  return { path: '', where: { file }, link: false, inBundle: false, flags: [], asks: [] }
}

/** npm leaves entries of former workspace members behind. Nothing leads to them, so they are not installed. */
function passOverUnlinked({ places, directories, inner, links }: Sorted, { warn }: Collecting): void {
  const targets = new Set(['', ...links.map(({ resolved }) => resolved ?? '')])
  const unlinked = [...directories.values(), ...inner].filter((entry) => !targets.has(entry.path))
  for (const entry of unlinked) {
    directories.delete(entry.path)
    for (const path of places.keys()) if (path.startsWith(`${entry.path}/node_modules/`)) places.delete(path)
    const message = `${shown(entry.path)} is a directory that nothing links to, and is passed over`
    warn({ ...at(entry), code: 'lock-inconsistent', message, hint: 'npm install --package-lock-only' })
  }
}

function checkLinks({ places, directories, links }: Sorted, { report }: Collecting): void {
  for (const entry of links) {
    if (!places.has(entry.path)) continue
    const target = entry.resolved
    const fault = target === undefined || directories.has(target) ? undefined : pathFault(target)
    if (fault !== undefined) {
      const message = `${fault.message}: the link ${shown(entry.path)} leads to ${shown(target ?? '')}`
      const better = target?.startsWith('../') === true ? PACK : fault.hint
      const hint = better ?? 'keep linked packages inside the project'
      report({ ...at(entry, 'resolved'), code: fault.code, message, hint })
    } else if (target === undefined || (!directories.has(target) && !target.includes('node_modules/'))) {
      const message = `the link ${shown(entry.path)} leads to ${shown(target ?? '')}, which the lock file does not hold`
      report({ ...at(entry), code: 'lock-inconsistent', message })
    }
  }
}

/** What stands inside a package must stand inside one that is there, and never behind a link. */
function checkParents(places: Sorted['places'], directories: Sorted['directories'], { report }: Collecting): void {
  places.forEach(({ entry, parent }) => {
    if (directories.has(parent)) return
    const holder = places.get(parent)
    if (holder?.entry.link === false || isInside(parent, places)) return
    const what = holder === undefined ? 'which the lock file does not hold' : 'which is a link'
    const message = `${shown(entry.path)} stands in ${shown(parent)}, ${what}`
    report({ ...at(entry), code: 'lock-inconsistent', message })
  })
}

function checkCase(places: Sorted['places'], { warn }: Collecting): void {
  const folded = new Map<string, string>()
  if (![...places.keys()].some((path) => path !== path.toLowerCase())) return
  for (const [path, { entry }] of places) {
    const other = folded.get(path.toLowerCase())
    folded.set(path.toLowerCase(), path)
    if (other === undefined) continue
    const message = `${shown(path)} and ${shown(other)} are one directory where the file system does not tell case apart`
    warn({ ...at(entry), code: 'lock-inconsistent', message, hint: 'build on a file system that tells case apart' })
  }
}

/** A directory inside an installed package, which comes with it. */
function isInside(path: string, places: Sorted['places']): boolean {
  for (let dir = path; dir.includes('/'); dir = dir.slice(0, dir.lastIndexOf('/'))) {
    if (places.get(dir)?.entry.link === false) return parseInstallPath(path).kind === 'directory'
  }
  return false
}

function findManifest(directory: string, collecting: Collecting, entry?: Entry): Manifest | undefined {
  return needManifest(directory, collecting, {
    read: readManifest,
    where: entry?.where,
    relock: 'npm install --package-lock-only',
  })
}

interface LocalContext {
  readonly isMember: boolean
  readonly collecting: Collecting
}

/** The manifest says what the lock file leaves out: in version 1 nearly everything. */
function readLocal(entry: Entry, manifest: Manifest | undefined, { isMember, collecting }: LocalContext): LocalEntry {
  const asks = collecting.format.version === '1' && manifest !== undefined ? manifest.asks : entry.asks
  const name = manifest?.name ?? entry.name
  const version = manifest?.version ?? entry.version
  return { entry: { ...entry, asks }, name, version, isMember }
}

type Finder = (from: string, name: string) => Entry | undefined

function compare(entry: Entry, manifest: Manifest, findFrom: Finder, collecting: Collecting): void {
  const find = (name: string): Entry | undefined => findFrom(entry.path, name)
  if (collecting.format.version === '1') compareV1Manifest({ manifest, find, report: collecting.report })
  else compareManifest({ manifest, entry, find, report: collecting.report })
}

function checkMembers(members: readonly string[], directories: Sorted['directories'], { report }: Collecting): void {
  for (const member of members) {
    if (directories.has(member)) continue
    const message = `the workspace member ${shown(member)} is not in the lock file`
    report({
      code: 'manifest-mismatch',
      message,
      where: { file: 'package.json', key: 'workspaces' },
      hint: 'npm install --package-lock-only',
    })
  }
}
