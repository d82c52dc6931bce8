/** The bare command: derive the files, write them all or none, say what happened and what to type next. */
import { ecosystems } from '../../../converters/index.ts'
import { noDifference } from '../../diff/difference.ts'
import { diffSpecs, type Comparisons } from '../../diff/diff-specs.ts'
import { cacheDirectory } from '../../io/cache-directory.ts'
import { projectFiles } from '../../io/project-files.ts'
import { lockProject } from '../../io/project-lock.ts'
import { saveAll, wouldChange, type SaveOptions } from '../../io/save.ts'
import { loadOwnUserConfig } from '../../io/user-config.ts'
import type { OutputFile } from '../../model/output-file.ts'
import { ProblemError, type Problem } from '../../problem.ts'
import { specParts } from '../../spec/collection-parts.ts'
import { deriveAssuming } from '../assumed-spec.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { loadComparisonsOf } from '../comparisons.ts'
import { connectOverNetwork } from '../connect.ts'
import { conversionJson, conversionLines, type Conversion, type FileState } from '../conversion.ts'
import { derive, ownFiles, type Derived, type DeriveRequest } from '../derive.ts'
import type { ResolveTool } from '../derive-collection.ts'
import { checkDirectory, findLocks, isCollection } from '../detect.ts'
import { defaultSystems } from '../options.ts'
import { asWrittenAgain, findPreviousSpec, SPEC_FILE, type PreviousSpec } from '../previous-spec.ts'
import type { ToolResolverOptions } from '../resolve-tool.ts'
import { readSettings, type Settings } from '../settings.ts'

export interface ConvertOptions {
  /** Of another command, which knows better what comes next. */
  readonly isStep?: boolean
  /** packages.json as it is to be. */
  readonly collection?: string | undefined
  /** Of a collection: packages to lock anew, and what counts then. */
  readonly refresh?: 'all' | readonly string[] | undefined
  readonly before?: Date | undefined
}

export async function convert(
  invocation: Invocation,
  { isStep = false, collection, refresh, before }: ConvertOptions = {},
): Promise<CommandResult> {
  const { line, environment, directory } = invocation
  checkDirectory(directory, line.operands[0])
  const files = projectFiles(directory)
  const settings = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  if (line.values.resolve === true && (await lacksLock(invocation, settings))) {
    return (await import('./resolve.ts')).resolveThenConvert(invocation, { isStep })
  }
  const isDry = line.values['dry-run'] === true
  const lock = isDry ? undefined : lockProject(directory, cacheDirectory(environment))
  try {
    const last = findPreviousSpec(files)
    const derived = await deriveAssuming(last, (previous) =>
      derive({ ...requestOf(invocation, settings, previous, before), collection, refresh }),
    )
    const previous = asWrittenAgain(last, derived)
    const same = previous === last ? [] : [SPEC_FILE]
    const written = save(invocation, derived, { isDry, same, ...ownFiles(previous.spec) })
    return await report({ ...invocation, isStep }, previous, derived, written)
  } finally {
    lock?.release()
  }
}

function requestOf(
  { environment, directory, progress }: Invocation,
  settings: Settings,
  previous: Pick<PreviousSpec, 'spec'>,
  before: Date | undefined,
): DeriveRequest {
  return {
    directory,
    environment,
    lock: settings.lock,
    registry: settings.registry,
    omit: settings.omit ?? [],
    systems: settings.systems ?? defaultSystems,
    usePackageManager: settings.usePackageManager ?? false,
    flake: settings.flake ?? false,
    env: settings.env,
    previous,
    connect: connectOverNetwork({ environment, offline: settings.offline ?? false, directory }),
    resolveTool: lazyToolResolver({
      environment,
      registry: settings.registry,
      before,
      offline: settings.offline ?? false,
      progress,
    }),
    progress,
  }
}

/** Most runs resolve nothing. */
function lazyToolResolver(options: ToolResolverOptions): ResolveTool {
  return async (ecosystem, files) => (await import('../resolve-tool.ts')).toolResolver(options)(ecosystem, files)
}

