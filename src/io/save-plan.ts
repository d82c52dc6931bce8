/**
 * What saving would do, found by looking only. A file of ours may be rewritten when it stands in a directory that is
 * recognisably ours; a file of the user's is left alone once it exists; symbolic links are never followed.
 */
import { readdirSync, readFileSync, realpathSync, type Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { OutputFile } from '../model/output-file.ts'
import { failIfAny, shown, type Problem } from '../problem.ts'
import { failIo, findLink, findStats, segmentsOf } from './inside.ts'

export interface SaveOptions {
  /** `--force`: the user's own files are overwritten too. */
  readonly force?: boolean
  /** The user's own files that are to be changed. */
  readonly edited?: readonly string[] | undefined
  /** Files that this run has read already, and that have the content that it would write. */
  readonly same?: readonly string[] | undefined
  /** Names lock2build may have written into its directory in any run; those it does not write in this run are removed. */
  readonly names?: readonly string[]
  /** Files of ours from the last run; those that this run does not write are removed, with directories that are empty then. */
  readonly former?: readonly string[]
}

/** A file that will be written. */
export interface PlannedFile {
  readonly file: OutputFile
  /** Absolute. */
  readonly target: string
  /** Its content and permissions, when it exists and something may become of it. */
  readonly before: { readonly bytes: Uint8Array; readonly mode: number } | undefined
  /** It has this content already. */
  readonly isSame: boolean
}

export interface SavePlan {
  /** The project's real path. */
  readonly root: string
  readonly write: readonly PlannedFile[]
  readonly unchanged: readonly string[]
  /** The user's own files, left as they are although ours would differ. */
  readonly kept: readonly string[]
  /** Stale files of ours. */
  readonly remove: readonly string[]
  /** Files in our directory that we do not know. */
  readonly unknown: readonly string[]
}

/** Ends the name of a file that is being written. */
export const TEMPORARY = '.lock2build-tmp'

const SPEC = 'spec.json'

/** Throws `not-ours` for everything that stands in the way, `path-escapes`, `io`. Changes nothing. */
export function planSave(dir: string, files: readonly OutputFile[], options: SaveOptions = {}): SavePlan {
  try {
    const root = realpathSync(dir)
    const problems: Problem[] = []
    const { names: known = [], former = [], edited = [], same: read = [] } = options
    const planned = files.map((file) => planFile(root, file, { isRead: read.includes(file.path), problems }))
    const same = new Set(planned.filter((one) => one.isSame).map((one) => one.file.path))
    const found = [...ownedDirectories(files)].map(([path, written]) => {
      const names = new Set([...written, ...known, ...namesIn(path, former)])
      return lookInto({ root, path, known: names, written, hasSameSpec: same.has(`${path}/${SPEC}`) }, problems)
    })
    failIfAny(withoutRepetition(problems))
    const isKept = (one: PlannedFile) =>
      one.before !== undefined &&
      one.file.owner === 'user' &&
      options.force !== true &&
      !one.isSame &&
      !edited.includes(one.file.path)
    return {
      root,
      write: planned.filter((one) => !one.isSame && !isKept(one)),
      unchanged: [...same],
      kept: planned.filter(isKept).map((one) => one.file.path),
      remove: [...new Set([...found.flatMap((one) => one.stale), ...findFormer(root, files, former)])].sort(),
      unknown: found.flatMap((one) => one.unknown).sort(),
    }
  } catch (error) {
    return failIo(error, 'looking at', dir)
  }
}

/** One link or directory may stand in the way of several files. */
function withoutRepetition(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()]
}

interface Planning {
  /** See SaveOptions.same. */
  readonly isRead: boolean
  readonly problems: Problem[]
}

