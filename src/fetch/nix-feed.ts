/**
 * Sources into a Nix store while others are still being fetched: the network keeps one processor busy at most, and Nix hashes and
 * copies on another.
 */
import { addToNixStore, type AddedToNix, type NixStoreOptions } from './nix-store.ts'
import { nixStorePath, type StoredSource } from './stored-source.ts'

export interface NixFeed {
  /** Adds it, some time before {@link finish} ends. Each content is added once per name. */
  offer(source: StoredSource): void
  /** The same for what is left. Throws as addToNixStore. */
  finish(): Promise<AddedToNix>
  /** Whatever was begun is over then; nothing else is begun. */
  abandon(): Promise<void>
}

/** Asking Nix takes three processes each time, as long as adding a hundred sources. */
const WORTHWHILE = 400

/** `onProgress` is called once nothing else is to come. */
export function nixFeed(options: NixStoreOptions): NixFeed {
  const offered = new Set<string>()
  let waiting: StoredSource[] = []
  let total: AddedToNix = { added: 0, kept: 0 }
  let work: Promise<void> | undefined
  let isOver = false
  const addWaiting = async (onProgress?: (done: number) => void): Promise<void> => {
    const sources = waiting
    waiting = []
    const { added, kept } = await addToNixStore(sources, { ...options, onProgress })
    total = { added: total.added + added, kept: total.kept + kept }
  }
  const begin = (): void => {
    if (isOver || work !== undefined || waiting.length < WORTHWHILE) return
    work = addWaiting().then(() => {
      work = undefined
      begin()
    })
    // Whoever finishes is told.
    work.catch(() => undefined)
  }
  return {
    offer(source) {
      const path = nixStorePath(source)
      if (offered.has(path)) return
      offered.add(path)
      waiting.push(source)
      begin()
    },
    async finish() {
      isOver = true
      await work
      const before = total.added + total.kept
      await addWaiting((done) => options.onProgress?.(before + done, offered.size))
      return total
    },
    async abandon() {
      isOver = true
      await work?.catch(() => undefined)
    },
  }
}
