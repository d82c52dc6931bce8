/**
 * Which of a package's files is installed on a target: the best wheel, else the sdist. Installers agree on the order of tags (tags.ts)
 * and differ in what else counts:
 *   pip     tag, then build tag; of equals the last
 *   poetry  build tag, then tag; of equals the first
 *   uv      tag, then build tag; of equals the first (PDM too)
 *   pylock  tag; of equals the first (PEP 751, as `packaging` selects)
 * Equals are rare (`py2.py3-none-any` beside `py3-none-any`). Files are given in the lock's order, for pip in the index's.
 */
import { tagRankers } from './tags.ts'
import type { Target } from './target.ts'
import { compareNumerals, compareVersions, parseVersion } from './version.ts'
import { parseSdistName, parseWheelName, splitTags, type WheelName } from './wheel-name.ts'

export type Installer = 'pip' | 'poetry' | 'uv' | 'pdm' | 'pylock'

/** A file that could be installed somewhere. */
export type Candidate<F> =
  | { readonly kind: 'wheel'; readonly file: F; readonly wheel: WheelName }
  | { readonly kind: 'sdist'; readonly file: F }

/** What the user allows: pip's and Poetry's `no-binary` is `sdist`, their `only-binary` is `wheel`. */
export type FileKind = 'any' | 'wheel' | 'sdist'

/** The best file for a target; undefined when none can be used there. */
export type Chooser = <F>(candidates: readonly Candidate<F>[], allowed?: FileKind) => Candidate<F> | undefined

/** The best file for each of several targets, in their order. */
export type ManyChooser = <F>(
  candidates: readonly Candidate<F>[],
  allowed?: FileKind,
) => readonly (Candidate<F> | undefined)[]

/**
 * The files of a package (its name normalized) that an installer would look at, in their order. Others are passed over, as every
 * installer does: eggs, installers for Windows, wheels whose names are not valid, files of other versions (the files of a poetry.lock
 * before 2.0 are those of all versions of a name).
 */
export function findCandidates<F extends { readonly name: string }>(
  files: readonly F[],
  { name, version }: { readonly name: string; readonly version: string },
  readWheel = parseWheelName,
): readonly Candidate<F>[] {
  const wanted = parseVersion(version)
  const candidates: Candidate<F>[] = []
  for (const file of files) {
    const wheel = readWheel(file.name)
    const found = wheel ?? parseSdistName(file.name, name)
    if (found === undefined || found.name !== name) continue
    if (wanted === undefined || compareVersions(found.version, wanted) !== 0) continue
    candidates.push(wheel === undefined ? { kind: 'sdist', file } : { kind: 'wheel', file, wheel })
  }
  return candidates
}

/** Made once for a target: it knows the order of the target's tags. */
export function chooserFor(target: Target, installer: Installer): Chooser {
  const choose = chooserForMany([target], installer)
  return (candidates, allowed) => choose(candidates, allowed)[0]
}

/** Most files can be used on few targets, so each is looked at once, and only where it can be. */
export function chooserForMany(targets: readonly Target[], installer: Installer): ManyChooser {
  const rankers = tagRankers(targets)
  const known = new Map<string, readonly Place[]>()
  const anywhere = rankers.map((_, at): Place => ({ at, rank: Number.MAX_SAFE_INTEGER }))
  const findPlaces = (text: string): readonly Place[] => {
    const tags = splitTags(text)
    return rankers.map((rankOf, at) => ({ at, rank: rankOf(tags) })).filter(({ rank }) => rank !== Infinity)
  }
  const placesOf = (tags: string): readonly Place[] => {
    const places = known.get(tags) ?? findPlaces(tags)
    known.set(tags, places)
    return places
  }
  return <F>(candidates: readonly Candidate<F>[], allowed: FileKind = 'any') => {
    const best: (Scored<F> | undefined)[] = targets.map(() => undefined)
    for (const candidate of candidates) {
      if (allowed !== 'any' && allowed !== candidate.kind) continue
      for (const { at, rank } of candidate.kind === 'sdist' ? anywhere : placesOf(candidate.wheel.tags)) {
        const before = best[at]
        const scored = { candidate, rank }
        if (before === undefined || isTaken(scored, before, installer)) best[at] = scored
      }
    }
    return best.map((scored) => scored?.candidate)
  }
}

/** Where a file can be used, and how well it fits there. */
interface Place {
  /** Index of the target. */
  readonly at: number
  /** The smaller the better; sdists come last. */
  readonly rank: number
}

interface Scored<F> {
  readonly candidate: Candidate<F>
  readonly rank: number
}

/** Of equals pip takes the last. */
function isTaken<F>(next: Scored<F>, before: Scored<F>, installer: Installer): boolean {
  return installer === 'pip' ? compareScores(before, next, installer) <= 0 : compareScores(next, before, installer) > 0
}

/** Positive: a is better. */
function compareScores<F>(a: Scored<F>, b: Scored<F>, installer: Installer): number {
  const byTag = b.rank - a.rank
  switch (installer) {
    case 'pip':
    case 'uv':
    case 'pdm':
      return byTag || compareBuilds(a.candidate, b.candidate)
    case 'poetry':
      return compareBuilds(a.candidate, b.candidate) || byTag
    case 'pylock':
      return byTag
  }
}

/** No build tag comes before every build tag. */
function compareBuilds<F>(left: Candidate<F>, right: Candidate<F>): number {
  const a = left.kind === 'wheel' ? left.wheel.build : undefined
  const b = right.kind === 'wheel' ? right.wheel.build : undefined
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  return compareNumerals(a.number, b.number) || Number(a.suffix > b.suffix) - Number(a.suffix < b.suffix)
}
