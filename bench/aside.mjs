// Trees that were measured are moved out of the way, and go with the scratch directory: for five minutes after a removal ext4 looks at
// each inode that it freed before it gives one out, which takes longer than what is to be measured.
import { existsSync, mkdtempSync, renameSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { lastRemoval } from '../scripts/scratch.mjs'
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

/** For what makes tens of thousands of files: waits until what an earlier run of tests or benchmarks has removed counts no more. */
export async function afterRemovals() {
  const removed = lastRemoval()
  if (removed === undefined || statfsSync(tmpdir()).type !== EXT4) return
  const rest = removed.getTime() + MEMORY - Date.now()
  if (rest <= 0) return
  console.log(
    `  waiting ${(rest / 1000).toFixed(0)} s: files were removed, and ext4 is slow at making new ones for a while`,
  )
  await setTimeout(rest)
}

const EXT4 = 0xef53
/** Milliseconds: the five minutes, and the journal's time to write. */
const MEMORY = 6 * 60_000