function planFile(root: string, file: OutputFile, { isRead, problems }: Planning): PlannedFile {
  const segments = segmentsOf(file.path)
  const target = join(root, ...segments)
  const link = findLink(root, segments)
  const stats = link === undefined ? findStats(target) : undefined
  if (link !== undefined) problems.push(notOurs(link, 'is a symbolic link', 'replace it by a real file or directory'))
  else if (stats !== undefined && !stats.isFile()) problems.push(notOurs(file.path, 'is not a file', 'move it away'))
  if (isRead && stats?.isFile() === true) return { file, target, before: undefined, isSame: true }
  const before = stats?.isFile() === true ? read(target, stats) : undefined
  return { file, target, before, isSame: before !== undefined && Buffer.from(file.text).equals(before.bytes) }
}

function read(path: string, stats: Stats): PlannedFile['before'] {
  return { bytes: readFileSync(path), mode: stats.mode & 0o7777 }
}

/** The directories that files of ours are put into, with the names of those files. */
function ownedDirectories(files: readonly OutputFile[]): ReadonlyMap<string, readonly string[]> {
  const directories = new Map<string, string[]>()
  for (const { path, owner } of files) {
    const directory = dirname(segmentsOf(path).join('/'))
    if (owner === 'lock2build') directories.set(directory, [...(directories.get(directory) ?? []), basename(path)])
  }
  return directories
}

function namesIn(directory: string, paths: readonly string[]): readonly string[] {
  return paths.filter((path) => dirname(path) === directory).map((path) => basename(path))
}

/** Those that are still there, and reached without links. */
function findFormer(root: string, files: readonly OutputFile[], former: readonly string[]): readonly string[] {
  const written = new Set(files.map(({ path }) => path))
  return former.filter((path) => {
    const segments = segmentsOf(path)
    return (
      !written.has(path) &&
      findLink(root, segments) === undefined &&
      findStats(join(root, ...segments))?.isFile() === true
    )
  })
}

interface Found {
  readonly stale: readonly string[]
  readonly unknown: readonly string[]
}

interface OwnedDirectory {
  readonly root: string
  readonly path: string
  /** Every name of ours. */
  readonly known: ReadonlySet<string>
  /** Those of this run. */
  readonly written: readonly string[]
  /** The spec in it has been read, and is what this run gives. */
  readonly hasSameSpec: boolean
}

function lookInto({ root, path, known, written, hasSameSpec }: OwnedDirectory, problems: Problem[]): Found {
  const directory = join(root, path)
  if (findLink(root, path.split('/')) !== undefined || findStats(directory) === undefined)
    return { stale: [], unknown: [] }
  if (findStats(directory)?.isDirectory() !== true) {
    problems.push(notOurs(path, 'is not a directory', 'move it away'))
    return { stale: [], unknown: [] }
  }
  const names = readdirSync(directory).filter((name) => !name.endsWith(TEMPORARY))
  if (!hasSameSpec && !isOurs(directory, names, known)) {
    problems.push(notOurs(path, 'holds files that lock2build did not write', 'move them away, or rename the directory'))
  }
  const isFile = (name: string) => findStats(join(directory, name))?.isFile() === true
  const stale = names.filter((name) => known.has(name) && !written.includes(name) && isFile(name))
  const unknown = names.filter((name) => !known.has(name))
  return { stale: stale.map((name) => `${path}/${name}`), unknown: unknown.map((name) => `${path}/${name}`) }
}

/** An own spec makes a directory ours, whatever else is in it; a foreign one does not; without any, only known names may be there. */
function isOurs(directory: string, names: readonly string[], known: ReadonlySet<string>): boolean {
  if (!names.includes(SPEC)) return names.every((name) => known.has(name))
  const spec = join(directory, SPEC)
  return findStats(spec)?.isFile() === true && isSpec(readFileSync(spec, 'utf8'))
}

/** A spec with merge conflicts is no JSON, and still ours: running lock2build again is how they are resolved. */
function isSpec(text: string): boolean {
  // As it is printed; parsing a large spec costs more than everything else here.
  if (/^  "lock2build": \d+,?$/m.test(text)) return true
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'lock2build' in value
  } catch {
    return /^\s*"lock2build":/m.test(text)
  }
}

function notOurs(path: string, what: string, hint: string): Problem {
  return { code: 'not-ours', message: `${shown(path)} ${what}`, where: { file: path }, hint }
}
