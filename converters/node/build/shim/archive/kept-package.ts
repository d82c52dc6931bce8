/**
 * Packages that are kept unpacked, so that the next tree gets them as hard links: no decompressing, no writing. A kept package is
 * read-only, and old; it appears whole or not at all, and any number of processes may add the same.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { threadId } from 'node:worker_threads'
import { fail, systemCode } from '../failure.ts'
import { listAt, loadRecord } from '../json-value.ts'
import { unpack } from './unpack.ts'
import type { Unpacked, UnpackTask } from './unpack.ts'

interface Index extends Unpacked {
  /** Relative, parents first. */
  readonly directories: readonly string[]
  readonly files: readonly string[]
}

/** As {@link unpack}; files are read-only and of the second 1, as in a finished result, so that nothing is left to do to them. */
export function unpackSealed(task: UnpackTask): Unpacked {
  const unpacked = unpack(task)
  seal(task.into, '', { files: [], directories: [] })
  return unpacked
}

/** The same from what is kept in the directory `kept`, which is made first when it is not there. */
export function unpackKept(task: UnpackTask, kept: string): Unpacked {
  if (!existsSync(kept)) keep(task, kept)
  const { scripts, hasModules, directories, files } = loadIndex(kept)
  const { into } = task
  const isNew = mkdirSync(into, { recursive: true }) !== undefined
  if (!isNew) {
    rmSync(into, { recursive: true, force: true })
    mkdirSync(into)
  }
  for (const directory of directories) mkdirSync(`${into}/${directory}`)
  for (const file of files) share(`${kept}/tree/${file}`, `${into}/${file}`)
  // Where other packages may still be put is sealed by whoever finishes the result.
  for (const directory of [...directories].reverse()) {
    if (!`${directory}/`.startsWith('node_modules/')) sealDirectory(`${into}/${directory}`)
  }
  return { scripts, hasModules }
}

/** Gives a file that may have several names a content and mode of its own. */
export function makeOwn(file: string): void {
  const directory = dirname(file)
  const isSealed = (statSync(directory).mode & 0o200) === 0
  if (isSealed) chmodSync(directory, 0o755)
  const copy = `${file}.lock2build-copy`
  copyFileSync(file, copy)
  chmodSync(copy, 0o755)
  renameSync(copy, file)
  if (isSealed) sealDirectory(directory)
}

function keep(task: UnpackTask, kept: string): void {
  const draft = `${kept}.${process.pid}-${threadId}`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(dirname(kept), { recursive: true, mode: 0o700 })
  const { scripts, hasModules } = unpack({ ...task, into: `${draft}/tree` })
  const files: string[] = []
  const directories: string[] = []
  seal(`${draft}/tree`, '', { files, directories })
  const index: Index = { scripts, hasModules, directories, files }
  writeFileSync(`${draft}/index.json`, JSON.stringify(index))
  try {
    renameSync(draft, kept)
  } catch (error) {
    if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST') throw error
    rmSync(draft, { recursive: true, force: true })
  }
}

function seal(root: string, dir: string, found: { readonly files: string[]; readonly directories: string[] }): void {
  const prefix = dir === '' ? '' : `${dir}/`
  for (const entry of readdirSync(`${root}/${dir}`, { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`
    if (entry.isDirectory()) {
      found.directories.push(path)
      seal(root, path, found)
      continue
    }
    found.files.push(path)
    sealFile(`${root}/${path}`)
  }
}

function sealDirectory(directory: string): void {
  utimesSync(directory, 1, 1)
  chmodSync(directory, 0o555)
}

/** Read-only, and of the second 1. */
export function sealFile(file: string): void {
  utimesSync(file, 1, 1)
  chmodSync(file, (statSync(file).mode & 0o111) === 0 ? 0o444 : 0o555)
}

function loadIndex(kept: string): Index {
  const index = loadRecord(`${kept}/index.json`)
  const texts = (key: string): readonly string[] => listAt(index, key) ?? fail(`${kept} is damaged: remove it.`)
  return {
    scripts: texts('scripts'),
    hasModules: index['hasModules'] === true,
    directories: texts('directories'),
    files: texts('files'),
  }
}

/** A file has a limited number of names, and not every file system has hard links. */
const unlinkable = new Set(['EMLINK', 'EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP'])

function share(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!unlinkable.has(systemCode(error) ?? '')) throw error
    copyFileSync(from, to)
  }
}
