/**
 * The package documents of a run, in the shape of the cache that npm's fetcher looks into before it asks a registry: so every
 * document comes from {@link KeptDocuments}, once, and npm's own client never asks for one.
 */
import type { Json } from '../../../src/model/json.ts'
import type { ResolveWorld } from '../../../src/model/resolver.ts'

export interface Packuments {
  /** The document at a URL. Throws as KeptDocuments. */
  fetch(url: string): Promise<Json>
  /** Of all that were asked for. */
  urls(): readonly string[]
  /** npm's `packumentCache`. */
  readonly cache: {
    has(key: string): boolean
    get(key: string): Promise<Json>
    set(key: string, value: unknown): void
    delete(key: string): void
  }
}

export function packuments({ documents, progress }: Pick<ResolveWorld, 'documents' | 'progress'>): Packuments {
  let done = 0
  const asked = new Map<string, Promise<Json>>()
  const load = async (url: string): Promise<Json> => {
    const document: Json = JSON.parse(await documents.fetch(url))
    progress('resolving:', (done += 1), asked.size)
    return document
  }
  const fetch = (url: string): Promise<Json> => {
    const document = asked.get(url) ?? load(url)
    asked.set(url, document)
    return document
  }
  return {
    fetch,
    urls: () => [...asked.keys()].sort(),
    cache: {
      has: () => true,
      // `full:` or `corgi:`, which is npm's word for the short form, and the URL.
      get: (key) => fetch(key.slice(key.indexOf(':') + 1)),
      set: () => undefined,
      delete: () => undefined,
    },
  }
}
