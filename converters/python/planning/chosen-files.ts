/** Which of a package's sources is used on which target: the choice is that of the tool that wrote the lock file. */
import type { LockedPackage } from '../../../src/model/lock.ts'
import type { Source } from '../../../src/model/source.ts'
import { shown, type Problem } from '../../../src/problem.ts'
import { fileNameOf } from '../readers/location.ts'
import type { Installer } from '../standards/choose-file.ts'
import { fileFinder } from '../standards/choose-for-targets.ts'
import { printVersion } from '../standards/version.ts'
import { parseWheelName, WHEEL_FORM } from '../standards/wheel-name.ts'
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
  const find = fileFinder(
    targets.list.map(({ target }) => target),
    installer,
  )
  return (pkg, wanted) => {
    const { sources } = pkg
    const names = sources.map(filenameOf)
    const [first] = sources
    // A repository, a directory, or a file that the lock file names by its URL or path: there is nothing to choose.
    const isOnly = sources.length === 1 && (isNoFile(first) || pkg.direct !== undefined)
    // Poetry installs such a wheel anywhere; the others look whether it can be used.
    const wheel = isOnly && installer !== 'poetry' ? parseWheelName(names[0] ?? '') : undefined
    if (isOnly && wheel === undefined) {
      return { files: [{ source: withName(first, names[0]), set: wanted }], missing: 0n }
    }
    const best = find(names, wheel === undefined ? pkg : { name: wheel.name, version: printVersion(wheel.version) })
    const sets = new Map<number, TargetSet>()
    const isEverywhere = wanted === targets.all
    let missing = 0n
    targets.list.forEach(({ bit }, at) => {
      if (!isEverywhere && (wanted & bit) === 0n) return
      const index = best[at]
      if (index === undefined) missing |= bit
      else sets.set(index, union(sets.get(index), bit))
    })
    return {
      files: Array.from(sets, ([index, set]) => ({ source: withName(sources[index] ?? first, names[index]), set })),
      missing,
    }
  }
}

/** Of a package that is named by a URL or a path: a wheel whose name is none, which no tool installs. */
export function findMisnamed({ name, direct, sources: [source], where }: LockedPackage): Problem | undefined {
  const fileName = direct === undefined ? '' : filenameOf(source)
  if (!fileName.endsWith('.whl') || parseWheelName(fileName) !== undefined) return undefined
  return {
    code: 'name-invalid',
    message: `${shown(name)} is to be installed from ${shown(fileName)}, which is not the name of a wheel: ${WHEEL_FORM}`,
    where,
    hint: 'name the file as it was when it was built',
  }
}

/** Most files are for one target: to join sets costs more than all the rest. */
function union(set: TargetSet | undefined, bit: TargetSet): TargetSet {
  return set === undefined ? bit : set | bit
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

/** `name`: '' of what is no file. */
function withName(source: Source, name = ''): Source {
  if (name === '' || source.kind === 'git' || source.kind === 'bundled' || source.filename === name) return source
  if (source.kind !== 'archive' || source.claim !== undefined) return { ...source, filename: name }
  // Nearly every file. Parts of objects that are put together cost several times what a whole one does.
  return { kind: 'archive', urls: source.urls, digests: source.digests, filename: name }
}

function isNoFile(source: Source): boolean {
  return filenameOf(source) === '' && source.kind !== 'indexed'
}

/** '' of what is no file, or has no name (nothing of its hashes can be used anywhere). */
function filenameOf(source: Source): string {
  switch (source.kind) {
    case 'archive':
      return source.filename ?? fileNameOf(source.urls[0])
    case 'indexed':
      return source.filename ?? ''
    case 'local':
      return source.form === 'archive' ? (source.filename ?? source.path.slice(source.path.lastIndexOf('/') + 1)) : ''
    case 'git':
    case 'bundled':
      return ''
  }
}
