/** Which of a package's sources is used on which target: the choice is that of the tool that wrote the lock file. */
import type { LockedPackage } from '../../../src/model/lock.ts'
import type { Source } from '../../../src/model/source.ts'
import { chooserForMany, findCandidates, type Installer } from '../standards/choose-file.ts'
import { wheelNameReader } from '../standards/wheel-name.ts'
import type { PlannedTargets, TargetSet } from './planned-targets.ts'

export interface ChosenFiles {
  /** Each once. */
  readonly files: readonly ChosenFile[]
  /** Where nothing fits. */
  readonly missing: TargetSet
}

export interface ChosenFile {
  /** With its file name set. */
  readonly source: Source
  /** Where it is used. */
  readonly set: TargetSet
}

/** `wanted`: where the package is needed. */
export type ChooseFiles = (pkg: LockedPackage, wanted: TargetSet) => ChosenFiles

export function fileChooser(targets: PlannedTargets, installer: Installer): ChooseFiles {
  const choose = chooserForMany(
    targets.list.map(({ target }) => target),
    installer,
  )
  const readWheel = wheelNameReader()
  return (pkg, wanted) => {
    const named = pkg.sources.map((source) => ({ name: filenameOf(source) ?? '', source }))
    const [first] = named
    // A repository, a directory, or a file that the lock file names by its URL: whatever it is called, there is nothing to choose.
    if (first !== undefined && named.length === 1 && (first.name === '' || pkg.direct !== undefined)) {
      return { files: [{ source: withName(first), set: wanted }], missing: 0n }
    }
    const candidates = findCandidates(named, pkg, readWheel)
    const best = choose(
      pkg.fileKinds === undefined ? candidates : candidates.filter(({ kind }) => pkg.fileKinds?.includes(kind)),
    )
    const sets = new Map<NamedSource, TargetSet>()
    let missing = 0n
    targets.list.forEach(({ bit }, index) => {
      if ((wanted & bit) === 0n) return
      const file = best[index]?.file
      if (file === undefined) missing |= bit
      else sets.set(file, (sets.get(file) ?? 0n) | bit)
    })
    return { files: Array.from(sets, ([file, set]) => ({ source: withName(file), set })), missing }
  }
}

interface NamedSource {
  /** '': it is not a file. */
  readonly name: string
  readonly source: Source
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

function withName({ name, source }: NamedSource): Source {
  if (name === '' || source.kind === 'git' || source.kind === 'bundled' || source.filename === name) return source
  return { ...source, filename: name }
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
  const path = /[?#]/.test(url) ? url.replace(/[?#][^]*$/, '') : url
  const written = path.slice(path.lastIndexOf('/') + 1)
  const segment = written.includes('%') ? decode(written) : written
  return segment === '' || segment.includes('/') ? 'source' : segment
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
