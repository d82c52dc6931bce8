/**
 * The sources of a spec, in the store: what is there is verified, the rest is fetched, many at once, and everything that fails is
 * told. What was fetched stays, so that a second run fetches only the rest.
 */
import { publicUrl } from '../io/public-url.ts'
import type { Downloads, GitCheckouts, ProjectBytes } from '../model/world.ts'
import { fail, failIfAny, ProblemError, shown, type Problem } from '../problem.ts'
import { parseSri } from '../digest/sri.ts'
import type { SpecArchive, SpecGit, SpecLocal, SpecSource } from '../spec/build-spec.ts'
import type { SourceKey, SourceStore } from '../store/source-store.ts'
import { findSourceKey } from './source-key.ts'

/** How many are waiting for the network, or for another attempt, at once; how many requests that makes is its own business. */
const IN_HAND = 64

export interface FetchOptions {
  readonly store: SourceStore
  readonly downloads: Downloads
  readonly git: GitCheckouts
  /** Archive files inside the project. */
  readonly project: ProjectBytes
  /** Read instead of the network. */
  readonly from?: Mirror | undefined
  /** Nothing is fetched: what is missing is a `network-needed` problem. */
  readonly offline?: boolean
  /** Called for each source that is in the store and verified. */
  readonly onStored?: ((id: string, path: string) => void) | undefined
  /** Called when something is there, and while bytes come. */
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined
}

/** A directory of sources by digest. */
export interface Mirror {
  /** Puts the source into the store and gives its path; undefined when the mirror does not have it. Throws `integrity-mismatch`, `io`. */
  find(key: SourceKey, store: SourceStore): Promise<string | undefined>
}

export interface FetchProgress {
  /** Sources that are in the store and verified, of `total`. */
  readonly done: number
  readonly total: number
  /** Sources that this run fetched. */
  readonly fetched: number
  /** Bytes that came over the network in this run. */
  readonly bytes: number
}

/** Source id → path in the store. Throws a ProblemError with the problems of every source that could not be had. */
export async function fetchSources(
  sources: ReadonlyMap<string, SpecSource>,
  options: FetchOptions,
): Promise<ReadonlyMap<string, string>> {
  const tasks = tasksOf(sources)
  const run = new FetchRun(tasks.length, options)
  const missing = []
  for (const task of tasks) if (!(await run.findKept(task))) missing.push(task)
  await run.fetchAll(missing)
  failIfAny(tasks.flatMap((task) => run.problems.get(task) ?? []))
  return new Map(tasks.flatMap(({ ids, path }) => ids.map((id) => [id, path ?? ''] as const)))
}

/** What has the same digest is fetched once. */
interface Task {
  readonly ids: string[]
  readonly source: SpecSource
  readonly key: SourceKey | undefined
  path?: string
}

function tasksOf(sources: ReadonlyMap<string, SpecSource>): readonly Task[] {
  const tasks = new Map<string, Task>()
  for (const [id, source] of sources) {
    const key = findSourceKey(source)
    const name = key === undefined ? `id ${id}` : `${key.form} ${key.digest.algorithm} ${key.digest.hex}`
    const same = tasks.get(name)
    if (same === undefined) tasks.set(name, { ids: [id], source, key })
    else same.ids.push(id)
  }
  return [...tasks.values()]
}

class FetchRun {
  readonly problems = new Map<Task, readonly Problem[]>()
  readonly #options: FetchOptions
  readonly #total: number
  #done = 0
  #fetched = 0
  #bytes = 0
  /** A full disk, for example: nothing else can be kept either, so nothing else is begun. */
  #isHopeless = false

  constructor(total: number, options: FetchOptions) {
    this.#total = total
    this.#options = options
  }

  async findKept(task: Task): Promise<boolean> {
    if (task.key === undefined) return false
    const path = await this.#options.store.findVerified(task.key)
    if (path === undefined) return false
    this.#finish(task, path)
    return true
  }

  /** What failed gets a second chance when the rest is there. */
  async fetchAll(tasks: readonly Task[]): Promise<void> {
    await this.#fetchEach(tasks)
    const failed = tasks.filter((task) => this.problems.get(task)?.every(({ code }) => code === 'network'))
    if (failed.length > 0 && failed.length < tasks.length) await this.#fetchEach(failed)
  }

