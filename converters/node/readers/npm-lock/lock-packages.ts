/** The `packages` half of lockfileVersion 2 and 3: install path → what stands there. */
import type { Fields } from '../../../../src/text/fields.ts'
import { isExtraneous, readEntry } from '../entry.ts'
import type { Entry } from '../entry.ts'

/** Every entry of `packages` that is installed, in the file's order. */
export function readPackages(root: Fields): readonly Entry[] {
  const packages = root.object('packages')
  if (!root.has('packages'))
    root.addProblem('lock-type', '"packages" is missing', { hint: 'npm install --package-lock-only' })
  const entries: Entry[] = []
  const { document } = root
  packages?.forEachObject((path, fields) => {
    const isInstalled = path.includes('node_modules/')
    if (isInstalled && isExtraneous(fields)) return
    const before = document.problems.length
    const entry = readEntry(fields, path, !isInstalled)
    entries.push(document.problems.length > before ? { ...entry, broken: true } : entry)
  })
  return entries
}
