/**
 * The memory of builds that had nothing to do: by a digest of everything that decides, the key of the result. Losing it costs a look at
 * everything; it is never believed for more than the name of a build.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasCode } from '../io/inside.ts'

export interface Stamp {
  /** Digest of all that the build depends on; '' where only `beside` is known. */
  readonly state: string
  /** Key of the build. */
  readonly key: string
  /** Real paths of what was looked at beside the project. */
  readonly beside: readonly string[]
}

/** `question`: which build of which project. Whether it still is in that state is for the caller to say. */
export function findStamp(cache: string, question: string): Stamp | undefined {
  const [state = '', key = '', ...beside] = readStamp(fileOf(cache, question)).split('\0')
  return /^[0-9a-f]{64}$/.test(key) ? { state, key, beside } : undefined
}

/** One for each question: the newest. Never throws: it is a help only. */
export function saveStamp(cache: string, question: string, { state, key, beside }: Stamp): void {
  const file = fileOf(cache, question)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // No path holds NUL.
    writeFileSync(`${file}.${process.pid}`, [state, key, ...beside].join('\0'), { mode: 0o600 })
    renameSync(`${file}.${process.pid}`, file)
  } catch {
    // The next run looks at everything again.
  }
}

function fileOf(cache: string, question: string): string {
  return join(cache, 'stamps', createHash('sha256').update(question).digest('hex'))
}

function readStamp(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return ''
    throw error
  }
}
