/** The project as it is in a revision of its git repository: read from there, without a checkout. */
import { lazy } from '../model/lazy.ts'
import type { ProjectFiles } from '../model/world.ts'
import { fail, shown } from '../problem.ts'
import { checkSize, decodeText, TEXT_LIMIT } from '../text/decode.ts'
import { besideProblem } from '../text/locations.ts'
import { askGit, type GitRun } from './git-process.ts'
import { segmentsBeside, segmentsOf } from './inside.ts'

export interface GitTree extends ProjectFiles {
  /** The full commit. */
  readonly commit: string
  /** A file or a link stands there. */
  has(path: string): boolean
}

export interface GitTreeOptions {
  /** Absolute: the project, somewhere in a repository. */
  readonly directory: string
  /** As git understands it: a branch, a tag, a commit, `HEAD~2`. */
  readonly revision: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Names of a hundred thousand files. */
const LISTING_LIMIT = 256 * 1024 * 1024

const LINK = '120000'

interface Entry {
  readonly mode: string
  readonly object: string
}

/** Files of submodules are not in it. Throws `git`. */
export function gitTree({ directory, revision, environment }: GitTreeOptions): GitTree {
  const run: GitRun = { cwd: directory, environment, configuration: 'user' }
  const commit = findCommit(revision, run)
  const entries = listEntries(commit, run)
  const texts = new Map<string, string>()
  const inside = lazy(() => findInside(run))
  const around = lazy(() => listEntries(commit, run, ['--full-tree']))
  const find = (path: string) => {
    const { climbs, segments } = segmentsBeside(path)
    if (climbs > 0 && climbs > inside().length) fail(besideProblem(shown(path), inside().length))
    // What stands beside the project is of the same commit.
    const beside = () => follow([...inside().slice(0, -climbs), ...segments].join('/'), around(), run)
    const entry = climbs > 0 ? beside() : follow(segments.join('/'), entries, run)
    if (entry === undefined) return undefined
    const text = texts.get(entry.object) ?? decodeText(readObject(entry, path, run), path)
    texts.set(entry.object, text)
    return text
  }
  return {
    commit,
    get reach() {
      return inside().length
    },
    find,
    has: (path) => entries.has(path),
    directories: (path) => listDirectories(path, entries),
  }
}

function findCommit(revision: string, run: GitRun): string {
  const { ok, output, errors } = askGit(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    {
      ...run,
      limit: 65_536,
    },
  )
  const commit = output.toString('utf8').trim().split('\n').at(-1) ?? ''
  if (ok && /^[0-9a-f]{40,64}$/.test(commit)) return commit
  const isOutside = /not a git repository/.test(errors)
  return fail({
    code: 'git',
    message: isOutside
      ? 'the project is in no git repository'
      : `git knows no revision ${shown(revision)}${errors.trim() === '' ? '' : `: ${shown(errors.trim())}`}`,
    hint: isOutside
      ? 'name two lock files instead'
      : 'it is a branch, a tag or a commit; `git fetch` gets what is not here yet',
  })
}

/** By path below the project, unless `options` say otherwise. */
function listEntries(commit: string, run: GitRun, options: readonly string[] = []): ReadonlyMap<string, Entry> {
  const { ok, output, errors } = askGit(['ls-tree', '-r', '-z', ...options, commit], { ...run, limit: LISTING_LIMIT })
  if (!ok) fail({ code: 'git', message: `git could not list the files of ${commit}: ${shown(errors.trim())}` })
  const lines = output
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
  return new Map(
    lines.flatMap((line) => {
      const match = /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(line)
      return match === null ? [] : [[match[3] ?? '', { mode: match[1] ?? '', object: match[2] ?? '' }] as const]
    }),
  )
}

/** The project's place in the repository. */
function findInside(run: GitRun): readonly string[] {
  const { output } = askGit(['rev-parse', '--show-prefix'], { ...run, limit: 65_536 })
  return output.toString('utf8').split('/').slice(0, -1)
}

const MOST_LINKS = 20

/** Links to files inside the project; others lead nowhere. */
function follow(path: string, entries: ReadonlyMap<string, Entry>, run: GitRun): Entry | undefined {
  let at = path
  for (let count = 0; count < MOST_LINKS; count++) {
    const entry = entries.get(at)
    if (entry?.mode !== LINK) return entry
    const target = readObject(entry, at, run).toString('utf8')
    const next = resolveInside(at.split('/').slice(0, -1), target)
    if (next === undefined) return undefined
    at = next
  }
  return undefined
}

function resolveInside(folder: readonly string[], target: string): string | undefined {
  if (target.startsWith('/')) return undefined
  const segments = [...folder]
  for (const segment of target.split('/').filter((each) => each !== '' && each !== '.')) {
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) return undefined
  }
  return segments.join('/')
}

/** Throws `lock-limit`, `git`. */
function readObject({ object }: Entry, path: string, run: GitRun): Buffer {
  const { ok, output, errors } = askGit(['cat-file', 'blob', object], { ...run, limit: TEXT_LIMIT + 1 })
  if (output.length > TEXT_LIMIT) checkSize(output.length, path)
  if (!ok) fail({ code: 'git', message: `git could not read ${shown(path)}: ${shown(errors.trim())}` })
  return output
}

function listDirectories(path: string, entries: ReadonlyMap<string, Entry>): readonly string[] {
  const prefix = path === '' ? '' : `${segmentsOf(path).join('/')}/`
  const names = [...entries.keys()].flatMap((file) => {
    if (!file.startsWith(prefix)) return []
    const end = file.indexOf('/', prefix.length)
    return end === -1 ? [] : [file.slice(prefix.length, end)]
  })
  return [...new Set(names)].sort()
}
