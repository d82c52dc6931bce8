/** Content under names that are chosen: hard links where the file system has them, copies elsewhere. */
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { failIo, hasCode } from './inside.ts'

export interface NamedContent {
  /** A file or directory. */
  readonly path: string
  readonly name: string
}

/**
 * Makes a new directory and in it `<index>/<name>` for each; gives these paths, with no symbolic link on the way. Throws `io`.
 * They may be the same files as the originals: nobody may write to them.
 */
export function nameCopies(directory: string, contents: readonly NamedContent[]): readonly string[] {
  return attempt(directory, () => {
    mkdirSync(directory, { recursive: true })
    const root = realpathSync(directory)
    return contents.map(({ path, name }, index) => {
      const copy = join(root, String(index), name)
      mkdirSync(dirname(copy))
      attempt(path, () => copyNode(Buffer.from(path), Buffer.from(copy)))
      return copy
    })
  })
}

/** Names are raw bytes: a checkout may hold any. */
function copyNode(from: Buffer, to: Buffer): void {
  const stats = lstatSync(from)
  if (stats.isSymbolicLink()) return symlinkSync(readlinkSync(from, { encoding: 'buffer' }), to)
  if (!stats.isDirectory()) return linkOrCopy(from, to)
  mkdirSync(to)
  for (const name of readdirSync(from, { encoding: 'buffer' })) {
    copyNode(Buffer.concat([from, slash, name]), Buffer.concat([to, slash, name]))
  }
}

const slash = Buffer.from('/')

function linkOrCopy(from: Buffer, to: Buffer): void {
  try {
    linkSync(from, to)
  } catch (error) {
    // Another file system, one without links, too many links, or a file of somebody else's.
    if (!hasCode(error, 'EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'ENOSYS')) throw error
    copyFileSync(from, to)
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    return failIo(error, 'copying', path)
  }
}
