/**
 * choose-file.ts for many packages and several targets at once. Nearly all wheels of a lock file end like others of it, and can be used
 * on one target or none: so an ending is read once, and a file is looked at only where it can be used.
 */
import type { FileKind } from '../../../src/model/python.ts'
import { isTaken, SDIST, type Fit, type Installer } from './choose-file.ts'
import { tagRankers, type RankTags } from './tags.ts'
import type { Target } from './target.ts'
import { compareVersions, parseVersion, type Version } from './version.ts'
import { findMiddle, parseEnding, parseSdistName, parseStem, splitTags, type SdistName } from './wheel-name.ts'

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
  const rankers = tagRankers(targets)
  const anywhere = targets.map((_, at): Place => ({ at, ...SDIST }))
  const known = new Map<string, readonly Place[]>()
  const wheelPlaces = (ending: string): readonly Place[] => {
    let places = known.get(ending)
    if (places === undefined) known.set(ending, (places = findPlaces(ending, rankers)))
    return places
  }
  return (fileNames, { name, version, fileKinds }) => {
    const wanted = parseVersion(version)
    const isOwn = (found: SdistName | undefined) => isOf(found, name, wanted)
    const best: (number | undefined)[] = Array(targets.length).fill(undefined)
    const fits: Fit[] = Array(targets.length).fill(SDIST)
    let stem = ''
    let isOwnStem = false
    const placesOf = (fileName: string): readonly Place[] => {
      const isWheel = fileName.endsWith('.whl')
      if (fileKinds?.includes(isWheel ? 'wheel' : 'sdist') === false) return []
      if (!isWheel) return isOwn(parseSdistName(fileName, name)) ? anywhere : []
      const middle = findMiddle(fileName)
      const places = middle === -1 ? [] : wheelPlaces(fileName.slice(middle + 1))
      if (places.length === 0) return places
      const own = fileName.slice(0, middle)
      if (own !== stem) {
        stem = own
        isOwnStem = isOwn(parseStem(stem))
      }
      return isOwnStem ? places : []
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
function findPlaces(ending: string, rankers: readonly RankTags[]): readonly Place[] {
  const found = parseEnding(ending)
  if (found === undefined) return []
  const tags = splitTags(found.tags)
  return rankers
    .map((rankOf, at): Place => ({ at, rank: rankOf(tags), build: found.build }))
    .filter(({ rank }) => rank !== Infinity)
}

/** A lock file may list the files of several versions. */
function isOf(found: SdistName | undefined, name: string, version: Version | undefined): boolean {
  if (found === undefined || version === undefined) return false
  return found.name === name && compareVersions(found.version, version) === 0
}
