/**
 * Packages that stand on disk and in no lock: some archives carry a node_modules that nobody declared. npm ci leaves them where
 * they are; npm rebuild would run their scripts and npm install would remove them, so they are put aside while npm works.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import type { Places } from './selection.ts'

/** `withModules`: the places whose archives brought a node_modules. Call the result to put everything back. */
export function parkStrays(root: string, places: Places, withModules: readonly string[]): () => void {
  const parking = `${root}/.lock2build-parked`
  const parked: { readonly from: string; readonly to: string }[] = []
  const owners = [...places.keys()].filter((path) =>
    withModules.some((owner) => path === owner || path.startsWith(`${owner}/node_modules/`)),
  )
  for (const owner of owners) {
    for (const stray of packagesIn(root, `${owner}/node_modules`)) {
      if (places.has(stray)) continue
      mkdirSync(parking, { recursive: true })
      const to = `${parking}/${parked.length}`
      renameSync(`${root}/${stray}`, to)
      parked.push({ from: `${root}/${stray}`, to })
    }
  }
  return () => {
    for (const { from, to } of parked) renameSync(to, from)
    rmSync(parking, { recursive: true, force: true })
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