  async #fetchEach(tasks: readonly Task[]): Promise<void> {
    const queue = tasks.values()
    const work = async () => {
      for (const task of queue) if (!this.#isHopeless) await this.#fetchTask(task)
    }
    await Promise.all(Array.from({ length: Math.min(IN_HAND, tasks.length) }, work))
  }

  async #fetchTask(task: Task): Promise<void> {
    try {
      const path = await this.#fetch(task)
      this.#fetched += 1
      this.problems.delete(task)
      this.#finish(task, path)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      const broken = error.problems.find(isOfTheDisk)
      // Said once; whatever else is under way will fail for the same reason.
      if (broken === undefined)
        this.problems.set(
          task,
          error.problems.map((problem) => ofSource(task, problem)),
        )
      else if (!this.#isHopeless) this.problems.set(task, [broken])
      this.#isHopeless ||= broken !== undefined
    }
  }

  async #fetch({ source, key }: Task): Promise<string> {
    const { store, from, offline } = this.#options
    if ('path' in source) return this.#importLocal(source)
    if (key === undefined) throw new TypeError('a source without a digest')
    const mirrored = await from?.find(key, store)
    if (mirrored !== undefined) return mirrored
    if (offline === true || from !== undefined) return failMissing(from !== undefined)
    return 'git' in source ? this.#checkOut(source, key) : this.#download(source, key)
  }

  async #importLocal({ path, hash }: SpecLocal): Promise<string> {
    const bytes = this.#options.project.find(path)
    if (bytes === undefined) {
      fail({
        code: 'io',
        message: `the archive ${shown(path)} is not there`,
        hint: 'put the file back, or remove the dependency',
      })
    }
    const expect = hash === undefined ? undefined : parseSri(hash)[0]
    return this.#options.store.importFile(bytes, expect, shown(path))
  }

  /** From the first URL that has it. A wrong content is a problem at once, wherever it came from. */
  async #download({ urls }: SpecArchive, { digest }: SourceKey): Promise<string> {
    const { downloads, store } = this.#options
    let first: unknown
    for (const url of urls) {
      try {
        return await downloads.fetchFile(url, (bytes) => store.addFile(digest, this.#counted(bytes), publicUrl(url)))
      } catch (error) {
        if (!isUnavailable(error)) throw error
        first ??= error
      }
    }
    throw first
  }

  #checkOut({ git: url, rev }: SpecGit, { digest }: SourceKey): Promise<string> {
    const { git, store } = this.#options
    return store.addTree(digest, (directory) => git.checkOut(url, rev, directory), `commit ${rev} of ${shown(url)}`)
  }

  async *#counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      this.#bytes += chunk.length
      yield chunk
    }
    this.#report()
  }

  #finish(task: Task, path: string): void {
    task.path = path
    for (const id of task.ids) this.#options.onStored?.(id, path)
    this.#done += 1
    this.#report()
  }

  #report(): void {
    const progress = { done: this.#done, total: this.#total, fetched: this.#fetched, bytes: this.#bytes }
    this.#options.onProgress?.(progress)
  }
}

function ofSource({ ids }: Task, problem: Problem): Problem {
  return { ...problem, message: `${shown(ids[0] ?? '')}: ${problem.message}` }
}

/** See errno(3). */
const diskErrors = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE']

function isOfTheDisk({ code, cause }: Problem): boolean {
  return code === 'io' && cause instanceof Error && 'code' in cause && diskErrors.includes(String(cause.code))
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ProblemError && error.problems.every(({ code }) => code === 'network' || code === 'not-found')
}

function failMissing(isMirror: boolean): never {
  fail(
    isMirror
      ? {
          code: 'not-found',
          message: 'the mirror does not have it',
          hint: 'make the mirror anew: `lock2build fetch --mirror DIR`',
        }
      : {
          code: 'network-needed',
          message: 'it is not in the store, and the network is switched off',
          hint: 'run `lock2build fetch` once without --offline',
        },
  )
}
