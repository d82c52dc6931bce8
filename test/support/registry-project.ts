/** A project of npm packages that a loopback registry serves, converted, and the program run on it with a store of its own. */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeProject, npmProject } from './cli.ts'
import type { LoopbackRegistry } from './loopback-registry.ts'
import { contentOf } from './registry-sources.ts'

/** `pkg-0` to `pkg-<count - 1>`, of `size` bytes each; `change` sees each lock entry. Not yet converted. */
export function registryProject(
  registry: LoopbackRegistry,
  count: number,
  {
    size,
    change,
  }: { readonly size?: number; readonly change?: (entry: Record<string, unknown>, name: string) => unknown } = {},
): string {
  const names = Array.from({ length: count }, (_, index) => [`pkg-${index}`, '1.0.0'] as const)
  return makeProject(
    npmProject(Object.fromEntries(names), (entry, name) => {
      const bytes = contentOf(Number(name.slice(4)), size)
      const resolved = registry.addFile(`/${name}/-/${name}-1.0.0.tgz`, bytes)
      const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
      const changed = { ...entry, resolved, integrity }
      return change === undefined ? changed : change(changed, name)
    }),
  )
}

/** For XDG_CACHE_HOME. */
export function emptyCache(): string {
  return mkdtempSync(join(tmpdir(), 'xdg-'))
}

export interface StoredFiles {
  readonly count: number
  /** Paths of files whose bytes are not what their name says. */
  readonly damaged: readonly string[]
  /** What lies unfinished, in directories of any process. */
  readonly unfinished: readonly string[]
}

/** What an observer sees of the store below XDG_CACHE_HOME. */
export function storedFiles(cache: string): StoredFiles {
  const root = join(cache, 'lock2build')
  const folder = join(root, 'sources', 'file', 'sha512')
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []
  const files = entries.filter((entry) => entry.isFile())
  const damaged = files.flatMap(({ parentPath, name }) => {
    const hex = createHash('sha512')
      .update(readFileSync(join(parentPath, name)))
      .digest('hex')
    return hex === name ? [] : [join(parentPath, name)]
  })
  const tmp = join(root, 'tmp')
  const unfinished = existsSync(tmp) ? readdirSync(tmp).flatMap((name) => readdirSync(join(tmp, name))) : []
  return { count: files.length, damaged, unfinished }
}
