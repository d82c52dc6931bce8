/**
 * Threads for what is bound by system calls: unpacking and copying. The bundle is its own worker entry, so the shim stays one file.
 * The calling thread does its share.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { makeZip } from './managers/yarn-berry/berry-cache.ts'
import type { ZipTask } from './managers/yarn-berry/berry-cache.ts'
import { errorText, Failure } from './failure.ts'
import type { Unpacked } from './archive/unpack.ts'
import { performTree, serve } from './pool-thread.ts'
import type { Answer, TreeTask } from './pool-thread.ts'

export type Task = TreeTask | { readonly kind: 'zip'; readonly task: ZipTask }

/** More threads than this wait for the same disk. */
const MOST = 8
const MARK = 'lock2build-worker'

/** Whether this thread was started by a pool; then {@link serveTasks} is all it does. */
export function isPoolWorker(): boolean {
  return !isMainThread && workerData === MARK
}

/** Answers tasks until the thread is ended. */
export function serveTasks(): void {
  serve(perform)
}

/** Tasks that a thread is given at once: a message costs as much as linking a file or two. */
const MOST_AT_ONCE = 8
/** So few that no thread is idle for long at the end. */
const SHARES = 6

export class WorkerPool {
  readonly #size: number
  readonly #entry: URL
  readonly #threads: PoolThread[] = []

  /** `entry`: the bundle's own URL. The calling thread is one of the threads; the others are started with the first tasks, or before. */
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
    const threads = tasks.length > 1 ? this.start() : []
    // Each has a second share waiting: this thread hears of the first one's end only between two of its own.
    const ahead = [...threads, ...threads].map((thread) => serve((share) => thread.ask(share)))
    await Promise.all([...ahead, serve(performHere)])
    return results
  }

  /** While they start, the calling thread can do something else. */
  start(): readonly PoolThread[] {
    while (this.#threads.length < this.#size - 1) this.#threads.push(new PoolThread(this.#entry))
    return this.#threads
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()))
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

/** A thread of the pool, which answers in the order in which it is asked. */
class PoolThread {
  readonly #worker: Worker
  readonly #asked: Asked[] = []

  constructor(entry: URL) {
    this.#worker = new Worker(entry, { workerData: MARK })
    this.#worker.on('message', (answer: Answer) => {
      const { resolve, reject } = this.#asked.shift() ?? failUnasked()
      if ('done' in answer) resolve(answer.done)
      else reject(answer.foreseen ? new Failure(answer.failed) : new Error(answer.failed))
    })
    this.#worker.on('error', (error: unknown) => {
      const reason = error instanceof Error ? error : new Error(errorText(error))
      for (const { reject } of this.#asked.splice(0)) reject(reason)
    })
  }

  ask(tasks: readonly Task[]): Promise<readonly (Unpacked | null)[]> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
      this.#worker.postMessage(tasks)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

interface Asked {
  readonly resolve: (done: readonly (Unpacked | null)[]) => void
  readonly reject: (error: Error) => void
}

function failUnasked(): never {
  throw new Error('a thread answers what it was not asked')
}

function perform(task: Task): Unpacked | null {
  if (task.kind !== 'zip') return performTree(task)
  makeZip(task.task)
  return null
}
