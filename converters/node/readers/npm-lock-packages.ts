/** The `packages` half of lockfileVersion 2 and 3: install path → what stands there. */
import type { Table } from './json-table.ts'
import { readEntry } from './npm-entry.ts'
import type { Entry } from './npm-entry.ts'

/** Every entry of `packages`, in the file's order. */
export function readPackages(root: Table): readonly Entry[] {
  const packages = root.requiredTable('packages')
  const entries: Entry[] = []
  for (const path of packages?.keys() ?? []) {
    const table = packages?.table(path)
    if (table === undefined) continue
    const isDirectory = path === '' || !path.includes('node_modules/')
    entries.push(readEntry(table, path, isDirectory))
  }
  return entries
}
