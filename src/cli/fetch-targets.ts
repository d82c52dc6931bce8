/** Where `fetch` carries the sources from our store: `--nix`, `--cache DIR`, `--mirror DIR`. */
import { resolve } from 'node:path'
import { addToMirror } from '../fetch/mirror.ts'
import type { Compression } from '../fetch/narinfo.ts'
import { nixFeed } from '../fetch/nix-feed.ts'
import { parseSigningKey, printPublicKey, type SigningKey } from '../fetch/signing.ts'
import { addToStaticCache } from '../fetch/static-cache.ts'
import type { StoredSource } from '../fetch/stored-source.ts'
import { cacheDirectory } from '../io/cache-directory.ts'
import { loadConfigured } from '../io/user-config.ts'
import type { JsonObject } from '../model/json.ts'
import { fail } from '../problem.ts'
import { baseDirectory } from './base-directory.ts'
import type { Invocation } from './commands.ts'
import { counted, styled, type Line } from './printable.ts'

export interface TargetOutcome {
  /** Key in the JSON report. */
  readonly name: 'nix' | 'cache' | 'mirror'
  readonly line: Line
  readonly json: JsonObject
}

/** Carries sources to one place. */
export interface Target {
  /** Called for each source when it is there: it may be carried while others are fetched. */
  offer?(source: StoredSource): void
  /** Called when all are there. */
  carry(sources: readonly StoredSource[]): Promise<TargetOutcome>
  /** Nothing more is to be carried. */
  abandon?(): Promise<void>
}

/** In the order in which they are served. Looks at nothing but the command line and the key. Throws `usage`, `config-invalid`, `io`. */
export function readTargets(invocation: Invocation): readonly Target[] {
  const { line } = invocation
  const base = baseDirectory(line)
  const { nix, store, cache, compression, sign, mirror } = line.values
  refuseWithout('store', store, '--nix', nix)
  refuseWithout('compression', compression, '--cache DIR', cache)
  refuseWithout('sign', sign, '--cache DIR', cache)
  return [
    ...(nix === true ? [intoNix(invocation, text(store))] : []),
    ...(typeof cache === 'string' ? [intoCache(invocation, resolve(base, cache))] : []),
    ...(typeof mirror === 'string' ? [intoMirror(invocation, resolve(base, mirror))] : []),
  ]
}

function refuseWithout(name: string, value: unknown, needed: string, given: unknown): void {
  if (value === undefined || given !== undefined) return
  fail({ code: 'usage', message: `--${name} says something about ${needed} only`, hint: `add ${needed}` })
}

function intoNix({ environment, progress }: Invocation, store: string | undefined): Target {
  const onProgress = (done: number, total: number) => progress.show('adding to the Nix store', done, total)
  const feed = nixFeed({ environment, store, cacheDirectory: cacheDirectory(environment), onProgress })
  return {
    offer: feed.offer,
    abandon: feed.abandon,
    carry: async () => outcome('nix', { ...(await feed.finish()), directory: undefined }, 'the Nix store'),
  }
}

function intoCache(invocation: Invocation, directory: string): Target {
  const { environment, progress, line } = invocation
  const key = findKey(invocation)
  const compression: Compression = line.values['compression'] === 'zstd' ? 'zstd' : 'none'
  return {
    carry: async (sources) => {
      const onProgress = (done: number, total: number) => progress.show('writing the binary cache', done, total)
      const done = await addToStaticCache(directory, sources, { environment, compression, key, onProgress })
      const publicKey = key === undefined ? undefined : printPublicKey(key)
      return outcome('cache', { ...done, directory, publicKey }, `the binary cache ${directory}`)
    },
  }
}

function findKey({ line, environment }: Invocation): SigningKey | undefined {
  const file = text(line.values['sign'])
  return file === undefined ? undefined : parseSigningKey(loadConfigured(file, baseDirectory(line), environment), file)
}

function intoMirror({ progress }: Invocation, directory: string): Target {
  return {
    carry: async (sources) => {
      const onProgress = (done: number, total: number) => progress.show('writing the mirror', done, total)
      const done = await addToMirror(directory, sources, onProgress)
      return outcome('mirror', { ...done, directory }, `the mirror ${directory}`)
    },
  }
}

interface Done {
  readonly added: number
  readonly kept: number
  readonly directory: string | undefined
  readonly publicKey?: string | undefined
}

function outcome(name: TargetOutcome['name'], done: Done, place: string): TargetOutcome {
  const { added, kept, directory, publicKey } = done
  const json = {
    ...(directory === undefined ? {} : { directory }),
    added,
    kept,
    ...(publicKey === undefined ? {} : { publicKey }),
  }
  const line: Line =
    added === 0
      ? [styled('green', 'complete'), `: ${place} has ${counted(kept, 'source')} of this project`]
      : [styled('green', 'added'), ` ${counted(added, 'source')} to ${place}`]
  return { name, line, json }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
