/**
 * Kept documents in a thread of their own: what a registry sends is decompressed, parsed and shrunk there, while the resolver has
 * the other processor. What crosses is a URL, and the text that is left of its document.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { KeptDocuments } from '../model/world.ts'
import { ProblemError, type Problem } from '../problem.ts'

/** Documents of a thread that runs until it is closed, or the process has nothing else to wait for. */
export interface DocumentsThread extends KeptDocuments {
  close(): void
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

/** `entry`: a module that calls {@link serveDocuments} and is given a structured clone of `settings`. It starts with the first request. */
export function documentsThread<Settings>(entry: URL, settings: Settings): DocumentsThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let asked = 0
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
    })
    return started
  }
  const ask = (what: Request['what'], url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const id = (asked += 1)
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
