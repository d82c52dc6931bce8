/**
 * One run at a time per project. The lock is a file in the cache directory, named by the project's real path: nothing appears
 * in the project, and a project that cannot be written to can be locked. A killed run leaves its file behind; the next one
 * sees that its process is gone and takes over.
 */
import { createHash } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, shown } from '../problem.ts'
import { failIo, hasCode } from './inside.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

export interface ProjectLock {
  /** May be called twice; happens by itself when the process exits. */
  release(): void
}

/** Milliseconds after which a breaker's file is a dead one's: breaking takes microseconds. */
const BREAKER_AGE = 10_000

/** Throws `busy` when another run holds the project, `io` when no lock can be made. */
export function lockProject(dir: string, cache: string): ProjectLock {
  const project = realpathSync(dir)
  const locks = join(cache, 'locks')
  const path = join(locks, createHash('sha256').update(project).digest('hex'))
  try {
    mkdirSync(locks, { recursive: true, mode: 0o700 })
    const me = printHolder(ownIdentity())
    if (!create(path, me) && !(removeStale(path) && create(path, me))) failBusy(project, path)
    return held(path, me)
  } catch (error) {
    return failIo(error, 'locking the project in', path)
  }
}

function held(path: string, me: string): ProjectLock {
  let isHeld = true
  const release = () => {
    if (!isHeld) return
    isHeld = false
    process.off('exit', release)
    if (findText(path) === me) rmSync(path, { force: true })
  }
  process.on('exit', release)
  return { release }
}

/** Makes the file with its content in one step, so that nobody reads half of it. */
function create(path: string, text: string): boolean {
  const own = `${path}.${process.pid}`
  writeFileSync(own, text, { mode: 0o600 })
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

/** Only one run at a time may judge a lock stale and remove it; otherwise a second one would remove the first one's new lock. */
function removeStale(path: string): boolean {
  const breaker = `${path}.break`
  if (isOld(breaker)) rmSync(breaker, { force: true })
  if (!create(breaker, '')) return false
  try {
    const text = findText(path)
    // Released just now: by the next moment the file may be somebody else's.
    if (text === undefined) return true
    const holder = parseHolder(text)
    if (holder !== undefined && isAlive(holder)) return false
    rmSync(path, { force: true })
    return true
  } finally {
    rmSync(breaker, { force: true })
  }
}

function isOld(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs > BREAKER_AGE
}

function findText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function printHolder({ host, pid, start }: ProcessIdentity): string {
  return `${pid} ${start} ${host}\n`
}

function parseHolder(text: string | undefined): ProcessIdentity | undefined {
  const [, pid, start = '', host = ''] = /^(\d+) (\S*) (.*)\n$/.exec(text ?? '') ?? []
  return pid === undefined ? undefined : { pid: Number(pid), start, host }
}

function failBusy(project: string, path: string): never {
  const holder = parseHolder(findText(path))
  const who = holder === undefined ? 'another run' : `process ${holder.pid} on ${shown(holder.host)}`
  fail({
    code: 'busy',
    message: `${who} is working on ${shown(project)}`,
    hint: `wait until it is done and run it again; if there is no such process, remove ${path}`,
  })
}
