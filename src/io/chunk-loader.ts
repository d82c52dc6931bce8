/**
 * The loader of the program's own chunks: it goes past node's search for files, keeps compiled code, and sets V8 for a process as short
 * as ours.
 *
 * What is kept of a chunk are the functions that have run: V8 compiles others when they are called, and reading back all of them would
 * take longer than that. A run that compiles a chunk does what none before has done, so what is kept of all its chunks is made anew.
 * Node 22 and later can keep code themselves, but with their flags for long processes, under which a conversion takes half as much
 * again.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Script } from 'node:vm'
import type { KeptCode } from './kept-code.ts'
import { onThreadStart } from './thread-start.ts'

/** Modules that not every start needs; node:module, which brings the loader of ECMAScript modules along, is none of them. */
const { getBuiltinModule } = process

/** `path` is relative to the program; `Exports` is what it is known to export. */
export type LoadChunk = <Exports>(path: string) => Exports

/** Without `kept` everything is compiled when it is called. Whatever is called until the process ends may be kept then. */
export function chunkLoader(kept: KeptCode | undefined, run: 'short' | 'long'): LoadChunk {
  const loader = new ChunkLoader(kept, run === 'short' ? 'hurried' : 'usual')
  if (kept !== undefined) process.once('exit', () => loader.save(kept.directory))
  return <Exports>(path: string) => loader.load(join(__dirname, path)) as Exports
}

interface Chunk {
  exports: unknown
}

type Require = (name: string) => unknown
type RunChunk = (exports: unknown, require: Require, chunk: Chunk, file: string, folder: string) => void

class ChunkLoader {
  readonly #kept: KeptCode | undefined
  readonly #kind: keyof typeof flags
  readonly #chunks = new Map<string, Chunk>()
  readonly #scripts = new Map<string, Script>()
  #isNew: boolean
  /** Whose work goes on that takes V8's usual flags. */
  #needs = 0

  constructor(kept: KeptCode | undefined, kind: keyof typeof flags) {
    this.#kept = kept
    this.#kind = kind
    onThreadStart({ starting: () => this.#needUsual(), started: () => this.#needUsualNoMore() })
    this.#isNew = kept?.isOld === true
  }

  load(file: string): unknown {
    const loaded = this.#chunks.get(file)
    if (loaded !== undefined) return loaded.exports
    const chunk = { exports: {} }
    this.#chunks.set(file, chunk)
    this.#run(file, chunk)
    return chunk.exports
  }

  /** While one is loaded V8's flags are the usual ones: it keeps code for one set of them. */
  #run(file: string, chunk: Chunk): void {
    const folder = dirname(file)
    this.#needUsual()
    try {
      const run: RunChunk = this.#compile(file).runInThisContext()
      // Chunks lie in one folder, import each other in no circle, and nothing but node's modules beside.
      const require = (name: string) => (name.startsWith('./') ? this.load(join(folder, name)) : getBuiltinModule(name))
      run.call(chunk.exports, chunk.exports, require, chunk, file, folder)
    } finally {
      this.#needUsualNoMore()
    }
  }

  #needUsual(): void {
    if (this.#needs++ === 0) setFlags('usual')
  }

  #needUsualNoMore(): void {
    if (--this.#needs === 0) setFlags(this.#kind)
  }

  #compile(filename: string): Script {
    const { Script } = getBuiltinModule('node:vm')
    const source = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(filename, 'utf8')}\n})`
    const cachedData = this.#kept === undefined ? undefined : find(join(this.#kept.directory, basename(filename)))
    const script = new Script(source, { filename, cachedData })
    if (cachedData === undefined || script.cachedDataRejected === true) this.#isNew = true
    this.#scripts.set(filename, script)
    return script
  }

  /** When all that the run calls has been called. */
  save(directory: string): void {
    if (!this.#isNew) return
    setFlags('usual')
    for (const [file, script] of this.#scripts) save(join(directory, basename(file)), script.createCachedData())
  }
}

/**
 * V8 begins to optimize a function after some milliseconds of it, which in a process as short as ours costs a fifth of its CPU time, in
 * later versions a third, and is hardly ever used: functions that run long are still optimized, only later. And it collects garbage in
 * a space that doubles from 1 MiB to 16: most of what it would copy on the way there is still needed. A larger step would copy less
 * yet, but each page that is used for the first time costs more than copying what lives in it.
 */
const flags = {
  usual: flagsOf({ patience: 1, growth: 2 }),
  hurried: flagsOf({ patience: 30, growth: 6 }),
}

/** `patience`: how many times the usual one. None for a V8 that is not known: it would complain of a flag that it lacks. */
function flagsOf({ patience, growth }: { patience: number; growth: number }): readonly string[] {
  const version = Number.parseInt(process.versions.v8, 10)
  if (version > 14) return []
  const counts: Record<string, number> =
    version < 12
      ? { 'interrupt-budget': 67_584 }
      : {
          'invocation-count-for-maglev': 400,
          'invocation-count-for-maglev-osr': 100,
          'invocation-count-for-turbofan': 3000,
        }
  const optimizing = Object.entries(counts).map(([flag, count]) => `--${flag}=${count * patience}`)
  return [...optimizing, `--semi-space-growth-factor=${growth}`]
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
 * it. Wherever this is missing or refused, node:v8 does it.
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
