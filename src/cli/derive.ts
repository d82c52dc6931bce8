/** The pipeline of a conversion, up to the files that would be written: detect, read, pin, plan, emit. Changes nothing. */
import { ecosystems } from '../../converters/index.ts'
import { emitNix } from '../emit/nix.ts'
import { loadAssets } from '../io/assets.ts'
import type { ReadContext } from '../model/converter.ts'
import type { OutputFile } from '../model/output-file.ts'
import type { Downloads, GitRepositories, PinCache, Web } from '../model/world.ts'
import type { Problem } from '../problem.ts'
import { SPEC_VERSION, type BuildSpec } from '../spec/build-spec.ts'
import { derivePart } from './derive-part.ts'
import { findLocks, type FoundLock } from './detect.ts'
import type { Progress } from './progress.ts'

export interface DeriveRequest {
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly lock: string | undefined
  /** See DetectRequest. */
  readonly preferred?: readonly string[]
  readonly registry: string | undefined
  readonly omit: readonly string[]
  readonly systems: readonly string[]
  readonly usePackageManager: boolean
  readonly flake: boolean
  /** What the last run wrote. */
  readonly previous: BuildSpec | undefined
  readonly connect: Connect
  readonly progress: Progress
}

/** How look-ups reach the world. */
export type Connect = (context: ReadContext, found: FoundLock) => Connection

export interface Connection {
  readonly web: Web
  readonly downloads: Downloads
  readonly git: GitRepositories
  readonly cache?: PinCache
}

export interface Derived {
  readonly locks: readonly DerivedLock[]
  readonly spec: BuildSpec
  readonly files: readonly OutputFile[]
  readonly warnings: readonly Problem[]
}

export interface DerivedLock {
  readonly ecosystem: string
  readonly file: string
  readonly format: string
  readonly version: string
  readonly packages: number
  readonly sources: number
  /** How many sources had to be looked up. */
  readonly lookedUp: number
}

/** Throws the problems of whatever goes wrong first. */
export async function derive(request: DeriveRequest): Promise<Derived> {
  const { directory, lock, flake, systems } = request
  const detected = await findLocks({ directory, ecosystems, lock, preferred: request.preferred })
  const parts = []
  for (const found of detected.locks) parts.push(await derivePart(request, found))
  const spec: BuildSpec = {
    lock2build: SPEC_VERSION,
    systems: [...new Set(systems)].sort(),
    ecosystems: Object.fromEntries(parts.map(({ lock, part }) => [lock.ecosystem, part])),
  }
  return {
    locks: parts.map((part) => part.lock),
    spec,
    files: emitNix({ spec, assets: loadAssets(assetPaths(detected.locks, flake)), flake }),
    warnings: [...detected.warnings, ...parts.flatMap((part) => part.warnings)],
  }
}

/** Every name that any run may have written into lock2build/. */
export function ownNames(): readonly string[] {
  return ['default.nix', 'spec.json', ...ecosystems.flatMap((ecosystem) => ecosystem.buildFiles)]
}

function assetPaths(locks: readonly FoundLock[], flake: boolean): readonly string[] {
  const own = locks.flatMap(({ ecosystem }) =>
    [...ecosystem.buildFiles, 'settings.txt'].map((file) => `${ecosystem.name}/${file}`),
  )
  return ['default.nix', ...(flake ? ['flake.nix'] : []), ...own]
}
