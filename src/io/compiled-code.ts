/**
 * The program's own code, kept compiled between runs: compiling it is a fourth of a conversion. Node 22 and later do so in a directory
 * that they are told. For older ones this is a loader of our own chunks, which also sets V8 for a process as short as ours.
 *
 * Code that is read back is run. So it lies where nobody but the user can write; a file has its name when all of it is on the disk, as
 * V8 looks at nothing but its head; and chunks are named by a digest of their content. V8 refuses what another version of it or other
 * flags have made.
 */
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Script } from 'node:vm'
import { cacheBase } from './cache-base.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Modules that not every start needs. */
const { getBuiltinModule } = process

export interface Run {
  /** Of the program and of what runs it. */
  readonly version: string
  /** It takes seconds: then it is worth while to optimize functions early. */
  readonly isLong: boolean
}

/** For everything that is loaded from here on. Never throws. */
export function keepCompiledCode({ version, isLong }: Run, environment: Environment): void {
  const directory = findDirectory(version, environment)
  const { enableCompileCache } = getBuiltinModule('node:module') as { enableCompileCache?: (directory: string) => void }
  if (enableCompileCache === undefined) loadOwnChunks(directory, isLong ? 'usual' : 'hurried')
  else if (directory !== undefined) enableCompileCache(directory)
}

/** Undefined where others could put something into it, and where none can be made. */
function findDirectory(version: string, environment: Environment): string | undefined {
  // Node's own switch, which versions with a cache of their own look at too.
  if (environment['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return undefined
  const directory = join(cacheBase(environment), 'code', version)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const { uid, mode, mtimeMs } = lstatSync(directory)
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) return undefined
    markUsed(directory, mtimeMs)
    return directory
  } catch {
    return undefined
  }
}

const DAY = 24 * 60 * 60 * 1000

/** `cache prune` removes what was not used for long. */
function markUsed(directory: string, changed: number): void {
  const now = Date.now()
  if (now - changed > DAY) utimesSync(directory, now / 1000, now / 1000)
}

type RunModule = (
  exports: unknown,
  require: NodeJS.Require,
  module: NodeJS.Module,
  file: string,
  folder: string,
) => void

/** Has every .cjs file compiled by {@link compile}. While one is loaded V8's flags are the usual ones: it keeps code for one set of them. */
function loadOwnChunks(directory: string | undefined, kind: keyof typeof flags): void {
  const { createRequire, wrap } = getBuiltinModule('node:module')
  let loading = 0
  createRequire(__filename).extensions['.cjs'] = (module: NodeJS.Module, file: string) => {
    if (loading++ === 0) setFlags('usual')
    try {
      const run: RunModule = compile(wrap(readFileSync(file, 'utf8')), file, directory).runInThisContext()
      run.call(module.exports, module.exports, createRequire(file), module, file, dirname(file))
    } finally {
      if (--loading === 0) setFlags(kind)
    }
  }
}

/**
 * In version 11 of V8, the last without a cache in node. It begins to optimize a function after some milliseconds of it, which in a
 * process as short as ours costs a fifth of its CPU time and is hardly ever used: functions that run long are still optimized, only
 * later. And it collects garbage in a space that doubles from 1 MiB to 16: most of what it would copy then is still needed.
 */
const flags = {
  usual: ['--interrupt-budget=67584', '--semi-space-growth-factor=2'],
  hurried: ['--interrupt-budget=2000000', '--semi-space-growth-factor=16'],
}

function setFlags(kind: keyof typeof flags): void {
  for (const flag of flags[kind]) setFlag(flag)
}

let setFlag: FlagSetter = (flag) => {
  setFlag = findFlagSetter() ?? getBuiltinModule('node:v8').setFlagsFromString
  setFlag(flag)
}

/**
 * What node:v8 sets flags with. That module loads all of node's streams, which a conversion needs nothing of: they are a sixtieth of
 * it. Only node 20 comes here, and it changes no more; wherever this is missing or refused, node:v8 does it.
 */
function findFlagSetter(): FlagSetter | undefined {
  const node: OldNode = process
  const { noDeprecation } = node
  // Told so by its user, node lets nobody write it.
  const isQuiet = noDeprecation === true
  try {
    // Node would warn that new programs should not: this one is for what no new node has.
    if (!isQuiet) node.noDeprecation = true
    return node.binding?.('v8').setFlagsFromString
  } catch {
    return undefined
  } finally {
    if (!isQuiet) node.noDeprecation = noDeprecation
  }
}

type FlagSetter = (flag: string) => void

interface OldNode {
  noDeprecation?: boolean | undefined
  binding?: (name: 'v8') => { readonly setFlagsFromString?: FlagSetter }
}

function compile(source: string, filename: string, directory: string | undefined): Script {
  const { Script } = getBuiltinModule('node:vm')
  if (directory === undefined) return new Script(source, { filename })
  const kept = join(directory, basename(filename))
  const cachedData = find(kept)
  if (cachedData !== undefined) {
    const script = new Script(source, { filename, cachedData })
    // The next run makes it anew; in this one V8 knows the script already, and would not compile it wholly.
    if (script.cachedDataRejected === true) remove(kept)
    return script
  }
  const script = compileWholly(source, filename)
  save(kept, script.createCachedData())
  return script
}

/** With every function, whichever this run will call: V8 compiles most of them when they are called first. */
function compileWholly(source: string, filename: string): Script {
  setFlag('--no-lazy')
  try {
    return new (getBuiltinModule('node:vm').Script)(source, { filename })
  } finally {
    setFlag('--lazy')
  }
}

function find(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/** A full disk costs the next run its time. */
function save(path: string, code: Buffer): void {
  const temporary = `${path}.${process.pid}`
  try {
    const file = openSync(temporary, 'wx', 0o600)
    try {
      writeFileSync(file, code)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch {
    remove(temporary)
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // Where nothing can be removed, nothing can be kept.
  }
}
