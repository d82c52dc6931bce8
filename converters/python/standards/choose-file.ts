/**
 * Which of a package's files is installed on a target: the best wheel, else the sdist. Installers agree on the order of tags (tags.ts)
 * and differ in what else counts:
 *   pip     tag, then build tag; of equals the last
 *   poetry  build tag, then tag; of equals the first
 *   uv      tag, then build tag; of equals the first (PDM too)
 *   pylock  tag; of equals the first (PEP 751, as `packaging` selects)
 * Equals are rare (`py2.py3-none-any` beside `py3-none-any`). Files are given in the lock's order, for pip in the index's.
 */
import { rankTags } from './tags.ts'
import type { Target } from './target.ts'
import { compareNumerals, compareVersions, parseVersion } from './version.ts'
import { expandTags, parseSdistName, parseWheelName, type BuildTag, type WheelName } from './wheel-name.ts'

export type Installer = 'pip' | 'poetry' | 'uv' | 'pdm' | 'pylock'

/** A file that could be installed somewhere. */
export type Candidate<F> =
  | { readonly kind: 'wheel'; readonly file: F; readonly wheel: WheelName }
  | { readonly kind: 'sdist'; readonly file: F }

/** What the user allows: pip's and Poetry's `no-binary` is `sdist`, their `only-binary` is `wheel`. */
export type FileKind = 'any' | 'wheel' | 'sdist'

/** The best file for the chooser's target; undefined when none can be used there. */
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
  return files.flatMap((file) => {
    const wheel = parseWheelName(file.name)
    const found = wheel ?? parseSdistName(file.name, name)
    if (found === undefined || found.name !== name) return []
    if (wanted === undefined || compareVersions(found.version, wanted) !== 0) return []
    return [wheel === undefined ? { kind: 'sdist', file } : { kind: 'wheel', file, wheel }]
  })
}

/** Tags of compressed sets, each set taken apart once for all targets. */
export type Expand = (tags: string) => readonly string[]

export function rememberExpanded(): Expand {
  const known = new Map<string, readonly string[]>()
  return (tags) => {
    const expanded = known.get(tags) ?? expandTags(tags)
    known.set(tags, expanded)
    return expanded
  }
}

/** Made once for a target: it knows the order of the target's tags. */
export function chooserFor(target: Target, installer: Installer, expand: Expand = expandTags): Chooser {
  const ranks = rankTags(target)
  const known = new Map<string, number>()
  const rankOf = (tags: string): number => {
    let rank = known.get(tags)
    if (rank === undefined) {
      rank = Infinity
      for (const tag of expand(tags)) rank = Math.min(rank, ranks.get(tag) ?? Infinity)
      known.set(tags, rank)
    }
    return rank
  }
  return <F>(candidates: readonly Candidate<F>[], allowed: FileKind = 'any') => {
    let best: Candidate<F> | undefined
    let bestScore: Score = { rank: Infinity }
    for (const candidate of candidates) {
      if (allowed !== 'any' && allowed !== candidate.kind) continue
      const rank = candidate.kind === 'sdist' ? Number.MAX_SAFE_INTEGER : rankOf(candidate.wheel.tags)
      if (rank === Infinity) continue
      const score: Score = { rank, build: candidate.kind === 'sdist' ? undefined : candidate.wheel.build }
      const isFirst = best === undefined
      // Of equals pip takes the last.
      if (
        !isFirst &&
        (installer === 'pip' ? isBetter(bestScore, score, installer) : !isBetter(score, bestScore, installer))
      )
        continue
      best = candidate
      bestScore = score
    }
    return best
  }
}

interface Score {
  /** The smaller the better; sdists come last. */
  readonly rank: number
  readonly build?: BuildTag | undefined
}

function isBetter(a: Score, b: Score, installer: Installer): boolean {
  const byTag = b.rank - a.rank
  switch (installer) {
    case 'pip':
    case 'uv':
    case 'pdm':
      return (byTag || compareBuilds(a.build, b.build)) > 0
    case 'poetry':
      return (compareBuilds(a.build, b.build) || byTag) > 0
    case 'pylock':
      return byTag > 0
  }
}

/** No build tag comes before every build tag. */
function compareBuilds(a: BuildTag | undefined, b: BuildTag | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  return compareNumerals(a.number, b.number) || Number(a.suffix > b.suffix) - Number(a.suffix < b.suffix)
}
