/**
 * Threads for what is bound by system calls: unpacking and copying. The bundle is its own worker entry, so the shim stays one file.
 * The calling thread does its share.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { makeZip } from './managers/yarn-berry/berry-cache.ts'
import type { ZipTask } from './managers/yarn-berry/berry-cache.ts'
import { errorText, Failure } from './failure.ts'
import type { Unpacked } from './archive/unpack.ts'
import { claim, claimAll, performTree, serve } from './pool-thread.ts'
import type { Answer, Done, Share, TreeTask } from './pool-thread.ts'

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

/** After so many tasks the calling thread looks at what else there is: signals, failures of the others. */
const MOST_AT_ONCE = 16

export class WorkerPool {
  /** How many beside the calling one. */
  readonly #others: number
  readonly #entry: URL | undefined
  readonly #threads: PoolThread[] = []

  /** The calling thread is one of the threads; the others are started with the first tasks, or before. `entry`: what these run, if any. */
  constructor(size: number, entry: URL | undefined) {
    this.#others = entry === undefined ? 0 : Math.min(size, MOST) - 1
    this.#entry = entry
  }

  /**
   * Results in the order of the tasks. The first failure wins; the rest is not started. Each of the other threads has a part of the
   * tasks; the calling one takes from all of them, from their ends, so that nobody waits for a message.
   */
  async run(tasks: readonly Task[]): Promise<readonly (Unpacked | null)[]> {
    const threads = tasks.length > 1 ? this.start() : []
    const shares = deal(tasks, Math.max(threads.length, 1))
    const results: (Unpacked | null)[] = tasks.map(() => null)
    const asked = threads.map(async (thread, first) => {
      const done = await thread.ask(shares[first] ?? failUnasked())
      for (const [index, result] of done) results[first + index * shares.length] = result
    })
    try {
      await Promise.all([...asked, help(shares, results)])
    } catch (error) {
      for (const { claims } of shares) claimAll(claims)
      throw error
    }
    return results
  }

  /** While they start, the calling thread can do something else. */
  start(): readonly PoolThread[] {
    while (this.#entry !== undefined && this.#threads.length < this.#others) {
      this.#threads.push(new PoolThread(this.#entry))
    }
    return this.#threads
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()))
  }
}

/** Threads for as long as the work takes; they would keep the process from ending. */
export async function withPool<T>(
  size: number,
  entry: URL | undefined,
  work: (pool: WorkerPool) => Promise<T>,
): Promise<T> {
  const pool = new WorkerPool(size, entry)
  try {
    return await work(pool)
  } finally {
    await pool.close()
  }
}

/** In turns, so that each has some of the big ones. */
function deal(tasks: readonly Task[], count: number): readonly Share<Task>[] {
  return Array.from({ length: count }, (_, first) => {
    const dealt = tasks.filter((_, place) => place % count === first)
    const claims = new Int32Array(new SharedArrayBuffer(dealt.length * Int32Array.BYTES_PER_ELEMENT))
    return { tasks: dealt, claims }
  })
}

/** In this thread: what the others have not begun. */
async function help(shares: readonly Share<Task>[], results: (Unpacked | null)[]): Promise<void> {
  let count = 0
  for (let place = results.length - 1; place >= 0; place--) {
    const index = Math.floor(place / shares.length)
    const { tasks, claims } = shares[place % shares.length] ?? failUnasked()
    const task = tasks[index]
    if (task === undefined || !claim(claims, index)) continue
    results[place] = perform(task)
    count++
    if (count % MOST_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A thread of the pool, which answers in the order in which it is asked. */
class PoolThread {
  readonly #worker: Worker
  readonly #asked: Asked[] = []
  #failure: Error | undefined
  /** Whether it runs or has failed. */
  readonly started: Promise<void>

  constructor(entry: URL) {
    this.#worker = new Worker(entry, { workerData: MARK })
    this.started = new Promise((resolve) => {
      for (const event of ['online', 'error', 'exit'] as const) this.#worker.once(event, () => resolve())
    })
    this.#worker.on('message', (answer: Answer) => {
      const { resolve, reject } = this.#asked.shift() ?? failUnasked()
      if ('done' in answer) resolve(answer.done)
      else reject(answer.foreseen ? new Failure(answer.failed) : new Error(answer.failed))
    })
    this.#worker.on('error', (error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(errorText(error))
      for (const { reject } of this.#asked.splice(0)) reject(this.#failure)
    })
  }

  /** Results of what it did of the share, by index. */
  ask(share: Share<Task>): Promise<Done> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#asked.push({ resolve, reject })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
      this.#worker.postMessage(share)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

interface Asked {
  readonly resolve: (done: Done) => void
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
