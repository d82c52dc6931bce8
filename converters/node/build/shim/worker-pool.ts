/**
 * Threads for what is bound by system calls: unpacking and copying. The bundle is its own worker entry, so the shim stays one file.
 * The calling thread does its share.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { makeZip } from './managers/yarn-berry/berry-cache.ts'
import type { ZipTask } from './managers/yarn-berry/berry-cache.ts'
import { copyBatch } from './copy-tree.ts'
import type { CopyBatch } from './copy-tree.ts'
import { errorText, fail, Failure } from './failure.ts'
import { unpackKept } from './archive/kept-package.ts'
import { unpack } from './archive/unpack.ts'
import type { Unpacked, UnpackTask } from './archive/unpack.ts'

export type Task =
  | { readonly kind: 'unpack'; readonly task: UnpackTask }
  | { readonly kind: 'copy'; readonly task: CopyBatch }
  | { readonly kind: 'zip'; readonly task: ZipTask }

type Answer = { readonly done: readonly (Unpacked | null)[] } | { readonly failed: string; readonly foreseen: boolean }

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
  parentPort?.on('message', (tasks: readonly Task[]) => parentPort?.postMessage(answer(tasks)))
}

/** Tasks that a thread is given at once: a message costs as much as linking a file or two. */
const MOST_AT_ONCE = 8
/** So few that no thread is idle for long at the end. */
const SHARES = 6

export class WorkerPool {
  readonly #size: number
  readonly #entry: URL
  readonly #workers: Worker[] = []

  /** `entry`: the bundle's own URL. The calling thread is one of the threads; the others are started with the first tasks. */
  constructor(size: number, entry: URL) {
    this.#size = Math.min(size, MOST)
    this.#entry = entry
  }

  /** Results in the order of the tasks. The first failure wins; the rest is not started. */
  async run(tasks: readonly Task[]): Promise<readonly (Unpacked | null)[]> {
    const results: (Unpacked | null)[] = Array.from({ length: tasks.length }, () => null)
    const step = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(tasks.length / (this.#size * SHARES))))
    let next = 0
    const serve = async (perform: (share: readonly Task[]) => Promise<readonly (Unpacked | null)[]>): Promise<void> => {
      while (next < tasks.length) {
        const start = next
        next += step
        try {
          const done = await perform(tasks.slice(start, start + step))
          for (const [index, result] of done.entries()) results[start + index] = result
        } catch (error) {
          next = tasks.length
          throw error
        }
      }
    }
    const workers = tasks.length > 1 ? this.#startWorkers() : []
    await Promise.all([...workers.map((worker) => serve((share) => ask(worker, share))), serve(performHere)])
    return results
  }

  #startWorkers(): readonly Worker[] {
    while (this.#workers.length < this.#size - 1) this.#workers.push(new Worker(this.#entry, { workerData: MARK }))
    return this.#workers
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

/** Threads for as long as the work takes; they would keep the process from ending. */
export async function withPool<T>(size: number, entry: URL, work: (pool: WorkerPool) => Promise<T>): Promise<T> {
  const pool = new WorkerPool(size, entry)
  try {
    return await work(pool)
  } finally {
    await pool.close()
  }
}

/** In this thread, which looks at what the others say in between. */
async function performHere(tasks: readonly Task[]): Promise<readonly (Unpacked | null)[]> {
  const results = tasks.map(perform)
  await new Promise((resolve) => setImmediate(resolve))
  return results
}

function ask(worker: Worker, tasks: readonly Task[]): Promise<readonly (Unpacked | null)[]> {
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
    worker.postMessage(tasks)
  })
}

function perform({ kind, task }: Task): Unpacked | null {
  switch (kind) {
    case 'unpack':
      return task.kept === undefined ? unpack(task) : unpackKept(task, task.kept)
    case 'copy':
      copyBatch(task)
      return null
    case 'zip':
      makeZip(task)
      return null
  }
  return fail('unknown task')
}

function answer(tasks: readonly Task[]): Answer {
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
