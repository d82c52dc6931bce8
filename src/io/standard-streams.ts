/**
 * stdout and stderr without node's stream objects, whose loading takes a tenth of a short run: texts are written to the
 * descriptors at once. Only a pipe that somebody made non-blocking, and that is full, gets its stream.
 */
import { fstatSync, statSync, writeSync } from 'node:fs'
import { devNull } from 'node:os'
import { hasCode } from './inside.ts'

export type StandardStream = 'stdout' | 'stderr'

const descriptors: Readonly<Record<StandardStream, number>> = { stdout: 1, stderr: 2 }
const streamed = new Set<StandardStream>()

/** A reader that has seen enough (`| head -1`) is no error. */
export function writeStandard(name: StandardStream, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    if (streamed.has(name)) return void process[name].write(rest)
    try {
      rest = rest.subarray(writeSync(descriptors[name], rest))
    } catch (error) {
      if (hasCode(error, 'EPIPE')) return
      if (!hasCode(error, 'EAGAIN')) throw error
      streamed.add(name)
      process[name].on('error', ignoreClosedPipe)
    }
  }
}

/** Nothing waits in a stream for its reader. */
export function isAllWritten(): boolean {
  return streamed.size === 0
}

/** Whether a person may be looking. */
export function isTerminal(name: StandardStream): boolean {
  return mayBeTerminal(descriptors[name]) && process[name].isTTY === true
}

/** Only a terminal's stream is loaded to ask it. */
function mayBeTerminal(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor)
    return stats.isCharacterDevice() && stats.rdev !== statSync(devNull).rdev
  } catch {
    return false
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
