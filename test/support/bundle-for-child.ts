/** TypeScript for a child process: Node 20 cannot run it by itself, so it is bundled into one file first. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

/** Bundles code that imports with absolute paths or from `directory`; returns the path of an .mjs file that anybody may read. */
export function bundleForChild(code: string, directory: string): string {
  const outfile = join(mkdtempSync(join(tmpdir(), 'child-')), 'child.mjs')
  buildSync({
    stdin: { contents: code, resolveDir: directory, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  })
  return outfile
}
