/** Which process a file or directory belongs to, so that what a dead one left behind can be told from what a living one uses. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { hasCode } from './inside.ts'

export interface ProcessIdentity {
  readonly host: string
  readonly pid: number
  /** When the process began, in the kernel's own count: a pid is used again and again. '' where that is not known. */
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

let name: string | undefined

/** Containers may share a host's name, and count their processes each on their own: pid_namespaces(7). */
function hostName(): string {
  return (name ??= `${hostname()}${namespaceOf()}`)
}

function namespaceOf(): string {
  try {
    return `/${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''}`
  } catch {
    return ''
  }
}

/** Fields 3 and 22 of proc_pid_stat(5); field 2, in parentheses, may itself hold spaces and parentheses. */
function startOf(pid: number): string | undefined {
  const text = findText(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // A zombie holds nothing, however long nobody waits for it.
  return fields[0] === 'Z' ? 'ended' : fields[19]
}

function findText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return undefined
    throw error
  }
}
