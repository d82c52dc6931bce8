/** Text files below some folders. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Path from `root` and text of every file whose name fits. */
export function findIn(root: string, folders: readonly string[], name: RegExp): readonly (readonly [string, string])[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && name.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(root, path), readFileSync(path, 'utf8')] as const),
  )
}
