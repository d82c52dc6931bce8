/** Where a locked package is, when the lock file names it by a URL or a path. */
import type { Digest } from '../../../src/model/digest.ts'
import type { DirectReference } from '../../../src/model/python.ts'
import type { NonEmpty, Source } from '../../../src/model/source.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { isFileName, readArchiveUrl, readPath } from './location.ts'
import { reportAt } from './packages.ts'

export interface Located {
  readonly sources: NonEmpty<Source>
  readonly direct?: DirectReference | undefined
}

/** `url` of the fields, with their `subdirectory` or the one behind `#`. `digestsOf` is given the name of the file. */
export function locateUrl(
  fields: Fields,
  url: string,
  digestsOf: (fileName: string) => readonly Digest[],
): Located | undefined {
  const archive = readArchiveUrl(url, reportAt(fields, 'url'))
  if (archive === undefined) return undefined
  const subdir = fields.text('subdirectory') ?? archive.fragment.get('subdirectory') ?? undefined
  const inside = subdir === undefined ? undefined : readPath(subdir, reportAt(fields, 'subdirectory'))
  return {
    sources: [{ kind: 'archive', urls: [archive.url], digests: digestsOf(archive.fileName) }],
    direct: inside === undefined || inside === '' ? {} : { subdir: inside },
  }
}

/** A checked path of the project: an archive where it is named like one, else a directory. */
export function locatePath(path: string, digests: readonly Digest[], direct: DirectReference): Located {
  return isFileName(path.slice(path.lastIndexOf('/') + 1)) ? localArchive(path, digests) : localDirectory(path, direct)
}

export function localArchive(path: string, digests: readonly Digest[]): Located {
  return { sources: [{ kind: 'local', form: 'archive', path, digests }], direct: {} }
}

export function localDirectory(path: string, direct: DirectReference): Located {
  return { sources: [{ kind: 'local', form: 'directory', path, digests: [] }], direct }
}
