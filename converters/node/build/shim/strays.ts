/**
 * Packages that stand on disk and in no lock: some archives carry a node_modules that nobody declared. npm ci leaves them where
 * they are; npm rebuild would run their scripts and npm install would remove them, so they are put aside while npm works.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Places } from './selection.ts'

/** Beside it: the next package may stand on another file system. Package managers pass over what begins with a dot. */
const PARKING = '.lock2build-parked'

/**
 * `withModules`: the places whose archives brought a node_modules. Call the result, with the directory in which the tree stands
 * then, to put everything back.
 */
export function parkStrays(root: string, places: Places, withModules: readonly string[]): (root: string) => void {
  const parked: { readonly owner: string; readonly from: string; readonly to: string }[] = []
  const owners = [...places.keys()].filter((path) =>
    withModules.some((owner) => path === owner || path.startsWith(`${owner}/node_modules/`)),
  )
  for (const owner of owners) {
    for (const stray of packagesIn(root, `${owner}/node_modules`)) {
      if (places.has(stray)) continue
      const to = `${owner}/node_modules/${PARKING}-${parked.length}`
      renameSync(`${root}/${stray}`, `${root}/${to}`)
      parked.push({ owner, from: stray, to })
    }
  }
  return (root) => {
    for (const { owner, from, to } of parked) {
      // Its owner may have been an optional package that is left out.
      if (!existsSync(`${root}/${owner}`)) continue
      mkdirSync(dirname(`${root}/${from}`), { recursive: true })
      renameSync(`${root}/${to}`, `${root}/${from}`)
    }
  }
}

function packagesIn(root: string, modules: string): readonly string[] {
  const dir = `${root}/${modules}`
  if (!existsSync(dir) || !lstatSync(dir).isDirectory()) return []
  return readdirSync(dir)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(`${dir}/${name}`).map((inner) => `${modules}/${name}/${inner}`)
        : [`${modules}/${name}`],
    )
}
