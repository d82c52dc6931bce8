/**
 * Packages that are kept unpacked, so that the next tree gets them as hard links: no decompressing, no writing. A kept package is
 * read-only, and old; it appears whole or not at all, and any number of processes may add the same.
 */
import { chmodSync, copyFileSync, linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { threadId } from 'node:worker_threads'
import { fileCopier } from '../copy-file.ts'
import { systemCode } from '../failure.ts'
import { sealDirectory } from '../sealed.ts'
import { findIndex, manifestText, printIndex } from './kept-index.ts'
import type { KeptIndex } from './kept-index.ts'
import { unpackFiles } from './unpack.ts'
import type { Unpacked, UnpackTask } from './unpack.ts'
import { unpackRulesOf } from './unpack-rules.ts'

/** As unpack, sealed, from what is kept in the directory `kept`, which is made first when it is not there. */
export function unpackKept(task: UnpackTask, kept: string): Unpacked {
  const { directories, files, ...unpacked } = findIndex(`${kept}/index`) ?? keep(task, kept)
  const { into, isLeaf, rules } = task
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
  if (isLeaf === true && !unpacked.hasModules && unpackRulesOf(rules).isFinal) sealDirectory(into)
  return unpacked
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

function keep(task: UnpackTask, kept: string): KeptIndex {
  const draft = `${kept}.${process.pid}-${threadId}`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(dirname(kept), { recursive: true, mode: 0o700 })
  const unpacked = unpackFiles({ ...task, into: `${draft}/tree`, isSealed: true })
  const manifest = manifestText(`${draft}/tree`)
  const directories = directoriesOf(unpacked.files)
  const index = { ...unpacked, ...(manifest === undefined ? {} : { manifest }), directories }
  writeFileSync(`${draft}/index`, printIndex(index))
  try {
    renameSync(draft, kept)
  } catch (error) {
    if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST') throw error
    rmSync(draft, { recursive: true, force: true })
  }
  return index
}

function directoriesOf(files: readonly string[]): readonly string[] {
  const directories = new Set<string>()
  for (const file of files) {
    for (let at = file.indexOf('/'); at !== -1; at = file.indexOf('/', at + 1)) directories.add(file.slice(0, at))
  }
  return [...directories]
}

/** A file has a limited number of names, and not every file system has hard links. */
const unlinkable = new Set(['EMLINK', 'EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP'])

const copySealed = fileCopier('sealed')

function share(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!unlinkable.has(systemCode(error) ?? '')) throw error
    copySealed(from, to)
  }
}
