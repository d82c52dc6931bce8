/** Lock files resolved anew by the tools that wrote them, and what differs then; nothing is written. */
import { diffLocks } from '../diff/diff-locks.ts'
import type { Difference } from '../diff/difference.ts'
import type { Comparison } from '../model/comparison.ts'
import type { Lock } from '../model/lock.ts'
import type { RaisedManifests, RaisedRange } from '../model/raise.ts'
import type { ProjectFiles } from '../model/world.ts'
import { fail, shown } from '../problem.ts'
import { ecosystems } from '../../converters/index.ts'
import { loadComparisons } from './comparisons.ts'
import { findLocks, KEPT_ASIDE, type FoundLock } from './detect.ts'
import { readLock } from './lock-side.ts'
import { raiseProject, withRaised } from './raise-project.ts'
import { readableFiles } from './readable-files.ts'
import {
  findResolvers,
  resolveProject,
  type FoundResolver,
  type ProjectResolveRequest,
  type ResolvedProject,
} from './resolve-project.ts'
import { findClosest } from './suggest.ts'

export interface UpdateRequest extends Omit<ProjectResolveRequest, 'update' | 'isGlobal'> {
  /** Of packages; empty: everything. */
  readonly names: readonly string[]
  /** `--latest`: ranges of the manifests are raised, too. */
  readonly isLatest: boolean
  /** `--lock`, and lock files that counted in the last run. */
  readonly lock: string | undefined
  readonly preferred: readonly string[]
}

export interface UpdatedLock {
  readonly ecosystem: string
  readonly file: string
  readonly resolved: ResolvedProject
  readonly difference: Difference
  readonly raised: readonly RaisedRange[]
}

/** Throws `nothing-here`, `usage` for a name that no lock file has, and what resolving throws. */
export async function updateLocks(request: UpdateRequest): Promise<readonly UpdatedLock[]> {
  const { locks } = await findLocks({ ...request, ecosystems })
  for (const { file } of locks) failIfKeptAside(file)
  const comparisons = await loadComparisons(locks.map(({ ecosystem }) => ecosystem.name))
  const standing: Standing[] = []
  for (const found of locks) {
    const comparison = comparisons.get(found.ecosystem.name)
    if (comparison === undefined) throw new Error(`${found.ecosystem.name} has no comparison`)
    const files = await readableFiles(request, found)
    const { lock } = await readLock(found, request, files)
    standing.push({ found, lock, files, comparison })
  }
  checkNames(request.names, standing)
  const updated: UpdatedLock[] = []
  for (const each of standing) {
    const names = knownNames(request.names, each)
    if (request.names.length === 0) updated.push(await updateOne(each, 'all', request))
    else if (names.length > 0) updated.push(await updateOne(each, names, request))
  }
  return updated
}

/** A lock file that only lock2build has is no start for the tool: it looks for one in the project. */
function failIfKeptAside(file: string): void {
  if (!file.startsWith(KEPT_ASIDE)) return
  fail({
    code: 'usage',
    message: `${file} is kept in lock2build/, and not in the project`,
    hint: 'type `lock2build resolve --no-write-lock`, which resolves everything anew',
  })
}

const nothingRaised: RaisedManifests = { files: new Map(), ranges: [] }

interface Standing {
  readonly found: FoundLock
  readonly lock: Lock
  readonly files: ProjectFiles
  readonly comparison: Comparison
}

async function updateOne(
  { found, lock, files, comparison }: Standing,
  update: 'all' | readonly string[],
  request: UpdateRequest,
): Promise<UpdatedLock> {
  const { ecosystem, file } = found
  const resolver = await resolverOf(found, request)
  request.progress.show(`resolving with ${resolver.resolver.name}`)
  const raised = request.isLatest ? await raiseProject(request, resolver, update) : nothingRaised
  const resolved = await withRaised(request.directory, raised, (directory) =>
    resolveProject({ ...request, directory, update }, resolver),
  )
  const texts = new Map([...raised.files, ...resolved.resolution.files])
  const after = await readLock(found, request, {
    ...files,
    find: (path) => texts.get(path) ?? files.find(path),
  })
  const difference = diffLocks(lock, after.lock, { ecosystem: ecosystem.name, comparison })
  const resolution = { ...resolved.resolution, files: texts }
  return { ecosystem: ecosystem.name, file, resolved: { ...resolved, resolution }, difference, raised: raised.ranges }
}

/** The project's own tool, if it is the one that wrote the lock file; else the first one that writes such files. */
async function resolverOf({ ecosystem, file }: FoundLock, request: UpdateRequest): Promise<FoundResolver> {
  const writes = ({ resolver }: FoundResolver) => resolver.lockFiles.includes(file)
  const chosen = (await findResolvers(request)).find((each) => each.ecosystem === ecosystem)
  if (chosen !== undefined && (writes(chosen) || request.tool !== undefined)) return chosen
  const [other] = ecosystem.resolvers.map((resolver) => ({ ecosystem, resolver, reason: file })).filter(writes)
  if (other !== undefined) return other
  return fail({
    code: 'usage',
    message: `nothing that resolves writes ${shown(file)}`,
    hint: 'let what wrote it update it, then type `lock2build`',
  })
}

/** Of what was typed, what this lock has, as it spells it. */
function knownNames(typed: readonly string[], { lock, comparison }: Standing): readonly string[] {
  const known = namesOf(lock)
  const spelled = typed.map((name) => (known.has(name) ? name : (comparison.spellName?.(name) ?? name)))
  return [...new Set(spelled)].filter((name) => known.has(name))
}

/** What packages are called, and what they are asked for by. */
function namesOf({ packages, roots }: Lock): ReadonlySet<string> {
  const edges = [...packages.values(), ...roots].flatMap(({ dependencies }) => dependencies)
  return new Set([...[...packages.values()].map(({ name }) => name), ...edges.map(({ as }) => as)])
}

function checkNames(typed: readonly string[], standing: readonly Standing[]): void {
  const unknown = typed.find((name) => standing.every((each) => knownNames([name], each).length === 0))
  if (unknown === undefined) return
  const closest = findClosest(
    unknown,
    standing.flatMap(({ lock }) => [...namesOf(lock)]),
  )
  fail({
    code: 'usage',
    message: `${shown(unknown)} is no package of the lock file`,
    hint: closest === undefined ? 'names are those of packages, without a version' : `did you mean ${shown(closest)}?`,
  })
}