async function lacksLock({ directory, environment }: Invocation, { lock }: Settings): Promise<boolean> {
  if (isCollection({ directory, ecosystems, lock })) return false
  try {
    const { locks } = await findLocks({ directory, ecosystems, lock })
    if (lock !== undefined || locks.some(({ format }) => format.isFallback !== true)) return false
    // A file that need not be a lock file may be what one is made of: who would make it knows.
    const { hasResolver } = await import('../resolve-project.ts')
    return await hasResolver({ directory, environment }, locks[0]?.ecosystem)
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problems.some(({ code }) => code !== 'nothing-here')) throw error
    return true
  }
}

interface Written {
  readonly files: readonly FileState[]
  readonly unknown: readonly string[]
}

function save(
  { directory, line, progress }: Invocation,
  { files, edited }: Derived,
  { isDry, ...own }: SaveOptions & { readonly isDry: boolean },
): Written {
  const options = { force: line.values.force === true, ...own, edited }
  progress.show('writing')
  const { states, removed, unknown } = isDry ? look(directory, files, options) : write(directory, files, options)
  return {
    files: [
      ...files.map(({ path, owner }): FileState => ({ path, owner, state: states.get(path) ?? 'unchanged' })),
      ...removed.map((path): FileState => ({ path, owner: 'lock2build', state: 'removed' })),
    ],
    unknown,
  }
}

interface Outcome {
  /** Of the files that are not as they were. */
  readonly states: ReadonlyMap<string, FileState['state']>
  readonly removed: readonly string[]
  readonly unknown: readonly string[]
}

function write(directory: string, files: readonly OutputFile[], options: SaveOptions): Outcome {
  const { written, added, kept, removed, unknown } = saveAll(directory, files, options)
  const states = new Map<string, FileState['state']>()
  for (const path of written) states.set(path, 'updated')
  for (const path of added) states.set(path, 'new')
  for (const path of kept) states.set(path, 'kept')
  return { states, removed, unknown }
}

function look(directory: string, files: readonly OutputFile[], options: SaveOptions): Outcome {
  const changes = wouldChange(directory, files, options)
  const states = changes.map(({ path, kind }) => [path, kind === 'added' ? 'new' : 'updated'] as const)
  const removed = changes.filter(({ kind }) => kind === 'removed').map(({ path }) => path)
  return { states: new Map(states), removed, unknown: [] }
}

async function report(
  invocation: Invocation & { isStep: boolean },
  previous: PreviousSpec,
  derived: Derived,
  written: Written,
): Promise<CommandResult> {
  const { line, directory } = invocation
  const isSpecSame = written.files.some(({ path, state }) => path === SPEC_FILE && state === 'unchanged')
  // Where everything is new there is nothing to compare.
  const isCompared = !isSpecSame && previous.spec !== undefined
  const comparisons: Comparisons = isCompared ? await loadComparisonsOf(previous.spec, derived.spec) : new Map()
  const conversion: Conversion = {
    directory,
    isDry: line.values['dry-run'] === true,
    isVerbose: line.values.verbose === true,
    isStep: invocation.isStep,
    isFirst: previous.spec === undefined,
    flake: derived.files.some((file) => file.path === 'flake.nix'),
    collection: derived.spec.collection && specParts(derived.spec).flatMap(({ attribute }) => attribute ?? []),
    locks: derived.locks,
    files: written.files,
    changes: () => (isSpecSame ? noDifference : diffSpecs(previous.spec, derived.spec, comparisons)),
  }
  return {
    lines: conversionLines(conversion),
    json: () => conversionJson(conversion),
    warnings: [...previous.problems.map(asIgnored), ...derived.warnings, ...written.unknown.map(unknownFile)],
  }
}

function asIgnored({ code, message, where }: Problem): Problem {
  return { code, message: `the last run's file could not be read and counts for nothing: ${message}`, where }
}

function unknownFile(file: string): Problem {
  return {
    code: 'not-ours',
    message: 'lock2build did not write this file',
    where: { file },
    hint: 'move it elsewhere: lock2build/ is written anew by every run',
  }
}
