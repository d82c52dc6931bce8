/** The end of a log. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { failIo } from '../io/inside.ts'

const LINES = 20
const BYTES = 16 * 1024

/** At most the last twenty lines. Throws `io`. */
export function readTail(path: string): readonly string[] {
  try {
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      const buffer = Buffer.alloc(Math.min(size, BYTES))
      readSync(file, buffer, 0, buffer.length, size - buffer.length)
      const lines = buffer.toString('utf8').trimEnd().split('\n')
      return lines.slice(size > BYTES ? 1 : 0).slice(-LINES)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return failIo(error, 'reading', path)
  }
}
