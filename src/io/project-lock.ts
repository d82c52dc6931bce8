/**
 * One run at a time per project. The lock lies in the cache directory, named by the project's real path: nothing appears in the
 * project, and a project that cannot be written to can be locked. A killed run leaves its lock behind; the next one sees that its
 * process is gone and takes over.
 *
 * The lock is a directory, and whoever's name stands in it has it. A name is of one attempt of one process and is never used again.
 *
 * - Taking it: a directory with the name in it is prepared beside the lock and renamed to it. rename(2) does that only where
 *   nothing or an empty directory is, so of many runs one succeeds, and nobody ever sees half a lock.
 * - Giving it back, and taking away what a dead run left: the name is removed from the directory. That removes this very name or
 *   nothing, however long ago it was read. (A file that every holder makes under the same name cannot be taken away safely: between
 *   finding its owner dead and removing it, others may have done both, and what is removed is a living run's.)
 * - Killed in between: before the rename a prepared directory stays that is nobody's lock, and the next holder removes it; after
 *   it, the name of a dead process; while giving back, an empty directory, which is free.
 */
import { mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, shown } from '../problem.ts'
import { failIo, hasCode } from './inside.ts'
import { isAlive, ownIdentity, findIdentity, printIdentity, type ProcessIdentity } from './process-identity.ts'

export interface ProjectLock {
  /** May be called twice; happens by itself when the process exits. */
  release(): void
}

/** Each failed attempt but the last means that meanwhile another run had the lock and gave it back. */
const ATTEMPTS = 100

/** Throws `busy` when another run holds the project, `io` when no lock can be made. */
export function lockProject(dir: string, cache: string): ProjectLock {
  const project = realpathSync(dir)
  const locks = join(cache, 'locks')
  const prefix = digestOf(project)
  const path = join(locks, `${prefix}.lock`)
  const own = `${process.hrtime.bigint().toString(16)}-${printIdentity(ownIdentity())}`
  const prepared = join(locks, `${prefix}.${own}`)
  try {
    mkdirSync(join(prepared, own), { recursive: true, mode: 0o700 })
    try {
      for (let attempt = 1; !move(prepared, path); attempt++) makeFree(path, { project, isLast: attempt === ATTEMPTS })
    } catch (error) {
      rmSync(prepared, { recursive: true, force: true })
      throw error
    }
    const lock = held(path, own)
    removePrepared(locks, `${prefix}.`)
    return lock
  } catch (error) {
    return failIo(error, 'locking the project in', path)
  }
}

/**
 * 64 bits of a path, by FNV-1a from two beginnings (http://www.isthe.com/chongo/tech/comp/fnv/): two projects of one digest would only wait
 * for each other, and to load node's cryptography takes a twentieth of a conversion.
 */
function digestOf(path: string): string {
  return [0x811c9dc5, 0x2a9d4c1b].map((begin) => fnv(begin, Buffer.from(path)).toString(16).padStart(8, '0')).join('')
}

function fnv(begin: number, bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, begin)
}

function held(path: string, own: string): ProjectLock {
  let isHeld = true
  const release = () => {
    if (!isHeld) return
    isHeld = false
    process.off('exit', release)
    removeEmpty(join(path, own))
    removeEmpty(path)
  }
  process.on('exit', release)
  return { release }
}

/** False when somebody's name is in there. */
function move(prepared: string, path: string): boolean {
  try {
    renameSync(prepared, path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false
    throw error
  }
}

/** Takes out the name of a dead process. Throws `busy` when there is another name, or one that is not understood. */
function makeFree(path: string, { project, isLast }: { project: string; isLast: boolean }): void {
  const names = listNames(path)
  const alive = names.find((name) => isInUse(name))
  if (alive !== undefined || isLast) failBusy(project, path, identityOf(alive))
  for (const name of names) removeEmpty(join(path, name))
}

/** What runs prepared that were killed before they had the lock. */
function removePrepared(locks: string, prefix: string): void {
  for (const name of listNames(locks)) {
    if (!name.startsWith(prefix) || name === `${prefix}lock` || isInUse(name.slice(prefix.length))) continue
    rmSync(join(locks, name), { recursive: true, force: true })
  }
}

function isInUse(name: string): boolean {
  const identity = identityOf(name)
  return identity === undefined || isAlive(identity)
}

function identityOf(name: string | undefined): ProcessIdentity | undefined {
  return name === undefined ? undefined : findIdentity(name.slice(name.indexOf('-') + 1))
}

function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error
  }
}

function failBusy(project: string, path: string, holder: ProcessIdentity | undefined): never {
  const who = holder === undefined ? 'another run' : `process ${holder.pid} on ${shown(holder.host)}`
  fail({
    code: 'busy',
    message: `${who} is working on ${shown(project)}`,
    hint: `wait until it is done and run it again; if there is no such process, remove ${path}`,
  })
}
