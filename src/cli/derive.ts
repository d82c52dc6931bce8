/** The pipeline of a conversion, up to the files that would be written: detect, read, pin, plan, emit. Changes nothing. */
import { dirname } from 'node:path'
import { ecosystems } from '../../converters/index.ts'
import { emitNix } from '../emit/nix.ts'
import { loadAssets } from '../io/assets.ts'
import { projectFiles } from '../io/project-files.ts'
import type { ProjectWatch } from '../io/project-watch.ts'
import type { ReadContext } from '../model/converter.ts'
import type { OutputFile } from '../model/output-file.ts'
import type { Downloads, GitRepositories, PinCache, Web } from '../model/world.ts'
import type { Problem } from '../problem.ts'
import { SPEC_VERSION, type BuildSpec } from '../spec/build-spec.ts'
import { specParts } from '../spec/collection-parts.ts'
import type { ResolveTool } from './derive-collection.ts'
import { derivePart } from './derive-part.ts'
import { findLocks, isCollection, KEPT_ASIDE, type FoundLock } from './detect.ts'
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
  /** See SpecPart. */
  readonly env: Readonly<Record<string, string>> | undefined
  /** What the last run wrote. */
  readonly previous: { readonly spec: BuildSpec | undefined }
  readonly connect: Connect
  /** packages.json, where it is to be changed. */
  readonly collection?: string | undefined
  /** Is told what is looked at in the directory. */
  readonly watch?: ProjectWatch | undefined
  /** Of a collection: names of packages whose lock files count for nothing. */
  readonly refresh?: 'all' | readonly string[] | undefined
  /** Of a collection: locks its packages; absent: what is locked has to do. */
  readonly resolveTool?: ResolveTool | undefined
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
  /** Those of the user's own among them that are overwritten, because they were asked to be. */
  readonly edited?: readonly string[]
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
  const { directory, lock, flake, systems, watch } = request
  const project = watch?.files
  if (request.collection !== undefined || isCollection({ directory, ecosystems, lock, project })) {
    // Its packages are projects of their own, which nobody watches.
    watch?.giveUp()
    return (await import('./derive-collection.ts')).deriveCollection(request)
  }
  const detected = await findLocks({ directory, ecosystems, lock, preferred: request.preferred, project })
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
    files: [
      ...emitNix({ spec, assets: loadAssets(assetPaths(detected.locks, flake)), flake }),
      ...keptAside(directory, detected.locks),
    ],
    warnings: [...detected.warnings, ...parts.flatMap((part) => part.warnings)],
  }
}

/** `names`: every one that any run may have written into lock2build/. `former`: what the last run wrote below it. */
export function ownFiles(previous: BuildSpec | undefined): { names: readonly string[]; former: readonly string[] } {
  return {
    names: [
      'default.nix',
      'spec.json',
      'packages',
      ...ecosystems.flatMap(({ buildFiles, formats }) => [...buildFiles, ...formats.flatMap(({ files }) => files)]),
    ],
    former: previous?.collection === undefined ? [] : collectionFiles(previous),
  }
}

/** Lock files that stand in lock2build/ are files of ours, and stay as they are. */
function keptAside(directory: string, locks: readonly FoundLock[]): readonly OutputFile[] {
  const files = locks.map(({ file }) => file).filter((file) => file.startsWith(KEPT_ASIDE))
  const project = projectFiles(directory)
  return files.map((path) => ({ path, owner: 'lock2build', text: project.find(path) ?? '' }))
}

/** Manifests and lock files of the packages of a collection. */
function collectionFiles(spec: BuildSpec): readonly string[] {
  return specParts(spec).flatMap(({ ecosystem, attribute, part }) => {
    if (attribute === undefined) return []
    const manifest = ecosystems.find(({ name }) => name === ecosystem)?.manifest.file
    return [part.lock.file, ...(manifest === undefined ? [] : [`${dirname(part.lock.file)}/${manifest}`])]
  })
}

function assetPaths(locks: readonly FoundLock[], flake: boolean): readonly string[] {
  const own = locks.flatMap(({ ecosystem }) =>
    [...ecosystem.buildFiles, 'settings.txt'].map((file) => `${ecosystem.name}/${file}`),
  )
  return ['default.nix', 'project.nix', ...(flake ? ['flake.nix'] : []), ...own]
}
