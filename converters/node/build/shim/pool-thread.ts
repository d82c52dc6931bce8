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

/** What a thread is given: its tasks, and who has taken which of them. */
export interface Share<Task> {
  readonly tasks: readonly Task[]
  readonly claims: Claims
}

/** One cell a task, in memory that all threads see: 0 until somebody takes the task. */
export type Claims = Int32Array<SharedArrayBuffer>

export function claim(claims: Claims, index: number): boolean {
  return Atomics.exchange(claims, index, 1) === 0
}

/** Nothing more is started. */
export function claimAll(claims: Claims): void {
  for (let index = 0; index < claims.length; index++) claim(claims, index)
}

/** Results of the tasks that the thread took, by their index in its share. */
export type Done = readonly (readonly [number, Unpacked | null])[]

export type Answer = { readonly done: Done } | { readonly failed: string; readonly foreseen: boolean }

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
  parentPort?.on('message', (share: Share<Task>) => parentPort?.postMessage(answer(share, perform)))
}

function answer<Task>({ tasks, claims }: Share<Task>, perform: (task: Task) => Unpacked | null): Answer {
  try {
    return { done: tasks.flatMap((task, index) => (claim(claims, index) ? [[index, perform(task)] as const] : [])) }
  } catch (error) {
    claimAll(claims)
    const foreseen = error instanceof Failure
    return {
      failed: foreseen ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
      foreseen,
    }
  }
}
