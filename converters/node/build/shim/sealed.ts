/**
 * Files and directories as they are in a finished result: read-only, and of the second 1, so that nothing is left to do to them. Whoever
 * finishes results (Nix, one file after the other) would take as long as laying them out does.
 */
import { chmodSync, readdirSync, statSync, utimesSync } from 'node:fs'
import type { InstallJob } from '../job.ts'

/** Seconds. */
export const SEALED_TIME = 1

/** What copies into the result are. */
export function kindOfResult({ sealed }: InstallJob): 'sealed' | 'same' {
  return sealed === true ? 'sealed' : 'same'
}

export function sealedMode(mode: number): number {
  return (mode & 0o111) === 0 ? 0o444 : 0o555
}

export function sealFile(file: string): void {
  utimesSync(file, SEALED_TIME, SEALED_TIME)
  chmodSync(file, sealedMode(statSync(file).mode))
}

export function sealDirectory(directory: string): void {
  utimesSync(directory, SEALED_TIME, SEALED_TIME)
  chmodSync(directory, 0o555)
}

/** All files in a directory, for programs that write there, or take a time so long ago for a mistake. */
export function unsealTree(directory: string): void {
  const now = new Date()
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`
    if (entry.isDirectory()) unsealTree(path)
    else if (entry.isFile()) {
      chmodSync(path, (statSync(path).mode & 0o777) | 0o200)
      utimesSync(path, now, now)
    }
  }
}
