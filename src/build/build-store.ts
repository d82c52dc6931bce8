/** Finished builds below the cache directory, by key; and what failed ones leave for people to look at. */
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { failIo } from '../io/inside.ts'
import type { StoreSpace } from '../io/store-space.ts'
import { isThere } from '../io/surroundings.ts'
import { BUILDS } from '../store/store-layout.ts'

export interface BuildPlaces {
  /** `builds/<key>`: appears whole, or not at all. */
  readonly entry: string
  /** The result. */
  readonly out: string
  readonly log: string
}

export function buildPlaces(cache: string, key: string): BuildPlaces {
  const entry = join(cache, BUILDS, key)
  return { entry, out: join(entry, 'out'), log: join(entry, 'log') }
}

export function isBuilt(cache: string, key: string): boolean {
  return isThere(buildPlaces(cache, key).out)
}

/** The log of the last build of this key that failed, and with `--keep-failed` its directory. */
export function failurePlaces(
  cache: string,
  name: string,
  key: string,
): { readonly log: string; readonly kept: string } {
  const label = `${name}-${key.slice(0, 12)}`
  return { log: join(cache, 'logs', `${label}.log`), kept: join(cache, 'failed', label) }
}

/** Moves within the cache, in place of what was there. Throws `io`. */
export function replaceWith(space: StoreSpace, from: string, to: string): void {
  try {
    space.remove(to)
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    renameSync(from, to)
  } catch (error) {
    failIo(error, 'writing', to)
  }
}

/** An older failure says nothing any more. */
export function forgetFailure(cache: string, name: string, key: string): void {
  rmSync(failurePlaces(cache, name, key).log, { force: true })
}
