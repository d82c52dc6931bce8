/** Peers that contradict each other in a lock file: it was written with `--force` or `--legacy-peer-deps`, and npm refuses it without. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { parseJson } from '../../../../src/text/json-document.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import { findNeed } from '../../layout/find-need.ts'
import { collectNpmSettings } from '../../npmrc.ts'
import { satisfies } from '../../semver-range.ts'
import type { LockParts } from '../build-lock.ts'
import type { Ask, Entry } from '../entry.ts'

/**
 * A warning for each that npm would not pass over: of what the project itself asks for, and of the peers of that, and theirs
 * (arborist's `#loadPeerSet`). None where npm is told to pass over them, and where overrides may settle them.
 */
export function peerConflicts({ locals, places }: LockParts, context: ReadContext): readonly Problem[] {
  const conflicts: Problem[] = []
  const seen = new Set<string>()
  const waiting = [...locals].map(([from, { entry }]): Asking => ({ from, asks: entry.asks }))
  // No recursion: a chain of peers is as long as whoever wrote the lock file likes.
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { name } of next.asks) {
      const path = findNeed(places, next.from, name)
      const entry = path === undefined ? undefined : places.get(path)?.entry
      if (path === undefined || entry === undefined || entry.link || seen.has(path)) continue
      seen.add(path)
      const asks = entry.asks.filter(isPeer)
      waiting.push({ from: path, asks })
      const others = asks.flatMap(({ name, range }) => {
        const version = places.get(findNeed(places, path, name) ?? '')?.entry.version
        return version !== undefined && satisfies(version, range) === false ? [{ name, range, version }] : []
      })
      if (others.length > 0) conflicts.push(warning(entry, others))
    }
  }
  return conflicts.length === 0 || arePassedOver(context) ? [] : conflicts
}

interface Asking {
  /** Path of who asks. */
  readonly from: string
  readonly asks: readonly Ask[]
}

function isPeer({ kind, optional }: Ask): boolean {
  return kind === 'peer' && !optional
}

interface OtherVersion {
  readonly name: string
  readonly range: string
  /** The one that is locked. */
  readonly version: string
}

function warning({ path, where }: Entry, others: readonly OtherVersion[]): Problem {
  const asked = others.map(({ name, range, version }) => `${shown(name)} ${shown(range)} (locked: ${shown(version)})`)
  return {
    code: 'lock-inconsistent',
    message: `${shown(path)} asks for other versions of its peers: ${asked.join(', ')}`,
    where,
    hint: 'they are installed as they are locked, as npm ci --force does; npm ci alone refuses them',
  }
}

function arePassedOver(context: ReadContext): boolean {
  const settings = collectNpmSettings(context)
  if (['legacy-peer-deps', 'force'].some((name) => settings.get(name)?.value === 'true')) return true
  const text = context.files.find('package.json')
  return (
    text !== undefined &&
    rootFields(parseJson(text, { file: 'package.json', purpose: 'manifest' }))?.has('overrides') === true
  )
}
