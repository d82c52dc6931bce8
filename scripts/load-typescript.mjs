// Node 20 does not run TypeScript: modules of the tests are bundled first, beside the original, because they find files relative to
// themselves.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What modules of the repository export, in one object; `files` are their paths in there, all of one folder. */
export async function loadTypeScript(...files) {
  const scratch = mkdtempSync(`${root}test/support/.loaded-`)
  const outfile = join(scratch, 'bundle.mjs')
  try {
    await build({
      stdin: { contents: files.map((file) => `export * from './${file}'`).join('\n'), resolveDir: root },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      define: { 'import.meta.url': JSON.stringify(pathToFileURL(`${root}${files[0]}`).href) },
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}
