/** What a conversion did, for people and for programs. */
import { relative } from 'node:path'
import { isSame, type Difference } from '../diff/difference.ts'
import { printDiff, summarize } from '../diff/print-diff.ts'
import { isInRepository } from '../io/surroundings.ts'
import { COLLECTION_FILE, packageFolder } from '../model/collection.ts'
import type { JsonObject } from '../model/json.ts'
import type { OutputFile } from '../model/output-file.ts'
import type { DerivedLock } from './derive.ts'
import { counted, styled, type Line, type Style } from './printable.ts'

export interface FileState {
  readonly path: string
  readonly owner: OutputFile['owner']
  /** `kept`: the user's own file, left as it is. With `--dry-run` what it would be. */
  readonly state: 'new' | 'updated' | 'unchanged' | 'kept' | 'removed'
}

export interface Conversion {
  /** Absolute. */
  readonly directory: string
  readonly isDry: boolean
  readonly isVerbose: boolean
  /** Of another command: nothing is said of what to type next. */
  readonly isStep: boolean
  /** There is no earlier run to compare with. */
  readonly isFirst: boolean
  readonly flake: boolean
  /** Of packages, instead of a project: their names. */
  readonly collection?: readonly string[] | undefined
  readonly locks: readonly DerivedLock[]
  readonly files: readonly FileState[]
  /** A large first diff is only made when somebody looks at it. */
  readonly changes: () => Difference
}

/** Members of the JSON report; see schema/report.json. */
export function conversionJson({ isDry, locks, files, changes }: Conversion): JsonObject {
  return {
    dryRun: isDry,
    locks: locks.map((lock) => ({ ...lock })),
    files: files.map((file) => ({ ...file })),
    changes: changesJson(changes()),
  }
}

/** Shared by every command that tells of differences. */
export function changesJson({ added, removed, updated, downgraded, moved, integrity, other }: Difference): JsonObject {
  return {
    added: added.map((each) => ({ ...each })),
    removed: removed.map((each) => ({ ...each })),
    updated: updated.map((each) => ({ ...each })),
    downgraded: downgraded.map((each) => ({ ...each })),
    moved: moved.map((each) => ({ ...each })),
    integrity: integrity.map((each) => ({ ...each })),
    other,
  }
}

/** What was read, what was written, what changed, and what to type next. */
export function conversionLines(conversion: Conversion): readonly Line[] {
  return [
    ...lockLines(conversion),
    ...fileLines(conversion),
    ...(conversion.isFirst ? [] : changeLines(conversion.changes(), conversion.isVerbose)),
    ...nextLines(conversion),
  ]
}

/** Of a collection those that were written now, and how many there are. */
function lockLines({ collection, locks, files }: Conversion): readonly Line[] {
  if (collection === undefined) return locks.map(lockLine)
  const isNew = (lock: DerivedLock) => files.some(({ path, state }) => path === lock.file && state !== 'unchanged')
  const summary: Line = [styled('bold', COLLECTION_FILE), `  ${counted(collection.length, 'package')}`]
  return [...locks.filter(isNew).map(lockLine), summary]
}

function lockLine({ file, format, version, packages, sources, lookedUp }: DerivedLock): Line {
  const end = lookedUp === 0 ? '' : `, ${printLookedUp(lookedUp)}`
  const counts = `${counted(packages, 'package')}, ${counted(sources, 'source')}${end}`
  return [styled('bold', file), `  ${format} ${version}: ${counts}`]
}

function printLookedUp(count: number): string {
  return `${counted(count, 'source')} looked up`
}

function fileLines({ files, isDry }: Conversion): readonly Line[] {
  const isSame = files.every(({ state }) => state === 'unchanged' || state === 'kept')
  if (isSame) return [[`${counted(files.length, 'file')} up to date: nothing ${isDry ? 'to write' : 'written'}`]]
  // A collection has two files for each package.
  const told = files.filter(({ path, state }) => state !== 'unchanged' || !path.startsWith(packageFolder('')))
  return told.map(({ path, state, owner }): Line => {
    const words = isDry ? wouldBe[state] : state
    const yours = state === 'new' && owner === 'user' ? '  (yours to edit from now on)' : ''
    return ['  ', styled(styles[state], words.padEnd(isDry ? 16 : 9)), ` ${path}`, styled('dim', yours)]
  })
}

const wouldBe: Readonly<Record<FileState['state'], string>> = {
  new: 'would be new',
  updated: 'would be updated',
  unchanged: 'unchanged',
  kept: 'kept',
  removed: 'would be removed',
}

const styles: Readonly<Record<FileState['state'], Style>> = {
  new: 'green',
  updated: 'yellow',
  unchanged: 'dim',
  kept: 'dim',
  removed: 'red',
}

function changeLines(changes: Difference, isVerbose: boolean): readonly Line[] {
  if (isSame(changes)) return []
  const summary = summarize(changes)
  const lines = printDiff(changes, isVerbose ? { limit: Number.MAX_SAFE_INTEGER } : {})
  return [[`since the last run${summary === '' ? '' : `: ${summary}`}`], ...lines.map((line): Line => [`  ${line}`])]
}

/** Nothing when nothing was written: then everything has been said before. */
function nextLines({ directory, files, flake, collection, isDry, isStep }: Conversion): readonly Line[] {
  if (isDry || isStep || collection?.length === 0 || !files.some(({ state }) => state === 'new' || state === 'updated'))
    return []
  const where = relative(process.cwd(), directory)
  const inDirectory = (path: string) => (where === '' ? path : `${where}/${path}`)
  const tops = [...new Set(files.filter(({ state }) => state === 'new').map(({ path }) => path.split('/')[0] ?? path))]
  const mustAdd = tops.length > 0 && isInRepository(directory)
  const add = `git add ${tops.map((path) => quoted(inDirectory(path))).join(' ')}`
  const target = where === '' ? '' : ` ${quoted(where)}`
  const attribute = collection === undefined ? 'package' : packageAttribute(collection, files)
  const build = flake
    ? `nix build ${quoted(`.${where === '' ? '' : `/${where}`}#${attribute}`)}`
    : `nix-build${target} -A ${quoted(attribute)}`
  const steps = [
    ...(mustAdd ? [[add, flake ? 'a flake sees only what git knows' : 'they belong to the project'] as const] : []),
    [build, 'build it: offline, in the sandbox'] as const,
    [`lock2build check${target}`, 'in CI: are these files still what the lock file gives?'] as const,
  ]
  const width = Math.max(...steps.map(([type]) => type.length))
  return [
    ['next:'],
    ...steps.map(([type, does]): Line => ['  ', styled('bold', type.padEnd(width)), styled('dim', `  # ${does}`)]),
  ]
}

/** One that was written now is as good an example as any. */
function packageAttribute(names: readonly string[], files: Conversion['files']): string {
  const isNew = (name: string) =>
    files.some(({ path, state }) => state === 'new' && path.startsWith(`${packageFolder(name)}/`))
  const name = names.find(isNew) ?? names[0] ?? ''
  return /^[A-Za-z_][\w-]*$/.test(name) ? name : `packages."${name}"`
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./@#-]+$/.test(path) && !path.startsWith('-') ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
