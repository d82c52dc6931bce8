/**
 * lockfileVersion 1 (npm 5 and 6): `dependencies`, nested as the directories are; `version` says what kind of thing stands
 * there (`1.0.0`, `npm:real@1.0.0`, `file:dir`, `file:a.tgz`, a URL, a git commit). It does not tell os, cpu, engines,
 * bins, install scripts, peers, nor whether a `requires` is an optional one.
 */
import { findGitSpec } from '../../git-spec.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { isExtraneous, isSet, readFlags } from '../entry.ts'
import type { Ask, Entry } from '../entry.ts'
import { plainPath } from '../../../../src/text/locations.ts'

/** Every entry of `dependencies`, parents before children; targets of links follow the links as directories. */
export function readDependencies(root: Fields): readonly Entry[] {
  const entries: Entry[] = []
  const targets = new Set<string>()
  walk(root, '', (entry) => {
    // Several links may share a target.
    if (entry.path !== '' && !entry.link && !entry.path.includes('node_modules/')) {
      if (targets.has(entry.path)) return
      targets.add(entry.path)
    }
    entries.push(entry)
  })
  return entries
}

function walk(fields: Fields, base: string, add: (entry: Entry) => void): void {
  for (const [name, child] of fields.object('dependencies')?.entriesOfObjects() ?? []) {
    if (isExtraneous(child)) continue
    const path = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`
    const before = fields.document.problems.length
    const read = readV1Entry(child, path)
    const entry = fields.document.problems.length > before ? { ...read, broken: true } : read
    add(entry)
    const target = entry.link ? (entry.resolved ?? '') : undefined
    if (target !== undefined) add(targetEntry(entry, target, child))
    walk(child, target ?? path, add)
  }
}

function readV1Entry(fields: Fields, path: string): Entry {
  const version = fields.text('version') ?? ''
  return {
    path,
    where: fields.where(),
    integrity: fields.text('integrity'),
    link: false,
    inBundle: isSet(fields, 'bundled'),
    flags: readFlags(fields),
    asks: readRequires(fields),
    from: fields.text('from'),
    ...readVersion(version),
    // npm 6 writes `"resolved": false` for bundled packages.
    ...(typeof fields.raw('resolved') === 'string' ? { resolved: fields.text('resolved') } : {}),
  }
}

type Located = Pick<Entry, 'name' | 'version' | 'resolved'> & { readonly link?: boolean }

function readVersion(version: string): Located {
  if (version === '') return {}
  const alias = /^npm:(.+)@([^@]+)$/i.exec(version)
  if (alias !== null) return { name: alias[1], version: alias[2] }
  if (/^(?:file|link):/i.test(version)) return readFile(plainPath(version.slice(5)))
  const git = findGitSpec(version)
  if (git !== undefined) return { resolved: git.canonical, version: git.rev }
  if (/^https?:/i.test(version)) return { resolved: version, ...readArchiveName(version) }
  return { version }
}

function readFile(path: string): Located {
  if (/\.(?:tgz|tar\.gz|tar)$/i.test(path)) return { resolved: `file:${path}`, ...readArchiveName(path) }
  return { link: true, resolved: path }
}

/**
 * The lock file tells neither name nor version of an archive that is named by URL or path; a registry's URL tells both
 * (`…/ms/-/ms-2.1.3.tgz`), another's file name often tells the version (`thing-1.2.3.tgz`, `v1.2.3.tar.gz`).
 */
function readArchiveName(url: string): Located {
  const path = url.replace(/[?#].*$/, '')
  const file = path.slice(path.lastIndexOf('/') + 1)
  const version = /^(?:.*?-)?v?(\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+?)?)\.(?:tgz|tar\.gz|tar)$/i.exec(file)?.[1]
  const name = /\/((?:@[^/]+\/)?([^/]+))\/-\/\2-[^/]+$/.exec(path)?.[1]
  return { version: version ?? UNKNOWN_VERSION, ...(name === undefined ? {} : { name }) }
}

const UNKNOWN_VERSION = 'unknown'

function readRequires(fields: Fields): readonly Ask[] {
  if (typeof fields.raw('requires') === 'boolean') return []
  const requires = fields.object('requires')?.entriesOfText() ?? []
  return requires.map(([name, range]) => ({ name, range, kind: 'prod', optional: false }))
}

/** The directory behind a link: it has the link's requirements, and its own manifest says the rest. */
function targetEntry(link: Entry, target: string, fields: Fields): Entry {
  return {
    path: target,
    where: link.where,
    link: false,
    inBundle: false,
    flags: link.flags,
    asks: readRequires(fields),
  }
}
