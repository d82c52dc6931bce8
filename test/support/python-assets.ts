/** The static files of Python builds as they are shipped, made from the sources. */
import { readFile } from 'node:fs/promises'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { joinPython } from '../../scripts/join-python.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** By their path in dist/assets. */
export async function bundledAssets(): Promise<ReadonlyMap<string, string>> {
  const copies = {
    'default.nix': 'src/emit/nix/default.nix',
    'flake.nix': 'src/emit/nix/flake.nix',
    'project.nix': 'src/emit/nix/project.nix',
    'python/python.nix': 'converters/python/build/python.nix',
    'python/settings.txt': 'converters/python/build/settings.txt',
    'python/native-libraries.nix': 'converters/python/build/native-libraries.nix',
    'python/native-libraries.json': 'converters/python/build/native-libraries.json',
  }
  const texts = Object.entries(copies).map(
    async ([to, from]) => [to, await readFile(join(root, from), 'utf8')] as const,
  )
  return new Map([...(await Promise.all(texts)), ['python/python-shim.py', await shimText()]])
}

export function shimText(): Promise<string> {
  return joinPython(join(root, 'converters/python/build/shim'))
}

/** The shim as a file in a directory of its own. */
export async function shimFile(): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'lock2build-python-shim-')), 'python-shim.py')
  writeFileSync(file, await shimText())
  return file
}
