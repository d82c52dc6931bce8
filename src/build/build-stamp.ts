/**
 * The memory of builds that had nothing to do: by a digest of everything that decides, the key of the result. Losing it costs a look at
 * everything; it is never believed for more than the name of a build.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasCode } from '../io/inside.ts'

export interface Stamp {
  /** Key of the build. */
  readonly key: string
}

/** `question`: which build of which project; `state`: digest of all it depends on. */
export function findStamp(cache: string, question: string, state: string): Stamp | undefined {
  const [found, key] = readStamp(fileOf(cache, question)).split('\n')
  return found === state && key !== undefined && /^[0-9a-f]{64}$/.test(key) ? { key } : undefined
}

/** One for each question: the newest. Never throws: it is a help only. */
export function saveStamp(cache: string, question: string, state: string, { key }: Stamp): void {
  const file = fileOf(cache, question)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.${process.pid}`, `${state}\n${key}\n`, { mode: 0o600 })
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
