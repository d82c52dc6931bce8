// Node 20 does not run TypeScript: a module of the tests is bundled first, beside the original, because it finds files relative to itself.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What a module of the repository exports; `file` is its path in there. */
export async function loadTypeScript(file) {
  const scratch = mkdtempSync(`${root}test/support/.loaded-`)
  const outfile = join(scratch, 'bundle.mjs')
  try {
    await build({
      entryPoints: [`${root}${file}`],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      define: { 'import.meta.url': JSON.stringify(pathToFileURL(`${root}${file}`).href) },
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}
