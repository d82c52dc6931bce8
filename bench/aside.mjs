// Trees that were measured are moved out of the way, and go with the scratch directory: after a removal some file systems (ext4) look
// at each inode they just freed before they give one out, which takes longer than what is to be measured.
import { existsSync, mkdtempSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { removeSealed } from './remove-sealed.mjs'

/** Moves what is at a path, if anything, into a directory below `scratch`; what is on another file system is removed. */
export function asideIn(scratch) {
  const aside = mkdtempSync(join(scratch, 'aside-'))
  let count = 0
  return (path) => {
    if (!existsSync(path)) return
    try {
      renameSync(path, join(aside, String(count++)))
    } catch (error) {
      if (error.code !== 'EXDEV') throw error
      removeSealed(path)
    }
  }
}
