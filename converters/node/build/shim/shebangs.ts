/**
 * `#!` lines with interpreters from PATH, by the rules of nixpkgs' patch-shebangs.sh: a Nix sandbox has no /usr/bin/env, so
 * nothing in node_modules/.bin would start. What was patched is remembered, so that it can be put back.
 */
import { chmodSync, closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { findInterpreter } from './interpreter.ts'

export interface PatchedShebang {
  readonly file: string
  readonly before: string
  readonly after: string
}

const STORE = '/nix/store/'

/** Patches the files that need it. Files that are none or have no `#!` are passed over. */
export function patchShebangs(files: Iterable<string>): readonly PatchedShebang[] {
  const patched: PatchedShebang[] = []
  for (const file of new Set(files)) {
    const before = firstLine(file)
    const after = before === undefined ? undefined : patchedLine(before)
    if (before === undefined || after === undefined || after === before) continue
    replaceLine(file, before, after)
    patched.push({ file, before, after })
  }
  return patched
}

/** Puts lines back, where they are still the patched ones. */
export function restoreShebangs(patched: readonly PatchedShebang[]): void {
  for (const { file, before, after } of patched) if (firstLine(file) === after) replaceLine(file, after, before)
}

/** Puts patched lines back wherever they stand now: a build may have copied them into other files. */
export function restoreCopies(files: Iterable<string>, patched: readonly PatchedShebang[]): void {
  const before = new Map(patched.map((each) => [each.after, each.before]))
  for (const file of files) {
    const line = firstLine(file)
    const original = line === undefined ? undefined : before.get(line)
    if (line !== undefined && original !== undefined) replaceLine(file, line, original)
  }
}

/** The line with absolute interpreters; undefined when it is left alone. */
export function patchedLine(line: string): string | undefined {
  const [path = '', ...args] = line
    .slice(2)
    .trim()
    .split(/[ \t]+/)
  if (path === '' || path.startsWith(STORE)) return undefined
  if (!path.endsWith('/bin/env')) return printLine(findInterpreter(posix.basename(path)), args)
  const [name = '', ...rest] = args
  if (name === '-S') {
    const program = findInterpreter(rest[0] ?? '')
    return program === undefined ? undefined : printLine(findInterpreter('env'), ['-S', program, ...rest.slice(1)])
  }
  if (name === '' || name.startsWith('-') || name.includes('=')) return undefined
  return printLine(findInterpreter(name), rest)
}

function printLine(interpreter: string | undefined, args: readonly string[]): string | undefined {
  return interpreter === undefined ? undefined : `#!${[interpreter, ...args].join(' ')}`
}

const LONGEST = 4096

function firstLine(file: string): string | undefined {
  const head = Buffer.alloc(LONGEST)
  let length: number
  try {
    if (!statSync(file).isFile()) return undefined
    const handle = openSync(file, 'r')
    length = readSync(handle, head, 0, LONGEST, 0)
    closeSync(handle)
  } catch {
    return undefined
  }
  if (head[0] !== 0x23 || head[1] !== 0x21) return undefined
  const end = head.subarray(0, length).indexOf(0x0a)
  return head.toString('latin1', 0, end === -1 ? length : end)
}

function replaceLine(file: string, before: string, after: string): void {
  const rest = readFileSync(file).subarray(before.length)
  const mode = statSync(file).mode & 0o7777
  if ((mode & 0o200) === 0) chmodSync(file, mode | 0o200)
  writeFileSync(file, Buffer.concat([Buffer.from(after, 'latin1'), rest]))
  if ((mode & 0o200) === 0) chmodSync(file, mode)
}
