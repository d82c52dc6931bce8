/** The command `install` inside of lock2build's own process, for a tree of which everything is kept unpacked: only links are made. */
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { hasMany, installJob } from './install.ts'
import { readInstallJob } from './job-reader.ts'
import type { JsonRecord } from './json-value.ts'
import { readNodePart } from './spec-reader.ts'
import { WorkerPool } from './worker-pool.ts'

declare const LOCK2BUILD_LINK_THREAD: string

export class InstallHere {
  readonly #pool: WorkerPool
  /** Never fails: a thread that does not start says so when it is asked. */
  readonly started: Promise<void>

  /** Begins what takes time to start. `sources`: how many there are. */
  constructor(sources: number) {
    // One thread more: what both wait for is the file system.
    const isShared = hasMany(sources) && availableParallelism() > 1
    this.#pool = new WorkerPool(2, isShared ? new URL(LOCK2BUILD_LINK_THREAD, import.meta.url) : undefined)
    this.started = Promise.all(this.#pool.start().map((thread) => thread.started)).then(() => undefined)
  }

  /**
   * False: it could not be made without starting a program, or not at all, and whatever was begun is to be removed; the shim in a
   * process of its own says why. `part`: the spec's, which the job names; `shim`: path of node-shim.mjs.
   */
  async run(json: JsonRecord, part: JsonRecord, shim: string): Promise<boolean> {
    const umask = process.umask(0o022)
    try {
      const job = readInstallJob(json, 'the job')
      const means = { pool: this.#pool, shim: pathToFileURL(shim), spec: readNodePart(part) }
      await installJob({ ...job, check: 'only-own' }, means)
      return true
    } catch {
      return false
    } finally {
      process.umask(umask)
    }
  }

  end(): Promise<void> {
    return this.#pool.close()
  }
}
