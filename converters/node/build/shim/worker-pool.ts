/**
 * Worker threads for what is bound by system calls: unpacking and copying. The bundle is its own worker entry, so the
 * shim stays one file. With one worker the work is done in the calling thread.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { makeZip } from './berry-cache.ts'
import type { ZipTask } from './berry-cache.ts'
import { copyBatch } from './copy-tree.ts'
import type { CopyBatch } from './copy-tree.ts'
import { errorText, fail, Failure } from './failure.ts'
import { unpackKept, unpackSealed } from './kept-package.ts'
import { unpack } from './unpack.ts'
import type { Unpacked, UnpackTask } from './unpack.ts'

export type Task =
  | { readonly kind: 'unpack'; readonly task: UnpackTask }
  | { readonly kind: 'copy'; readonly task: CopyBatch }
  | { readonly kind: 'zip'; readonly task: ZipTask }

type Answer = { readonly done: Unpacked | null } | { readonly failed: string; readonly foreseen: boolean }

/** More threads than this wait for the same disk. */
const MOST = 8
const MARK = 'lock2build-worker'

/** Whether this thread was started by a pool; then {@link serveTasks} is all it does. */
export function isPoolWorker(): boolean {
  return !isMainThread && workerData === MARK
}

/** Answers tasks until the thread is ended. */
export function serveTasks(): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
  parentPort?.on('message', (task: Task) => parentPort?.postMessage(answer(task)))
}

export class WorkerPool {
  readonly #workers: readonly Worker[]

  /** `entry`: the bundle's own URL. */
  constructor(size: number, entry: URL) {
    this.#workers =
      size <= 1 ? [] : Array.from({ length: Math.min(size, MOST) }, () => new Worker(entry, { workerData: MARK }))
  }

  /** Results in the order of the tasks. The first failure wins; the rest is not started. */
  async run(tasks: readonly Task[]): Promise<readonly (Unpacked | null)[]> {
    const results: (Unpacked | null)[] = Array.from({ length: tasks.length }, () => null)
    if (this.#workers.length === 0) {
      for (const [index, task] of tasks.entries()) results[index] = perform(task)
      return results
    }
    let next = 0
    const serve = async (worker: Worker): Promise<void> => {
      for (let index = next++; index < tasks.length; index = next++) {
        const task = tasks[index]
        if (task === undefined) return
        try {
          results[index] = await ask(worker, task)
        } catch (error) {
          next = tasks.length
          throw error
        }
      }
    }
    await Promise.all(this.#workers.map(serve))
    return results
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

function ask(worker: Worker, task: Task): Promise<Unpacked | null> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      worker.removeListener('message', onAnswer)
      worker.removeListener('error', onError)
    }
    const onAnswer = (answer: Answer): void => {
      finish()
      if ('done' in answer) resolve(answer.done)
      else reject(answer.foreseen ? new Failure(answer.failed) : new Error(answer.failed))
    }
    const onError = (error: unknown): void => {
      finish()
      reject(error instanceof Error ? error : new Error(errorText(error)))
    }
    worker.on('message', onAnswer)
    worker.on('error', onError)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
    worker.postMessage(task)
  })
}

function perform({ kind, task }: Task): Unpacked | null {
  switch (kind) {
    case 'unpack':
      if (task.kept !== undefined) return unpackKept(task, task.kept)
      return task.isSealed === true ? unpackSealed(task) : unpack(task)
    case 'copy':
      copyBatch(task)
      return null
    case 'zip':
      makeZip(task)
      return null
  }
  return fail('unknown task')
}

function answer(task: Task): Answer {
  try {
    return { done: perform(task) }
  } catch (error) {
    const foreseen = error instanceof Failure
    return {
      failed: foreseen ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
      foreseen,
    }
  }
}
