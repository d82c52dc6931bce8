/** The text of a script in `node_modules/.bin`: finds its program from where it stands, and runs it as @zkochan/cmd-shim would. */
import { closeSync, openSync, readSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { quoted } from '../../manager-tools.ts'

/**
 * `node` with its arguments, or `sh`; `self`: the file knows how to run; `local`: a file of the project, which is not here to be
 * looked at.
 */
export type Runtime = { readonly program: 'node' | 'sh'; readonly args: readonly string[] } | 'self' | 'local'

/** By the file's first line, else by its extension. */
export function runtimeOf(file: string): Runtime {
  const line = firstLine(file)
  const [, program, rest = ''] = /^#!\s*(?:\/usr\/bin\/env(?:\s+-S\s*)?)?\s*([^ \t]+)(.*)$/.exec(line) ?? []
  if (program !== undefined) {
    if (basename(program) !== 'node') return 'self'
    return { program: 'node', args: rest.split(/\s+/).filter((word) => word !== '') }
  }
  switch (extname(file).toLowerCase()) {
    case '.js':
    case '.cjs':
    case '.mjs':
      return { program: 'node', args: [] }
    case '.sh':
      return { program: 'sh', args: [] }
    default:
      return 'self'
  }
}

const HEAD = 4096

function firstLine(file: string): string {
  const head = Buffer.alloc(HEAD)
  const handle = openSync(file, 'r')
  try {
    const length = readSync(handle, head, 0, HEAD, 0)
    return head.toString('latin1', 0, length).trimStart().split(/\r*\n/, 1)[0] ?? ''
  } finally {
    closeSync(handle)
  }
}

export interface BinScript {
  /** The program, relative to the script's directory. */
  readonly target: string
  /** Where it may load modules from, relative to the script's directory. */
  readonly nodePath: readonly string[]
  readonly runtime: Runtime
}

/** For /bin/sh. `$0` may be a link to the script, from anywhere. */
export function printBinScript({ target, nodePath, runtime }: BinScript): string {
  const lines = [
    '#!/bin/sh',
    'link=$0',
    'case $link in */*) ;; *) link=./$link ;; esac',
    `while [ ! -e "\${link%/*}"/${quoted(target)} ] && [ -h "$link" ]; do`,
    '  next=$(readlink "$link")',
    '  case $next in /*) link=$next ;; *) link=${link%/*}/$next ;; esac',
    'done',
    'basedir=$(CDPATH= cd -P -- "${link%/*}" && pwd)',
  ]
  if (nodePath.length > 0) {
    const paths = nodePath.map((dir) => `"$basedir"/${quoted(dir)}`).join(':')
    lines.push(`NODE_PATH=${paths}\${NODE_PATH:+:$NODE_PATH}`, 'export NODE_PATH')
  }
  return [...lines, ...execution(`"$basedir"/${quoted(target)}`, runtime), ''].join('\n')
}

function execution(program: string, runtime: Runtime): readonly string[] {
  if (runtime === 'self') return [`exec ${program} "$@"`]
  if (runtime === 'local') {
    return [
      `case ${program} in *.js | *.cjs | *.mjs) ;; *) [ -x ${program} ] && exec ${program} "$@" ;; esac`,
      `exec node ${program} "$@"`,
    ]
  }
  const words = [...runtime.args.map(quoted), program].join(' ')
  if (runtime.program === 'sh') return [`exec sh ${words} "$@"`]
  return [`if [ -x "$basedir/node" ]; then exec "$basedir/node" ${words} "$@"; fi`, `exec node ${words} "$@"`]
}
