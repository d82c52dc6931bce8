/** The NAR of a stored source, checked on the way: what is written from it is what the lock file names, or an error. */
import { createHash } from 'node:crypto'
import { narChunks, type NarFile, type NarNode } from '../digest/nar.ts'
import { hashNames } from '../io/answer-body.ts'
import { readNarTree } from '../io/nar-tree.ts'
import { fail, shown } from '../problem.ts'
import type { StoredSource } from './stored-source.ts'

/** The bytes of the file, or the NAR of the tree. Throws `integrity-mismatch` after the last one. */
export function* contentChunks(source: StoredSource): Generator<Uint8Array, void, undefined> {
  const node = readNarTree(source.path)
  yield* checked(source, source.form === 'file' ? fileOf(source, node).read() : narChunks(node))
}

/** The NAR in either case. Throws `integrity-mismatch` after the last one. */
export function* narOfSource(source: StoredSource): Generator<Uint8Array, void, undefined> {
  if (source.form === 'tree') return yield* contentChunks(source)
  const file = fileOf(source, readNarTree(source.path))
  yield* narChunks({ ...file, isExecutable: false, read: () => checked(source, file.read()) })
}

function* checked(source: StoredSource, chunks: Iterable<Uint8Array>): Generator<Uint8Array, void, undefined> {
  const hash = createHash(hashNames[source.digest.algorithm])
  for (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
  if (hash.digest('hex') !== source.digest.hex) failDamaged(source)
}

function fileOf(source: StoredSource, node: NarNode): NarFile {
  return node.kind === 'file' ? node : failDamaged(source)
}

/** What of the store is not what it was when it was put there. */
export function failDamaged({ name, path }: StoredSource): never {
  return fail({
    code: 'integrity-mismatch',
    message: `the stored copy of ${shown(name)} was changed`,
    where: { file: path },
    hint: 'run `lock2build fetch` again: what is damaged is fetched anew',
  })
}
