/**
 * Writes the files of a run, all or none: each is written beside its target first, and they are renamed in one go at the end.
 * A run that is killed leaves at most temporary files, or (between two renames) some files of this run beside some of the last
 * one; the next run removes the former and completes the latter, and `check` calls it stale.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { OutputFile } from '../model/output-file.ts'
import { failIo, findStats, hasCode } from './inside.ts'
import { planSave, TEMPORARY, type PlannedFile, type SaveOptions, type SavePlan } from './save-plan.ts'

export type { SaveOptions } from './save-plan.ts'

/** Project-relative paths, in the order of the files given, else sorted. */
export interface Saved {
  readonly written: readonly string[]
  /** Those of the written that did not exist before. */
  readonly added: readonly string[]
  readonly unchanged: readonly string[]
  readonly kept: readonly string[]
  readonly removed: readonly string[]
  readonly unknown: readonly string[]
}

/** Throws `not-ours`, `path-escapes`, `io`; then nothing has changed. The caller holds the project's lock. */
export function saveAll(dir: string, files: readonly OutputFile[], options: SaveOptions = {}): Saved {
  const plan = planSave(dir, files, options)
  removeLeftovers(plan, files)
  writeAll(plan)
  removeStale(plan)
  return {
    written: plan.write.map((one) => one.file.path),
    added: plan.write.filter((one) => one.before === undefined).map((one) => one.file.path),
    unchanged: plan.unchanged,
    kept: plan.kept,
    removed: plan.remove,
    unknown: plan.unknown,
  }
}

/** What saving would write or remove. */
export interface Change {
  readonly path: string
  readonly kind: 'added' | 'changed' | 'removed'
  readonly owner: OutputFile['owner']
}

/** Looks only: needs no lock and no permission to write. Throws as saveAll does. */
export function wouldChange(dir: string, files: readonly OutputFile[], options: SaveOptions = {}): readonly Change[] {
  const plan = planSave(dir, files, options)
  return [
    ...plan.write.map(({ file, before }): Change => {
      return { path: file.path, kind: before === undefined ? 'added' : 'changed', owner: file.owner }
    }),
    ...plan.remove.map((path): Change => ({ path, kind: 'removed', owner: 'lock2build' })),
  ]
}

function writeAll({ root, write }: SavePlan): void {
  const made: string[] = []
  const temporary: string[] = []
  const renamed: PlannedFile[] = []
  let current = ''
  try {
    for (const one of write) {
      current = one.file.path
      makeDirectories(root, dirname(one.target), made)
      temporary.push(temporaryOf(one.target))
      writeNew(temporaryOf(one.target), one.file.text, one.before?.mode)
    }
    for (const one of write) {
      current = one.file.path
      renameSync(temporaryOf(one.target), one.target)
      renamed.push(one)
    }
  } catch (error) {
    for (const one of renamed.reverse()) restore(one)
    for (const path of temporary) rmSync(path, { force: true })
    for (const path of made.reverse()) if (readdirSync(path).length === 0) rmdirSync(path)
    failIo(error, 'writing', current)
  }
  for (const directory of new Set(write.map((one) => dirname(one.target)))) syncDirectory(directory)
}

function temporaryOf(target: string): string {
  return join(dirname(target), `.${basename(target)}${TEMPORARY}`)
}

function makeDirectories(root: string, directory: string, made: string[]): void {
  if (directory === root || findStats(directory) !== undefined) return
  makeDirectories(root, dirname(directory), made)
  mkdirSync(directory)
  made.push(directory)
}

function writeNew(path: string, content: string | Uint8Array, mode: number | undefined): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o666)
  try {
    writeFileSync(file, content)
    if (mode !== undefined) fchmodSync(file, mode)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Puts back what stood there before a rename; renames failed half-way, so this is the way back to "none". */
function restore({ file, target, before }: PlannedFile): void {
  try {
    rmSync(before === undefined ? target : temporaryOf(target), { force: true })
    if (before === undefined) return
    writeNew(temporaryOf(target), before.bytes, before.mode)
    renameSync(temporaryOf(target), target)
  } catch (error) {
    failIo(error, 'putting back', file.path)
  }
}

/** Makes the renames last. Some file systems cannot sync a directory; then it is as safe as they are. */
function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(directory)
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'ENOTSUP', 'EPERM', 'EBADF')) throw error
  } finally {
    closeSync(directory)
  }
}

/** Temporary files of a killed run, in the directories this run writes to. */
function removeLeftovers({ root }: SavePlan, files: readonly OutputFile[]): void {
  for (const directory of new Set(files.map((file) => dirname(join(root, file.path))))) {
    if (findStats(directory)?.isDirectory() !== true) continue
    for (const name of readdirSync(directory)) {
      if (name.startsWith('.') && name.endsWith(TEMPORARY)) remove(root, join(directory, name))
    }
  }
}

function removeStale({ root, remove: paths }: SavePlan): void {
  for (const path of paths) {
    remove(root, join(root, path))
    removeEmpty(root, dirname(path))
  }
}

/** Directories that hold nothing any more, upwards; those at the project's top stay. */
function removeEmpty(root: string, path: string): void {
  for (let directory = path; directory.includes('/'); directory = dirname(directory)) {
    const full = join(root, directory)
    if (findStats(full) === undefined || readdirSync(full).length > 0) return
    rmdirSync(full)
  }
}

function remove(root: string, path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    failIo(error, 'removing', path.slice(root.length + 1))
  }
}
