/** One lock file's way into the spec: read, plan, pin. */
import { filesAround } from '../io/project-files.ts'
import type { Converter, ReadContext } from '../model/converter.ts'
import type { Lock } from '../model/lock.ts'
import type { ProjectArchives, ProjectFiles } from '../model/world.ts'
import { ProblemError, type Problem } from '../problem.ts'
import { pinLock, type PinOptions, type PinResult } from '../pin/pin-lock.ts'
import type { SpecPart } from '../spec/build-spec.ts'
import { namedPackages } from '../spec/named-packages.ts'
import { specPart } from '../spec/spec-part.ts'
import { countAnswers } from './count-answers.ts'
import type { DerivedLock, DeriveRequest } from './derive.ts'
import type { FoundLock } from './detect.ts'
import { loadUserConfig } from './ecosystem-config.ts'
import { PreviousPart } from './previous-part.ts'
import { counted } from './printable.ts'
import { readableFiles } from './readable-files.ts'

export interface DerivedPart {
  readonly lock: DerivedLock
  readonly read: Lock
  readonly part: SpecPart
  readonly warnings: readonly Problem[]
}

/** Where the lock file of a part comes from, when it is no project of its own. */
export interface PartView {
  /** Instead of the project's. */
  readonly files: ProjectFiles
  /** What the last run wrote of it. */
  readonly previous: SpecPart | undefined
}

export async function derivePart(request: DeriveRequest, found: FoundLock, view?: PartView): Promise<DerivedPart> {
  const { directory, environment, omit, systems, usePackageManager, progress } = request
  const context: ReadContext = {
    file: found.file,
    files: view?.files ?? (await readableFiles(request, found)),
    userConfig: await loadUserConfig(found.ecosystem.name, environment),
    environment,
    registry: request.registry,
    ...(view === undefined ? { around: () => filesAround(directory) } : {}),
  }
  progress.show(`reading ${found.file}`)
  const [reader, converter] = await Promise.all([found.format.load(), found.ecosystem.load()])
  const read = reader.read(context)
  const previous = view === undefined ? new PreviousPart(request.previous, found.ecosystem.name) : view.previous
  let lookedUp = 0
  let answers = 0
  let isPinning = false
  const connection = countAnswers(request.connect(context, found), () => {
    answers += 1
    if (!isPinning) progress.show(`looking up, ${counted(answers, 'answer')} so far`)
  })
  const options: PinOptions = {
    ...connection,
    indexes: converter.indexes?.(context, connection.web),
    archives: lazyArchives(request),
    lookUp: converter.lookUp,
    manifest: converter.gitManifest.file,
    previous,
    onProgress: ({ done, total, name }) => {
      lookedUp = total
      isPinning = true
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
          loadArchive: async (path) => (await loadArchives(request)).loadArchive(directory, path),
          registry: request.registry,
          previous,
        })
  const pinned = await pinLock(planned.lock ?? namedPackages(read.lock, planned.plan), options)
  const part = specPart(pinned.lock, planned.plan, { omit, usePackageManager, env: request.env })
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
    read: read.lock,
    part,
    warnings: [
      ...read.warnings,
      ...pinned.warnings,
      ...manifestWarnings(read.lock, pinned, converter),
      ...planned.warnings,
    ],
  }
}

/** Few projects have archives of their own: what hashes them is loaded with the first. */
function lazyArchives(request: DeriveRequest): ProjectArchives {
  const load = async () => (await loadArchives(request)).projectArchives(request.directory)
  return { findDigests: async (path, wanted) => (await load()).findDigests(path, wanted) }
}

async function loadArchives({ watch }: DeriveRequest) {
  watch?.giveUp()
  return import('../io/project-archives.ts')
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
