/**
 * Plug'n'Play instead of node_modules: what Yarn makes then, and how it gets into a project. As copies: Yarn's own resolver does not
 * know files by another path than the one beside `.pnp.cjs`.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileCopier } from '../../copy-file.ts'
import { findInterpreter } from '../../interpreter.ts'
import { quoted } from '../../manager-tools.ts'

/** Beside package.json of the project; some are there only with some settings. */
export const pnpFiles: readonly string[] = [
  '.pnp.cjs',
  '.pnp.data.json',
  '.pnp.loader.mjs',
  '.yarn/cache',
  '.yarn/unplugged',
]

/** Whether the result of an install is one for Plug'n'Play. */
export function isPnp(modules: string): boolean {
  return existsSync(`${modules}/.pnp.cjs`)
}

/** Puts them into a project in place of its own. */
export function placePnp(modules: string, project: string): void {
  removePnp(project)
  for (const path of pnpFiles) if (existsSync(`${modules}/${path}`)) copy(`${modules}/${path}`, `${project}/${path}`)
}

export function removePnp(project: string): void {
  for (const path of pnpFiles) rmSync(`${project}/${path}`, { recursive: true, force: true })
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  const stat = lstatSync(from)
  if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
  else if (stat.isDirectory()) {
    mkdirSync(to, { recursive: true })
    for (const name of readdirSync(from)) copy(`${from}/${name}`, `${to}/${name}`)
  } else copyWritable(from, to)
}

const copyWritable = fileCopier('writable')

export interface PnpProject {
  /** The directory that holds `.pnp.cjs`. */
  readonly project: string
  /** Programs are found on PATH when they run, rather than now. */
  readonly isPristine: boolean
}

/** A program of a project with Plug'n'Play: node has to load the resolver first. Paths are relative, so the result may be moved. */
export function writePnpProgram(program: string, target: string, { project, isPristine }: PnpProject): void {
  const here = dirname(program)
  const from = (path: string): string => `"$here"/${quoted(relative(here, path))}`
  const loader = existsSync(`${project}/.pnp.loader.mjs`)
    ? ` --experimental-loader "file://$here/"${quoted(relative(here, `${project}/.pnp.loader.mjs`))}`
    : ''
  const text = [
    `#!${(isPristine ? undefined : findInterpreter('sh')) ?? '/bin/sh'}`,
    'here=$(dirname -- "$(readlink -f -- "$0")")',
    `exec ${quoted((isPristine ? undefined : findInterpreter('node')) ?? 'node')} --require ${from(`${project}/.pnp.cjs`)}${loader} ${from(target)} "$@"`,
  ]
  mkdirSync(here, { recursive: true })
  writeFileSync(program, `${text.join('\n')}\n`, { mode: 0o755 })
}
