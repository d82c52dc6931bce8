/**
 * The disk under our stores: a root, a directory of unfinished things for each process, and moving what is finished into place.
 * Unfinished things lie on the same file system, so that moving them is one step. A process that was killed leaves its directory
 * behind; whoever comes next sees that the process is gone, and removes it.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { failIo, hasCode } from './inside.ts'
import { findIdentity, isAlive, ownIdentity, printIdentity, type ProcessIdentity } from './process-identity.ts'
import { listNames } from './store-scan.ts'

export interface StoreSpace {
  /** Absolute. */
  readonly root: string
  /** A path that nothing has, for something unfinished. From the first call on the process counts as a user of the store. Throws `io`. */
  temporary(): string
  /** Moves something finished to where it belongs. False when a directory is there already; a file is replaced. Throws `io`. */
  place(from: string, to: string): boolean
  /** Takes something away in one step, whatever its modes, to a temporary path, which is given. undefined: nothing was there. Throws `io`. */
  takeAway(path: string): string | undefined
  /** Takes it away, and then removes it; nothing there is fine. Throws `io`. */
  remove(path: string): void
}

/** Directory of unfinished things, below the root. */
export const TEMPORARY = 'tmp'

/** Milliseconds after which what a process of another machine left behind is removed. */
const FOREIGN_AGE = 7 * 24 * 60 * 60 * 1000

export function storeSpace(root: string): StoreSpace {
  const own = join(root, TEMPORARY, printIdentity(ownIdentity()))
  let count = 0
  const temporary = () => {
    if (!opened.has(own)) openOwn(root, own)
    return join(own, `${(count += 1)}-${uniqueInProcess()}`)
  }
  const takeAway = (path: string) => {
    const away = temporary()
    return moveAway(path, away) ? away : undefined
  }
  const remove = (path: string) => {
    const away = takeAway(path)
    if (away !== undefined) removeTree(away)
  }
  return { root, temporary, place, takeAway, remove }
}

/** Directories of living processes other than this one, by what they are called. */
export function listUsers(root: string): readonly ProcessIdentity[] {
  const own = printIdentity(ownIdentity())
  return listNames(join(root, TEMPORARY)).flatMap((name) => {
    const identity = name === own ? undefined : findIdentity(name)
    return identity !== undefined && isAlive(identity) ? [identity] : []
  })
}

/** Removes what dead processes left unfinished; gives the paths. With `dry` nothing is removed. */
export function removeLeftovers(root: string, { dry = false } = {}): readonly string[] {
  const paths = listNames(join(root, TEMPORARY)).flatMap((name) => {
    const path = join(root, TEMPORARY, name)
    return isLeftover(name, path) ? [path] : []
  })
  if (!dry) for (const path of paths) removeTree(path)
  return paths
}

/** Read-only directories are made writable first. Somebody else may be removing the same. Throws `io`. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 2 })
  } catch {
    try {
      makeWritable(Buffer.from(path))
      rmSync(path, { recursive: true, force: true, maxRetries: 2 })
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) failIo(error, 'removing', path)
    }
  }
}

const opened = new Set<string>()
let names = 0

/** Two stores of one root in one process share its directory. */
function uniqueInProcess(): number {
  return (names += 1)
}

function openOwn(root: string, own: string): void {
  removeLeftovers(root)
  try {
    mkdirSync(own, { recursive: true, mode: 0o700 })
  } catch (error) {
    failIo(error, 'making', own)
  }
  if (opened.size === 0) process.once('exit', removeOwn)
  opened.add(own)
}

function removeOwn(): void {
  for (const own of opened) {
    try {
      removeTree(own)
    } catch {
      // The next run removes what is left.
    }
  }
}

function place(from: string, to: string): boolean {
  try {
    renameInto(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false
    return failIo(error, 'writing', to)
  }
}

function renameInto(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    renameSync(from, to)
  }
}

/** A read-only directory cannot be moved by anybody but root, because its `..` changes. */
function moveAway(path: string, away: string): boolean {
  try {
    try {
      renameSync(path, away)
    } catch (error) {
      if (!hasCode(error, 'EACCES', 'EPERM')) throw error
      chmodSync(path, 0o700)
      renameSync(path, away)
    }
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    return failIo(error, 'removing', path)
  }
}

/** Names are raw bytes: a checkout may hold any. */
function makeWritable(directory: Buffer): void {
  if (!lstatSync(directory).isDirectory()) return
  chmodSync(directory, 0o700)
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
    if (entry.isDirectory()) makeWritable(Buffer.concat([directory, Buffer.from('/'), entry.name]))
  }
}

function isLeftover(name: string, path: string): boolean {
  const identity = findIdentity(name)
  if (identity !== undefined && !isAlive(identity)) return true
  const isOwnHost = identity?.host === ownIdentity().host
  if (isOwnHost) return false
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs > FOREIGN_AGE
}
