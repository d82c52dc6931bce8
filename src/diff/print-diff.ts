/** A difference as lines for a person: what nobody should overlook first. */
import { shown } from '../problem.ts'
import { isSuspicious, type Difference, type IntegrityChange, type Move, type VersionChange } from './difference.ts'

export interface PrintDiffOptions {
  /** Lines per kind of change; the rest is counted. 20 unless given. */
  readonly limit?: number
  /** More than that many moves are told by where they went; as `limit` unless given. */
  readonly moves?: number
}

/**
 * `! ms 2.1.3: the same version with another digest: sha512-… → sha512-…`, `+ ms 2.1.3`, `- ms 2.0.0`, `~ ms 2.0.0 → 2.1.3 (minor)`,
 * `↓ ms 2.1.3 → 2.0.0 (minor)`. Empty when nothing differs.
 */
export function printDiff(
  difference: Difference,
  { limit = 20, moves = limit }: PrintDiffOptions = {},
): readonly string[] {
  const { integrity } = difference
  const kinds: readonly (readonly string[])[] = [
    integrity.filter(isSuspicious).map((each) => `! ${printIntegrity(each)}`),
    printMoves(difference.moved, moves).map((line) => `! ${line}`),
    difference.added.map(({ name, version }) => `+ ${named(name, version)}`),
    difference.removed.map(({ name, version }) => `- ${named(name, version)}`),
    difference.updated.map((change) => `~ ${printChange(change)}`),
    difference.downgraded.map((change) => `↓ ${printChange(change)}`),
    integrity.filter((each) => !isSuspicious(each)).map((each) => `~ ${printIntegrity(each)}`),
    difference.other.map((line) => `  ${bare(line)}`),
  ]
  return kinds.flatMap((lines) => shorten(lines, limit))
}

/** `2 added, 1 updated, 1 with another digest`; '' when nothing of it differs. */
export function summarize({ added, removed, updated, downgraded, moved, integrity }: Difference): string {
  const counts = [
    [integrity.filter(isSuspicious).length, 'with another digest or none'],
    [moved.length, 'from elsewhere'],
    [added.length, 'added'],
    [removed.length, 'removed'],
    [updated.length, 'updated'],
    [downgraded.length, 'downgraded'],
    [integrity.filter(({ kind }) => kind === 'commit').length, 'at another commit'],
    [integrity.filter(({ kind }) => kind === 'gained').length, 'with a new digest'],
  ] as const
  return counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(', ')
}

function printChange({ name, from, to, step }: VersionChange): string {
  return `${bare(name)} ${bare(from)} → ${bare(to)}${step === undefined ? '' : ` (${step})`}`
}

const integrityWords: Readonly<Record<IntegrityChange['kind'], string>> = {
  changed: 'the same version with another digest',
  commit: 'the same version, another commit',
  lost: 'the same version, and its digest is lost',
  gained: 'the same version, now with a digest',
}

function printIntegrity({ name, version, kind, file, from, to }: IntegrityChange): string {
  const which = file === undefined ? '' : ` (${bare(file)})`
  return `${named(name, version)}${which}: ${integrityWords[kind]}: ${bare(from || 'none')} → ${bare(to || 'none')}`
}

/** Many that moved together are one thing that happened. */
function printMoves(moves: readonly Move[], limit: number): readonly string[] {
  if (moves.length <= limit) return moves.map((move) => `${named(move.name, move.version)}: ${printRoute(move)}`)
  const routes = new Map<string, Move[]>()
  for (const move of moves) {
    const route = printRoute(move)
    const others = routes.get(route)
    if (others === undefined) routes.set(route, [move])
    else others.push(move)
  }
  return [...routes].map(([route, group]) => {
    const names = group.slice(0, 3).map(({ name, version }) => named(name, version))
    return `${group.length} packages: ${route} (${names.join(', ')}${group.length > names.length ? ', …' : ''})`
  })
}

function printRoute({ from, to }: Move): string {
  return `from elsewhere than before: ${bare(from)} → ${bare(to)}`
}

function shorten(lines: readonly string[], limit: number): readonly string[] {
  if (lines.length <= limit) return lines
  return [...lines.slice(0, limit), `${lines[0]?.[0] ?? ' '} … and ${lines.length - limit} more`]
}

function named(name: string, version: string): string {
  return version === '' ? bare(name) : `${bare(name)} ${bare(version)}`
}

/** Quoted only when it needs to be. */
function bare(text: string): string {
  return /^[\w@/.+~#:(),=→ -]+$/.test(text) && text.length <= 120 ? text : shown(text)
}
