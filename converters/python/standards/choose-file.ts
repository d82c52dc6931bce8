/**
 * Which of a package's files is installed on a target: the best wheel, else the sdist. Installers agree on the order of tags (tags.ts)
 * and differ in what else counts:
 *   pip     tag, then build tag; of equals the last
 *   poetry  build tag, then tag; of equals the first
 *   uv      tag, then build tag; of equals the first (PDM too)
 *   pylock  tag; of equals the first (PEP 751, as `packaging` selects)
 * Equals are rare (`py2.py3-none-any` beside `py3-none-any`). Files are given in the lock's order, for pip in the index's.
 */
import { tagRanker, type RankTags } from './tags.ts'
import type { Target } from './target.ts'
import { compareNumerals, compareVersions, parseVersion } from './version.ts'
import { parseSdistName, parseWheelName, splitTags, type BuildTag, type WheelName } from './wheel-name.ts'

export type Installer = 'pip' | 'poetry' | 'uv' | 'pdm' | 'pylock'

/** A file that could be installed somewhere. */
export type Candidate<F> =
  | { readonly kind: 'wheel'; readonly file: F; readonly wheel: WheelName }
  | { readonly kind: 'sdist'; readonly file: F }

/** What the user allows: pip's and Poetry's `no-binary` is `sdist`, their `only-binary` is `wheel`. */
export type FileKind = 'any' | 'wheel' | 'sdist'

/** The best file for a target; undefined when none can be used there. */
export type Chooser = <F>(candidates: readonly Candidate<F>[], allowed?: FileKind) => Candidate<F> | undefined

/**
 * The files of a package (its name normalized) that an installer would look at, in their order. Others are passed over, as every
 * installer does: eggs, installers for Windows, wheels whose names are not valid, files of other versions (the files of a poetry.lock
 * before 2.0 are those of all versions of a name).
 */
export function findCandidates<F extends { readonly name: string }>(
  files: readonly F[],
  { name, version }: { readonly name: string; readonly version: string },
): readonly Candidate<F>[] {
  const wanted = parseVersion(version)
  const candidates: Candidate<F>[] = []
  for (const file of files) {
    const wheel = parseWheelName(file.name)
    const found = wheel ?? parseSdistName(file.name, name)
    if (found === undefined || found.name !== name) continue
    if (wanted === undefined || compareVersions(found.version, wanted) !== 0) continue
    candidates.push(wheel === undefined ? { kind: 'sdist', file } : { kind: 'wheel', file, wheel })
  }
  return candidates
}

/** Made once for a target: it knows the order of the target's tags. */
export function chooserFor(target: Target, installer: Installer): Chooser {
  const rankTags = tagRanker([target])
  return <F>(candidates: readonly Candidate<F>[], allowed: FileKind = 'any') => {
    let best: { readonly candidate: Candidate<F>; readonly fit: Fit } | undefined
    for (const candidate of candidates) {
      if (allowed !== 'any' && allowed !== candidate.kind) continue
      const fit = candidate.kind === 'sdist' ? SDIST : fitOf(candidate.wheel, rankTags)
      if (fit.rank !== Infinity && (best === undefined || isTaken(fit, best.fit, installer))) best = { candidate, fit }
    }
    return best?.candidate
  }
}

function fitOf({ tags, build }: WheelName, rankTags: RankTags): Fit {
  const [rank = Infinity] = rankTags(splitTags(tags))
  return { rank, build }
}

/** How well a file fits a target. */
export interface Fit {
  /** The smaller the better. */
  readonly rank: number
  readonly build: BuildTag | undefined
}

/** They come last. */
export const SDIST: Fit = { rank: Number.MAX_SAFE_INTEGER, build: undefined }

/** Whether the next file is installed instead of the one before. Of equals pip takes the last. */
export function isTaken(next: Fit, before: Fit, installer: Installer): boolean {
  const byTag = next.rank - before.rank
  switch (installer) {
    case 'pip':
      return (byTag || compareBuilds(before.build, next.build)) <= 0
    case 'uv':
    case 'pdm':
      return (byTag || compareBuilds(before.build, next.build)) < 0
    case 'poetry':
      return (compareBuilds(before.build, next.build) || byTag) < 0
    case 'pylock':
      return byTag < 0
  }
}

/** No build tag comes before every build tag. */
function compareBuilds(a: BuildTag | undefined, b: BuildTag | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  return compareNumerals(a.number, b.number) || Number(a.suffix > b.suffix) - Number(a.suffix < b.suffix)
}
