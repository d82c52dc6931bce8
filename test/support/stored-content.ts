/** Content in a directory of its own as if it had been fetched, for the tests of what carries it elsewhere. */
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { narDigest } from '../../src/digest/nar.ts'
import type { StoredSource } from '../../src/fetch/stored-source.ts'
import { readNarTree } from '../../src/io/nar-tree.ts'

export interface ContentFolder {
  readonly folder: string
  file(name: string, content: string | Uint8Array, algorithm?: 'sha256' | 'sha512'): StoredSource
  tree(name: string, files: Readonly<Record<string, TreeFile>>): StoredSource
  remove(): void
}

export type TreeFile = string | { readonly link: string } | { readonly run: string }

export function contentFolder(): ContentFolder {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-content-'))
  let count = 0
  const nextPath = () => join(folder, `content-${(count += 1)}`)
  return {
    folder,
    file: (name, content, algorithm = 'sha512') => {
      const path = nextPath()
      writeFileSync(path, content)
      const hex = createHash(algorithm).update(content).digest('hex')
      return { name, form: 'file', digest: { algorithm, hex }, path }
    },
    tree: (name, files) => {
      const path = nextPath()
      mkdirSync(path)
      for (const [file, content] of Object.entries(files)) writeTreeFile(join(path, file), content)
      return { name, form: 'tree', digest: narDigest(readNarTree(path)), path }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function writeTreeFile(path: string, content: TreeFile): void {
  mkdirSync(dirname(path), { recursive: true })
  if (typeof content === 'string') writeFileSync(path, content)
  else if ('link' in content) symlinkSync(content.link, path)
  else {
    writeFileSync(path, content.run)
    chmodSync(path, 0o755)
  }
}
