/** Which of a package's sources is used on which target: the choice is that of the tool that wrote the lock file. */
import type { LockedPackage } from '../../../src/model/lock.ts'
import type { Source } from '../../../src/model/source.ts'
import { chooserFor, findCandidates, rememberExpanded, type Chooser, type Installer } from '../standards/choose-file.ts'
import type { PlannedTargets, TargetSet } from './planned-targets.ts'

export interface ChosenFiles {
  /** Source (with its file name set) → where it is used; in the lock's order. */
  readonly files: ReadonlyMap<Source, TargetSet>
  /** Where nothing fits. */
  readonly missing: TargetSet
}

/** `wanted`: where the package is needed. */
export type ChooseFiles = (pkg: LockedPackage, wanted: TargetSet) => ChosenFiles

export function fileChooser(targets: PlannedTargets, installer: Installer): ChooseFiles {
  const expand = rememberExpanded()
  const choosers = new Map<TargetSet, Chooser>()
  const chooserOf = (bit: TargetSet, index: number): Chooser => {
    const target = targets.list[index]?.target
    if (target === undefined) throw new Error('a target that is not planned for')
    const found = choosers.get(bit) ?? chooserFor(target, installer, expand)
    choosers.set(bit, found)
    return found
  }
  return (pkg, wanted) => {
    const named = pkg.sources.map((source) => ({ name: filenameOf(source) ?? '', source: withName(source) }))
    const [first] = named
    // A repository, a directory, or a file that the lock file names by its URL: whatever it is called, there is nothing to choose.
    if (first !== undefined && named.length === 1 && (first.name === '' || pkg.direct !== undefined)) {
      return { files: new Map([[first.source, wanted]]), missing: 0n }
    }
    const candidates = findCandidates(named, pkg)
    const files = new Map<Source, TargetSet>()
    let missing = 0n
    targets.list.forEach(({ bit }, index) => {
      if ((wanted & bit) === 0n) return
      const source = chooserOf(bit, index)(candidates)?.file.source
      if (source === undefined) missing |= bit
      else files.set(source, (files.get(source) ?? 0n) | bit)
    })
    return { files, missing }
  }
}

/** Whose order of preference counts. */
export function installerOf(format: string): Installer {
  switch (format) {
    case 'poetry-lock':
      return 'poetry'
    case 'uv-lock':
      return 'uv'
    case 'pdm-lock':
      return 'pdm'
    case 'pylock':
      return 'pylock'
  }
  return 'pip'
}

function withName(source: Source): Source {
  const filename = filenameOf(source)
  if (filename === undefined || source.kind === 'git' || source.kind === 'bundled') return source
  return { ...source, filename }
}

/** undefined: it is not a file. */
function filenameOf(source: Source): string | undefined {
  switch (source.kind) {
    case 'archive':
      return source.filename ?? lastSegment(source.urls[0])
    case 'indexed':
      return source.filename
    case 'local':
      return source.form === 'archive'
        ? (source.filename ?? source.path.slice(source.path.lastIndexOf('/') + 1))
        : undefined
    case 'git':
    case 'bundled':
      return undefined
  }
}

/** Keys hold it, and nothing but a name may come out: the rest of a URL is anybody's text. */
function lastSegment(url: string): string {
  const path = url.replace(/[?#][^]*$/, '')
  const segment = decode(path.slice(path.lastIndexOf('/') + 1))
  return segment === '' || segment.includes('/') ? 'source' : segment
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
