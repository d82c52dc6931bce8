/** Where in a document: object keys and array indices from the root. */
import { shown } from '../problem.ts'

export type KeyPath = readonly (string | number)[]

/** `['packages', 'node_modules/ms', 'os', 0]` → `packages["node_modules/ms"].os[0]`. Keys are untrusted text. */
export function printKeyPath(path: KeyPath): string {
  let out = ''
  for (const key of path) {
    if (typeof key === 'number') out += `[${key}]`
    else if (!/^[A-Za-z_$][\w$]*$/.test(key)) out += `[${shown(key)}]`
    else out += out === '' ? key : `.${key}`
  }
  return out
}
