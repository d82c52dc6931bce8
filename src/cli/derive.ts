/** The pipeline of a conversion, up to the files that would be written: detect, read, pin, plan, emit. Changes nothing. */
import { basename } from 'node:path'
import { ecosystems } from '../../converters/index.ts'
import { emitNix } from '../emit/nix.ts'
import { loadAssets } from '../io/assets.ts'
import { projectFiles } from '../io/project-files.ts'
import type { Converter, ReadContext } from '../model/converter.ts'
import type { Lock } from '../model/lock.ts'
import type { OutputFile } from '../model/output-file.ts'
import type { Downloads, GitRepositories, PinCache, ProjectArchives, ProjectFiles, Web } from '../model/world.ts'
import { ProblemError, type Problem } from '../problem.ts'
import { pinLock, type PinOptions, type PinResult } from '../pin/pin-lock.ts'
import { SPEC_VERSION, type BuildSpec, type SpecPart } from '../spec/build-spec.ts'
import { namedPackages } from '../spec/named-packages.ts'
import { specPart } from '../spec/spec-part.ts'
import { findLocks, type FoundLock } from './detect.ts'
import { loadUserConfig } from './ecosystem-config.ts'
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

interface DerivedPart {
  readonly lock: DerivedLock
  readonly part: SpecPart
  readonly warnings: readonly Problem[]
}

async function derivePart(request: DeriveRequest, found: FoundLock): Promise<DerivedPart> {
  const { directory, environment, omit, systems, usePackageManager, progress } = request
  const context: ReadContext = {
    file: found.file,
    files: await readableFiles(request, found),
    userConfig: await loadUserConfig(found.ecosystem.name, environment),
    environment,
    registry: request.registry,
  }
  progress.show(`reading ${found.file}`)
  const [reader, converter] = await Promise.all([found.format.load(), found.ecosystem.load()])
  const read = reader.read(context)
  let lookedUp = 0
  const connection = request.connect(context, found)
  const options: PinOptions = {
    ...connection,
    indexes: converter.indexes?.(context, connection.web),
    archives: lazyArchives(directory),
    lookUp: converter.lookUp,
    manifest: converter.gitManifest.file,
    previous: request.previous?.ecosystems[found.ecosystem.name],
    onProgress: ({ done, total, name }) => {
      lookedUp = total
      progress.show(`looking up ${name}:`, done, total)
    },
  }
  progress.show('looking up')
  // Planned first: what `omit` leaves out is never looked up, so that `check` does not miss it either.
  const planOptions = { systems, omit, usePackageManager }
  const planned =
    converter.planWithLookUps === undefined
      ? converter.plan(read.lock, planOptions)
      : await converter.planWithLookUps(read.lock, planOptions, {
          ...connection,
          registry: request.registry,
          previous: options.previous,
        })
  const pinned = await pinLock(planned.lock ?? namedPackages(read.lock, planned.plan), options)
  const part = specPart(pinned.lock, planned.plan, { omit, usePackageManager })
  const { format, packages } = read.lock
  return {
    lock: {
      ecosystem: found.ecosystem.name,
      file: found.file,
      format: format.name,
      version: format.version,
      packages: packages.size,
      sources: Object.keys(part.sources).length,
      lookedUp,
    },
    part,
    warnings: [
      ...read.warnings,
      ...pinned.warnings,
      ...manifestWarnings(read.lock, pinned, converter),
      ...planned.warnings,
    ],
  }
}

/** A binary lock file reads as the text that its own program makes of it. */
async function readableFiles(
  { directory, environment }: DeriveRequest,
  { format, file }: FoundLock,
): Promise<ProjectFiles> {
  const files = projectFiles(directory)
  const { binary } = format
  if (binary === undefined || basename(file) !== binary.file) return files
  const { convertToText } = await import('../io/binary-lock.ts')
  const text = await convertToText(binary, { directory, file, files, environment })
  return { ...files, find: (path) => (path === file ? text : files.find(path)) }
}

/** Few projects have archives of their own: what hashes them is loaded with the first. */
function lazyArchives(directory: string): ProjectArchives {
  const load = async () => (await import('../io/project-archives.ts')).projectArchives(directory)
  return { findDigests: async (path, wanted) => (await load()).findDigests(path, wanted) }
}

/** A manifest that cannot be read will stop the build, which says more about it; here it must not stop the conversion. */
function manifestWarnings(lock: Lock, { manifests }: PinResult, { gitManifest }: Converter): readonly Problem[] {
  return [...manifests].flatMap(([id, text]) => {
    const pkg = lock.packages.get(id)
    try {
      return pkg === undefined ? [] : gitManifest.warnings(pkg, text)
    } catch (error) {
      if (error instanceof ProblemError) return error.problems.map((problem) => ({ ...problem, where: pkg?.where }))
      throw error
    }
  })
}

function assetPaths(locks: readonly FoundLock[], flake: boolean): readonly string[] {
  const own = locks.flatMap(({ ecosystem }) =>
    [...ecosystem.buildFiles, 'settings.txt'].map((file) => `${ecosystem.name}/${file}`),
  )
  return ['default.nix', ...(flake ? ['flake.nix'] : []), ...own]
}
