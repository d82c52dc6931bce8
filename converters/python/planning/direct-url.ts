/** direct_url.json of what the lock file names by a URL (PEP 610). Of a path none: it would name a place of one machine. */
import type { LockedPackage } from '../../../src/model/lock.ts'
import type { Source } from '../../../src/model/source.ts'
import type { DirectUrl } from '../python-plan.ts'

/** undefined: it comes from an index, or from the project. */
export function directUrl({ direct }: LockedPackage, source: Source): DirectUrl | undefined {
  if (direct === undefined) return undefined
  switch (source.kind) {
    case 'git': {
      const { url, rev, subdir = direct.subdir } = source
      const asked = direct.reference === undefined ? {} : { requested_revision: direct.reference }
      return { url, ...subdirectory(subdir), vcs_info: { vcs: 'git', commit_id: rev, ...asked } }
    }
    case 'archive': {
      const hashes = Object.fromEntries(source.digests.map(({ algorithm, hex }) => [algorithm, hex]))
      const hash = source.digests.map(({ algorithm, hex }) => `${algorithm}=${hex}`)[0]
      const info = hash === undefined ? {} : { hash, hashes }
      return { url: source.urls[0], ...subdirectory(direct.subdir), archive_info: info }
    }
    case 'indexed':
    case 'local':
    case 'bundled':
      return undefined
  }
}

function subdirectory(subdir: string | undefined): Pick<DirectUrl, 'subdirectory'> {
  return subdir === undefined ? {} : { subdirectory: subdir }
}
