/**
 * `update --latest`: the tool itself says what is newest. It resolves a copy of the project whose ranges keep nothing newer out; to what
 * it takes there, the ranges are raised in the manifests.
 */
import type { Lock } from '../../../src/model/lock.ts'
import type { LockReader } from '../../../src/model/converter.ts'
import type { RaisedManifests, RaiseRanges } from '../../../src/model/raise.ts'
import type { Resolve, ResolveRequest, ResolveWorld } from '../../../src/model/resolver.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { pdmLock } from '../readers/pdm-lock/pdm-lock.ts'
import { pipfileLock } from '../readers/pipfile-lock/pipfile-lock.ts'
import { poetryLock } from '../readers/poetry-lock/poetry-lock.ts'
import { pylock } from '../readers/pylock/pylock.ts'
import { requirements } from '../readers/requirements/requirements.ts'
import { uvLock } from '../readers/uv-lock/uv-lock.ts'
import { normalizeName } from '../standards/name.ts'
import { readAskedRanges, type AskedRange } from './asked-ranges.ts'
import { findKind } from './project-kind.ts'
import { loosenRange, raiseRange } from './raised-range.ts'

export const raiseRanges: RaiseRanges = async (request, world, names, resolve) => {
  const wanted = names === 'all' ? undefined : new Set(names.map(normalizeName))
  const asked = readAskedRanges(findKind(request), request, membersOf(request))
  const loosened = asked
    .filter(({ name }) => wanted?.has(name) ?? true)
    .flatMap((range): readonly NewRange[] => {
      const to = loosenRange(range.range)
      return to === undefined ? [] : [{ ...range, to: to || range.any }]
    })
  if (loosened.length === 0) return { files: new Map(), ranges: [] }
  const update = wanted === undefined ? 'all' : [...new Set(loosened.map(({ name }) => name))]
  const lock = await lockWith(rewrite(loosened, request.files), { ...request, update }, world, resolve)
  return raiseTo(lock, loosened, request.files)
}

interface NewRange extends AskedRange {
  readonly to: string
}

/** Of the workspace, by the lock file that is there: only uv's has several. */
function membersOf(request: ResolveRequest): readonly string[] {
  if (request.files.find('uv.lock') === undefined) return ['']
  const { roots } = readMade('uv.lock', request.files, request)
  return roots.map(({ path }) => path)
}

/** The project, locked by its tool with other manifests; what was written is not kept. */
async function lockWith(
  manifests: ReadonlyMap<string, string>,
  request: ResolveRequest,
  world: ResolveWorld,
  resolve: Resolve,
): Promise<Lock> {
  const files = overlaid(request.files, manifests)
  const made = await resolve(
    { ...request, files },
    { ...world, runTool: (run) => world.runTool({ ...run, write: new Map([...manifests, ...(run.write ?? [])]) }) },
  )
  const [file = ''] = made.files.keys()
  return readMade(file, overlaid(files, made.files), request)
}

function overlaid(files: ProjectFiles, texts: ReadonlyMap<string, string>): ProjectFiles {
  return { ...files, find: (path) => texts.get(path) ?? files.find(path) }
}

const readers: Readonly<Record<string, LockReader>> = {
  'Pipfile.lock': pipfileLock,
  'pdm.lock': pdmLock,
  'poetry.lock': poetryLock,
  'pylock.toml': pylock,
  'requirements.txt': requirements,
  'uv.lock': uvLock,
}

function readMade(file: string, files: ProjectFiles, { userConfig, environment, registry }: ResolveRequest): Lock {
  const reader = readers[file]
  if (reader === undefined) throw new Error(`nothing reads ${file}`)
  return reader.read({ file, files, userConfig, environment, registry }).lock
}

function raiseTo(lock: Lock, asked: readonly AskedRange[], files: ProjectFiles): RaisedManifests {
  const raised = asked.flatMap((range): readonly NewRange[] => {
    const [first, ...others] = versionsOf(lock, range)
    const to = first === undefined ? undefined : raiseRange(range.range, [first, ...others], range.allows)
    return to === undefined ? [] : [{ ...range, to }]
  })
  const ranges = raised.map(({ file, name, range, to }) => ({ file, name, from: range, to }))
  return { files: rewrite(raised, files), ranges }
}

/** Several, where the tool locks one for some systems or Pythons and another one for others. */
function versionsOf({ packages, roots }: Lock, { name, directory }: AskedRange): readonly string[] {
  const edges = roots.filter(({ path }) => path === directory).flatMap(({ dependencies }) => dependencies)
  const ids = edges.filter(({ as }) => as === name).map(({ to }) => to)
  const locked = [...new Set(ids)].flatMap((id) => packages.get(id) ?? [])
  return locked.map(({ version }) => version).filter((version) => version !== '')
}

/** Every other byte stays. */
function rewrite(ranges: readonly NewRange[], files: ProjectFiles): ReadonlyMap<string, string> {
  const texts = new Map(ranges.map(({ file }) => [file, files.find(file) ?? '']))
  for (const { file, offset, range, to } of ranges.toSorted((a, b) => b.offset - a.offset)) {
    const text = texts.get(file) ?? ''
    texts.set(file, text.slice(0, offset) + to + text.slice(offset + range.length))
  }
  return texts
}
