/** The Python that a build uses: where it is, and what identifies it in the name of a build. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, openSync, readFileSync, readSync, closeSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../io/find-program.ts'
import { fail, shown } from '../problem.ts'
import { parseRecord, textIn } from './json-text.ts'
import { findKept, saveKept } from './kept-identity.ts'

export interface PythonTool {
  readonly kind: 'python'
  /** Real path of the executable. */
  readonly python: string
  /** Holds its standard library. */
  readonly prefix: string
  /** `3.12` */
  readonly version: string
  /** Everything that it says of itself, and digests of the executable and its library. */
  readonly digest: string
}

export interface PythonRequest {
  /** `--python`: an executable, or the directory that holds bin/python3. */
  readonly chosen: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The cache directory: what an executable says of itself is kept there. */
  readonly cache: string
}

/** Throws `usage` for a Python that is none, `io` when there is none. */
export function findPythonTool({ chosen, environment, cache }: PythonRequest): PythonTool {
  const program = chosen === undefined ? findProgram('python3', environment) : findChosen(chosen)
  if (program === undefined) {
    fail({ code: 'io', message: 'there is no python3 on PATH', hint: 'install Python, or name one: `--python PATH`' })
  }
  // A script chooses by what it finds around it (pyenv), so it is asked each time.
  const state = isScript(program) ? undefined : stateOf(program)
  const found = state === undefined ? undefined : readTool(findKept(cache, state))
  if (found !== undefined) return found
  const tool = askTool(program, environment)
  if (state !== undefined) saveKept(cache, state, JSON.stringify(tool))
  return tool
}

/** What runs a shim. Nothing of the machine's configuration and packages, and nothing written beside the shim. */
export function pythonCommand({ python }: PythonTool): readonly [string, ...string[]] {
  return [python, '-I', '-S', '-B']
}

function findChosen(chosen: string): string {
  const found = [chosen, join(chosen, 'bin', 'python3')].find((path) => existsSync(path) && statSync(path).isFile())
  if (found !== undefined) return found
  const hint = 'name the executable, or the directory that holds bin/python3'
  return fail({ code: 'usage', message: `there is no Python at ${shown(chosen)}`, hint })
}

function isScript(program: string): boolean {
  const file = openSync(program, 'r')
  try {
    const start = Buffer.alloc(2)
    readSync(file, start)
    return start.toString('latin1') === '#!'
  } finally {
    closeSync(file)
  }
}

function stateOf(program: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(program, { bigint: true })
  return ['python', program, dev, ino, size, mtimeNs, ctimeNs].join('\n')
}

/** Its own words, on five lines. The library is where most of a shared Python is. */
const QUESTION = `
import os, sys, sysconfig
names = [sysconfig.get_config_var(name) or "" for name in ("LIBDIR", "LDLIBRARY")]
print(os.path.realpath(sys.executable))
print(sys.base_prefix)
print("%d.%d" % sys.version_info[:2])
print(os.path.join(*names))
print(repr(sys.version), sys.implementation.cache_tag, sysconfig.get_platform())
`

function askTool(program: string, environment: PythonRequest['environment']): PythonTool {
  const [python = '', prefix = '', version = '', library = '', words = ''] = ask(program, environment).split('\n')
  if (!/^\d+\.\d+$/.test(version)) failProgram(program)
  const hash = createHash('sha256').update(words).update(readFileSync(python))
  if (library.includes('.so') && existsSync(library)) hash.update(readFileSync(library))
  return { kind: 'python', python, prefix, version, digest: hash.digest('hex') }
}

function ask(program: string, environment: PythonRequest['environment']): string {
  const { PATH, HOME, PYENV_ROOT, PYENV_VERSION } = environment
  const env = Object.fromEntries(
    Object.entries({ PATH, HOME, PYENV_ROOT, PYENV_VERSION }).filter(([, value]) => value !== undefined),
  )
  try {
    return execFileSync(program, ['-I', '-S', '-c', QUESTION], { encoding: 'utf8', env, timeout: 20_000 })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return failProgram(program)
  }
}

function failProgram(program: string): never {
  const message = `${shown(program)} does not say which version of Python it is`
  fail({ code: 'usage', message, hint: 'name another: `--python PATH`' })
}

function readTool(text: string | undefined): PythonTool | undefined {
  if (text === undefined) return undefined
  try {
    const record = parseRecord(text)
    const [python, prefix, version, digest] = ['python', 'prefix', 'version', 'digest'].map((key) =>
      textIn(record, key),
    )
    if (python === undefined || prefix === undefined || version === undefined || digest === undefined) return undefined
    return { kind: 'python', python, prefix, version, digest }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
