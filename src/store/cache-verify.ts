/** Every source of the store against its name. What is damaged is removed, so that it is fetched again when it is needed. */
import { storeSpace } from '../io/store-space.ts'
import { isGood } from './source-store.ts'
import { listSources } from './store-entries.ts'

export interface Verified {
  readonly checked: number
  /** Paths, which are gone now. */
  readonly damaged: readonly string[]
}

/** `root`: the cache directory. Throws `io`. */
export async function verifyCache(
  root: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Verified> {
  const space = storeSpace(root)
  const entries = listSources(root)
  const damaged: string[] = []
  for (const [index, { key, path }] of entries.entries()) {
    onProgress(index, entries.length)
    if (key === undefined) space.remove(path)
    if (key === undefined || !(await isGood(space, key, path))) damaged.push(path)
  }
  return { checked: entries.length, damaged }
}
