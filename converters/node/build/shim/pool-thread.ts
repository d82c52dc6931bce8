/** What a thread of a pool does with its tasks. */
import { parentPort } from 'node:worker_threads'
import { unpackKept } from './archive/kept-package.ts'
import { unpack } from './archive/unpack.ts'
import type { Unpacked, UnpackTask } from './archive/unpack.ts'
import { copyBatch } from './copy-tree.ts'
import type { CopyBatch } from './copy-tree.ts'
import { Failure } from './failure.ts'

/** What trees are made of. */
export type TreeTask =
  | { readonly kind: 'unpack'; readonly task: UnpackTask }
  | { readonly kind: 'copy'; readonly task: CopyBatch }

export type Answer =
  | { readonly done: readonly (Unpacked | null)[] }
  | { readonly failed: string; readonly foreseen: boolean }

export function performTree({ kind, task }: TreeTask): Unpacked | null {
  switch (kind) {
    case 'unpack':
      return task.kept === undefined ? unpack(task) : unpackKept(task, task.kept)
    case 'copy':
      copyBatch(task)
      return null
  }
}

/** Answers tasks until the thread is ended. */
export function serve<Task>(perform: (task: Task) => Unpacked | null): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
  parentPort?.on('message', (tasks: readonly Task[]) => parentPort?.postMessage(answer(tasks, perform)))
}

function answer<Task>(tasks: readonly Task[], perform: (task: Task) => Unpacked | null): Answer {
  try {
    return { done: tasks.map(perform) }
  } catch (error) {
    const foreseen = error instanceof Failure
    return {
      failed: foreseen ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
      foreseen,
    }
  }
}
