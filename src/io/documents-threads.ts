/**
 * Kept documents in threads of their own: what a registry sends is decompressed, parsed and shrunk there, while the resolver is at
 * work. What crosses is a URL, and the text that is left of its document.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { KeptDocuments } from '../model/world.ts'
import { ProblemError, type Problem } from '../problem.ts'

/** Documents of threads that run until they are closed, or the process has nothing else to wait for. */
export interface DocumentsThreads extends KeptDocuments {
  close(): void
}

interface DocumentsThread extends DocumentsThreads {
  /** Requests that are not answered yet. */
  asked(): number
}

interface Request {
  readonly id: number
  readonly what: keyof KeptDocuments
  readonly url: string
}

type Answer =
  | { readonly id: number; readonly text: string }
  | { readonly id: number; readonly problems: readonly [Problem, ...Problem[]] }
  | { readonly id: number; readonly error: unknown }

interface Waiting {
  readonly resolve: (text: string) => void
  readonly reject: (error: unknown) => void
}

/** Requests that one thread has under way before another one starts. */
const BUSY = 16

/**
 * `entry`: a module that calls {@link serveDocuments} and is given a structured clone of `settings`. A resolver needs as long for the
 * documents of a large project as two threads; a small one needs only the first.
 */
export function documentsThreads<Settings>(entry: URL, settings: Settings): DocumentsThreads {
  const [first, second] = [documentsThread(entry, settings), documentsThread(entry, settings)]
  const chosen = new Map<string, DocumentsThread>()
  // Always the same one for a URL: it knows what it fetched.
  const threadOf = (url: string): DocumentsThread => {
    const thread = chosen.get(url) ?? (first.asked() < BUSY || first.asked() <= second.asked() ? first : second)
    chosen.set(url, thread)
    return thread
  }
  return {
    fetch: (url) => threadOf(url).fetch(url),
    fetchDigest: (url) => threadOf(url).fetchDigest(url),
    close: () => [first, second].forEach((thread) => thread.close()),
  }
}

function documentsThread<Settings>(entry: URL, settings: Settings): DocumentsThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let last = 0
  const start = (): Worker => {
    const started = new Worker(entry, { workerData: settings })
    started.on('message', (answer: Answer) => {
      settle(waiting.get(answer.id), answer)
      waiting.delete(answer.id)
      if (waiting.size === 0) started.unref()
    })
    started.on('error', (error) => {
      for (const each of waiting.values()) each.reject(error)
      waiting.clear()
      worker = undefined
    })
    return started
  }
  const ask = (what: Request['what'], url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const id = (last += 1)
      waiting.set(id, { resolve, reject })
      worker ??= start()
      worker.ref()
      const request: Request = { id, what, url }
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
      worker.postMessage(request)
    })
  return {
    fetch: (url) => ask('fetch', url),
    fetchDigest: (url) => ask('fetchDigest', url),
    asked: () => waiting.size,
    close: () => void worker?.terminate(),
  }
}

function settle(waiting: Waiting | undefined, answer: Answer): void {
  if ('text' in answer) waiting?.resolve(answer.text)
  else waiting?.reject('problems' in answer ? new ProblemError(answer.problems) : answer.error)
}

/** The other side: answers until the thread ends. `load` is given the settings, once. */
export function serveDocuments<Settings>(load: (settings: Settings) => Promise<KeptDocuments>): void {
  const settings: Settings = workerData
  const documents = load(settings)
  // Whoever asks first is told why.
  documents.catch(() => undefined)
  parentPort?.on('message', async ({ id, what, url }: Request) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
    parentPort?.postMessage(await answer(id, async () => (await documents)[what](url)))
  })
}

async function answer(id: number, fetch: () => Promise<string>): Promise<Answer> {
  try {
    return { id, text: await fetch() }
  } catch (error) {
    return error instanceof ProblemError ? { id, problems: error.problems } : { id, error }
  }
}
