/** Which process a file or directory belongs to, so that what a dead one left behind can be told from what a living one uses. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { hasCode } from './inside.ts'

export interface ProcessIdentity {
  readonly host: string
  readonly pid: number
  /** Which start of the machine, and when since then the process began: a pid is used again and again. '' where that is not known. */
  readonly start: string
}

export function ownIdentity(): ProcessIdentity {
  return { host: hostName(), pid: process.pid, start: startOf(process.pid) ?? '' }
}

/** A process of another machine, or of another container (a cache on a shared disk), cannot be asked, so it counts as alive. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.host !== hostName()) return true
  const start = startOf(identity.pid)
  if (start !== undefined && identity.start !== '') return start === identity.start
  try {
    process.kill(identity.pid, 0)
    return true
  } catch (error) {
    return !hasCode(error, 'ESRCH')
  }
}

/** One word of at most 120 bytes that can be a file's name. */
export function printIdentity({ pid, start, host }: ProcessIdentity): string {
  return `${pid}-${start}-${encodeURIComponent(host)}`
}

/** The opposite of printIdentity; undefined for anything that it does not write. */
export function findIdentity(name: string): ProcessIdentity | undefined {
  const [, pid, start = '', host = ''] = /^(\d+)-([\d.a-f]*)-(.*)$/.exec(name) ?? []
  if (pid === undefined) return undefined
  try {
    return { pid: Number(pid), start, host: decodeURIComponent(host) }
  } catch {
    return undefined
  }
}

let name: string | undefined

/** Containers may share a host's name, and count their processes each on their own: pid_namespaces(7). */
function hostName(): string {
  // What no host name should have is not worth a file name that is too long.
  return (name ??= `${hostname()
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 64)}${namespaceOf()}`)
}

function namespaceOf(): string {
  try {
    return `/${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''}`
  } catch {
    return ''
  }
}

function startOf(pid: number): string | undefined {
  // In a container that sees the /proc of another one, the pids there are not ours.
  if (Number(statOf('self')[0]) !== process.pid) return undefined
  const [, state, start] = statOf(pid)
  // A zombie holds nothing, however long nobody waits for it.
  return state === 'Z' ? 'ended' : start === undefined ? undefined : `${start}.${bootOf()}`
}

/** Fields 1, 3 and 22 of proc_pid_stat(5); field 2, in parentheses, may itself hold spaces and parentheses. */
function statOf(pid: number | 'self'): readonly (string | undefined)[] {
  const text = findText(`/proc/${pid}/stat`)
  if (text === undefined) return []
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return [text.slice(0, text.indexOf(' ')), fields[0], fields[19]]
}

/** Pids and their starts come again when the machine is started again, in a small virtual one often the same. */
function bootOf(): string {
  return findText('/proc/sys/kernel/random/boot_id')?.slice(0, 8) ?? ''
}

function findText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return undefined
    throw error
  }
}
