/**
 * Where Composer takes a package from: its archive (`dist`), or a clone of its repository (`source`) where there is none or the project
 * prefers it. The archive is what is installed otherwise, and so what is pinned: it lacks what the repository excludes from exports, and
 * no digest of a commit says what it holds. What a forge packs anew may have other bytes then; the pinned digest tells.
 */
import { printSri } from '../../../../src/digest/sri.ts'
import { parseDigest } from '../../../../src/digest/spelling.ts'
import type { Digest } from '../../../../src/model/digest.ts'
import type { Source } from '../../../../src/model/source.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { readGitSource, readHttpUrl, readNearPath, RELOCK } from '../../../../src/text/locations.ts'
import type { PhpPackage } from '../../php-plan.ts'
import { reportAt } from '../report.ts'
import { addressesOf } from './mirrors.ts'

export interface Located {
  readonly source: Source
  readonly plan: Pick<PhpPackage, 'type' | 'url' | 'reference' | 'directory'>
}

const OWN_PLACE = 'auth.json'

/** What Composer downloads as a file, whatever it does with it then. */
const archives = ['zip', 'tar', 'gzip', 'xz', 'phar', 'file']

export interface LocatedEntry {
  readonly entry: Fields
  readonly name: string
  readonly version: string
  readonly prefersSource: boolean
}

/** Faults are collected in the document. */
export function locate({ entry, name, version, prefersSource }: LocatedEntry): Located | undefined {
  const dist = entry.object('dist')
  const source = entry.object('source')
  if (source !== undefined && (dist === undefined || (prefersSource && dist.raw('type') !== 'path'))) {
    return locateSource(source)
  }
  if (dist !== undefined) return locateDist(dist, { name, version })
  const message = `nothing says where ${shown(name)} comes from: it has neither "dist" nor "source"`
  return reportAt(entry)('source-missing', message, RELOCK)
}

function locateSource(source: Fields): Located | undefined {
  const type = source.requiredText('type')
  const url = source.requiredText('url')
  const reference = source.requiredText('reference')
  if (type === undefined || url === undefined || reference === undefined) return undefined
  if (type !== 'git') {
    const message = `a repository of the type ${shown(type)} is not supported: git is`
    return reportAt(source, 'type')('source-unsupported', message, 'ask its author for an archive, or fork it into git')
  }
  const git = readGitSource({ url, rev: reference }, reportAt(source, 'url'), OWN_PLACE)
  return git && { source: git, plan: { reference } }
}

type Named = Pick<LocatedEntry, 'name' | 'version'>

function locateDist(dist: Fields, named: Named): Located | undefined {
  const type = dist.requiredText('type')
  const url = dist.requiredText('url')
  if (type === undefined || url === undefined) return undefined
  if (type === 'path') {
    const path = readNearPath(url, reportAt(dist, 'url'), dist.document)
    if (path === undefined) return undefined
    if (/(?:^|\/)\.\.$/.test(path)) {
      const message = `${shown(url)} holds the project itself, so it cannot be copied into it`
      return reportAt(dist, 'url')('path-escapes', message, 'let the package stand beside the project, or in it')
    }
    return { source: { kind: 'local', form: 'directory', path, digests: [] }, plan: { directory: path } }
  }
  if (!archives.includes(type)) {
    return reportAt(dist, 'type')('source-unsupported', `archives of the type ${shown(type)} are not supported`)
  }
  const digests = readShasum(dist)
  if (digests === undefined) return undefined
  // An archive of a repository of the type "artifact".
  if (!/^[a-z][a-z0-9+.-]*:/i.test(url)) {
    const path = readNearPath(url, reportAt(dist, 'url'), dist.document)
    return path === undefined
      ? undefined
      : { source: { kind: 'local', form: 'archive', path, digests }, plan: { type, url } }
  }
  const urls = addressesOf(dist, url, { ...named, type }).flatMap((each) => {
    return readHttpUrl(each, reportAt(dist, 'url'), OWN_PLACE) === undefined ? [] : [each.replace(/#.*$/s, '')]
  })
  const [first, ...others] = [...new Set(urls)]
  if (first === undefined) return undefined
  // Most lock files hold no digests at all: that there is none is nothing to warn of.
  const claim = digests.map(printSri).join(' ')
  return { source: { kind: 'archive', urls: [first, ...others], digests, claim }, plan: { type } }
}

/** A sha1, or '' for none. */
function readShasum(dist: Fields): readonly Digest[] | undefined {
  const text = dist.raw('shasum') === null ? undefined : dist.text('shasum')
  if (text === undefined || text === '') return []
  if (/^[0-9a-f]{40}$/i.test(text)) return [parseDigest(text.toLowerCase(), 'sha1')]
  const message = `${shown(text)} is not a sha1 in hexadecimal`
  return reportAt(dist, 'shasum')('integrity-invalid', message, RELOCK)
}
