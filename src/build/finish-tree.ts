/**
 * A result as it is kept: read-only, every time of change 1, and standing on its own. A link into another result becomes what it leads
 * to, as hard links where that is possible; so a result can be copied anywhere, and needs nothing of the cache.
 */
import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  type Dirent,
  type Stats,
} from 'node:fs'
import { failIo, hasCode } from '../io/inside.ts'
import { fail } from '../problem.ts'

export interface FinishOptions {
  /** What a link's target starts with, as seen from inside the sandbox, → the host directory that it means. */
  readonly outputs: ReadonlyMap<string, string>
  /** Whoever made the tree has sealed directories only where all that is in them is sealed, too. */
  readonly areFilesSealed?: boolean
}

/** Throws `build-failed` for what no result may hold, `io`. */
export function finishTree(root: string, options: FinishOptions): void {
  try {
    const path = Buffer.from(root)
    const stats = lstatSync(path)
    if (stats.isDirectory()) finishDirectory(path, options)
    else finishEntry(stats, path, options)
  } catch (error) {
    failIo(error, 'finishing', root)
  }
}

/** Seconds, as Nix has it. */
const TIME = 1

function finishDirectory(path: Buffer, options: FinishOptions): void {
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: 'buffer' })) {
    finishEntry(entry, join(path, entry.name), options)
  }
  sealDirectory(path)
}

function finishEntry(entry: Stats | Dirent<Buffer>, path: Buffer, options: FinishOptions): void {
  if (entry.isDirectory()) {
    if (options.areFilesSealed !== true || !isSealedDirectory(path)) finishDirectory(path, options)
  } else if (entry.isSymbolicLink()) finishLink(path, options)
  else if (entry.isFile()) finishFile(path)
  else {
    fail({
      code: 'build-failed',
      message: 'the result holds something that is neither a file, a directory nor a symbolic link',
      where: { file: path.toString() },
    })
  }
}

function finishFile(path: Buffer): void {
  const { mode, mtimeMs } = lstatSync(path)
  const isExecutable = (mode & 0o100) !== 0
  if ((mode & 0o7777) !== sealedMode(isExecutable) || mtimeMs !== TIME * 1000) seal(path, isExecutable)
}

function finishLink(path: Buffer, { outputs }: FinishOptions): void {
  const target = readlinkSync(path)
  for (const [inside, host] of outputs) {
    if (target !== inside && !target.startsWith(`${inside}/`)) continue
    unlinkSync(path)
    copyResult(Buffer.from(host + target.slice(inside.length)), path)
    return
  }
  lutimesSync(path, TIME, TIME)
}

/** From a result that is finished already: its files have their modes and times. */
function copyResult(from: Buffer, to: Buffer): void {
  const stats = lstatSync(from)
  if (stats.isSymbolicLink()) copyLink(from, to)
  else if (stats.isFile()) share(from, to)
  else {
    mkdirSync(to, { mode: 0o755 })
    for (const entry of readdirSync(from, { withFileTypes: true, encoding: 'buffer' })) {
      copyEntry(entry, join(from, entry.name), join(to, entry.name))
    }
    sealDirectory(to)
  }
}

function copyEntry(entry: Dirent<Buffer>, from: Buffer, to: Buffer): void {
  if (entry.isFile()) share(from, to)
  else copyResult(from, to)
}

function copyLink(from: Buffer, to: Buffer): void {
  symlinkSync(readlinkSync(from, { encoding: 'buffer' }), to)
  lutimesSync(to, TIME, TIME)
}

/** A file has a limited number of names, and not every file system has hard links. */
function share(from: Buffer, to: Buffer): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!hasCode(error, 'EMLINK', 'EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP')) throw error
    copyFileSync(from, to)
    seal(to, (lstatSync(from).mode & 0o100) !== 0)
  }
}

/** Then everything in it is sealed, too. */
function isSealedDirectory(path: Buffer): boolean {
  const { mode, mtimeMs } = lstatSync(path)
  return (mode & 0o7777) === 0o555 && mtimeMs === TIME * 1000
}

function seal(path: Buffer, isExecutable: boolean): void {
  utimesSync(path, TIME, TIME)
  chmodSync(path, sealedMode(isExecutable))
}

function sealedMode(isExecutable: boolean): number {
  return isExecutable ? 0o555 : 0o444
}

function sealDirectory(path: Buffer): void {
  utimesSync(path, TIME, TIME)
  chmodSync(path, 0o555)
}

const slash = Buffer.from('/')

function join(path: Buffer, name: Buffer): Buffer {
  return Buffer.concat([path, slash, name])
}
