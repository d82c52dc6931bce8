/**
 * Files copied by reading and writing them. The kernel's own ways of copying, which node's copyFile uses, take three times as long for
 * files as small as those of packages (70 µs instead of 25, on ext4). Where a copy can share blocks with its original it does.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  futimesSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { SEALED_TIME, sealedMode, sealFile } from './sealed.ts'

/** What a copy is, beside its content: as its original; so that its owner may write it; as in a finished result. */
export type CopyKind = keyof typeof modes

/** Permission bits, from those of the original. */
const modes = {
  same: (mode: number) => mode,
  writable: (mode: number) => mode | 0o200,
  sealed: sealedMode,
}

/** For files of one directory that go to another: what one of them cannot share, the others cannot. What stands there is overwritten. */
export function fileCopier(kind: CopyKind): (from: string, to: string) => void {
  let canShare = true
  return (from, to) => {
    canShare &&= share(from, to, kind)
    if (!canShare) copy(from, to, kind)
  }
}

/** False: not on this file system, or not at all, which {@link copy} then says. */
function share(from: string, to: string, kind: CopyKind): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE)
  } catch {
    return false
  }
  if (kind === 'sealed') sealFile(to)
  else if (kind !== 'same') chmodSync(to, modes[kind](statSync(to).mode & 0o777))
  return true
}

function copy(from: string, to: string, kind: CopyKind): void {
  const input = openSync(from, 'r')
  try {
    const mode = modes[kind](fstatSync(input).mode & 0o777)
    const output = openSync(to, 'w', mode)
    try {
      copyContent(input, output)
      // It may have been there, and a new one has the mode that the umask leaves.
      if ((fstatSync(output).mode & 0o777) !== mode) fchmodSync(output, mode)
      if (kind === 'sealed') futimesSync(output, SEALED_TIME, SEALED_TIME)
    } finally {
      closeSync(output)
    }
  } finally {
    closeSync(input)
  }
}

/** One for all files that a thread copies. */
const block = Buffer.allocUnsafeSlow(256 * 1024)

function copyContent(input: number, output: number): void {
  for (;;) {
    const length = readSync(input, block)
    if (length === 0) return
    for (let at = 0; at < length;) at += writeSync(output, block, at, length - at)
  }
}
