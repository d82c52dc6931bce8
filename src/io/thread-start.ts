/**
 * V8's flags while a thread starts. They are those of the whole process, and node's own modules, which every thread begins with, lie in
 * node's program as compiled code that V8 takes under its usual flags alone: under others a thread takes twice as long to start.
 *
 * Who starts threads and who sets the flags (the chunk loader) are in different bundles, so the one tells the other through the process.
 */
import type { EventEmitter } from 'node:events'

const STARTING = 'lock2build:thread-starting'
const STARTED = 'lock2build:thread-started'

const bus: EventEmitter = process

/** Calls `start`, and knows that its threads run when what it gives says so. */
export async function startingThreads<Started extends { readonly started: Promise<void> }>(
  start: () => Promise<Started>,
): Promise<Started> {
  bus.emit(STARTING)
  const made = await start().catch((error: unknown) => {
    bus.emit(STARTED)
    throw error
  })
  void made.started.finally(() => bus.emit(STARTED))
  return made
}

export function onThreadStart({ starting, started }: { starting: () => void; started: () => void }): void {
  bus.on(STARTING, starting)
  bus.on(STARTED, started)
}
