/**
 * choose-file.ts for many packages and several targets at once. Nearly all wheels of a lock file end like others of it, and can be used
 * on one target or none: so an ending is read once, and a file is looked at only where it can be used.
 */
import type { FileKind } from '../../../src/model/python.ts'
import { isTaken, SDIST, type Fit, type Installer } from './choose-file.ts'
import { tagRanker, type RankTags } from './tags.ts'
import type { Target } from './target.ts'
import { compareVersions, parseVersion, type Version } from './version.ts'
import {
  findMiddle,
  LONGEST_FILE_NAME,
  parseEnding,
  parseSdistName,
  parseStem,
  splitTags,
  type SdistName,
} from './wheel-name.ts'

/**
 * Of the files of a package (its name normalized), given in the order that counts: the index of the one that is installed on each
 * target; undefined where none can be used.
 */
export type FileFinder = (fileNames: readonly string[], pkg: NamedPackage) => readonly (number | undefined)[]

interface NamedPackage {
  readonly name: string
  readonly version: string
  /** Others are not taken; absent: any. */
  readonly fileKinds?: readonly FileKind[] | undefined
}

/** Where a file can be used, and how well it fits there. */
interface Place extends Fit {
  /** Index of the target. */
  readonly at: number
}

export function fileFinder(targets: readonly Target[], installer: Installer): FileFinder {
  const rankTags = tagRanker(targets)
  const anywhere = targets.map((_, at): Place => ({ at, ...SDIST }))
  const known = new Map<string, readonly Place[]>()
  const wheelPlaces = (ending: string): readonly Place[] => {
    let places = known.get(ending)
    if (places === undefined) known.set(ending, (places = findPlaces(ending, rankTags)))
    return places
  }
  return (fileNames, { name, version, fileKinds }) => {
    const wanted = parseVersion(version)
    const isOwn = (found: SdistName | undefined) => isOf(found, name, wanted)
    const best: (number | undefined)[] = Array(targets.length).fill(undefined)
    const fits: Fit[] = Array(targets.length).fill(SDIST)
    // With the hyphen behind it. The wheels of a package nearly all begin alike.
    let stem = '-'
    let isOwnStem = false
    const placesOf = (fileName: string): readonly Place[] => {
      const isWheel = fileName.endsWith('.whl')
      if (fileKinds?.includes(isWheel ? 'wheel' : 'sdist') === false) return []
      if (!isWheel) return isOwn(parseSdistName(fileName, name)) ? anywhere : []
      if (!fileName.startsWith(stem)) {
        const middle = findMiddle(fileName)
        if (middle === -1) return []
        stem = fileName.slice(0, middle + 1)
        isOwnStem = isOwn(parseStem(fileName.slice(0, middle)))
      }
      return isOwnStem && fileName.length <= LONGEST_FILE_NAME ? wheelPlaces(fileName.slice(stem.length)) : []
    }
    fileNames.forEach((fileName, index) => {
      for (const place of placesOf(fileName)) {
        const { at } = place
        if (best[at] !== undefined && !isTaken(place, fits[at] ?? SDIST, installer)) continue
        best[at] = index
        fits[at] = place
      }
    })
    return best
  }
}

/** Empty for what is not the ending of a wheel, too. */
function findPlaces(ending: string, rankTags: RankTags): readonly Place[] {
  const found = parseEnding(ending)
  if (found === undefined) return []
  const places: Place[] = []
  rankTags(splitTags(found.tags)).forEach((rank, at) => {
    if (rank !== Infinity) places.push({ at, rank, build: found.build })
  })
  return places
}

/** A lock file may list the files of several versions. */
function isOf(found: SdistName | undefined, name: string, version: Version | undefined): boolean {
  if (found === undefined || version === undefined) return false
  return found.name === name && compareVersions(found.version, version) === 0
}
