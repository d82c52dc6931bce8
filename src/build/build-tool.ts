/** What runs the shims: the node and npm that a build uses, where they are, and what identifies them in the name of a build. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fail, shown } from '../problem.ts'
import { parseRecord, textIn } from './json-text.ts'
import { findKept, saveKept } from './kept-identity.ts'
import type { PhpTool } from './php-tool.ts'
import type { PythonTool } from './python-tool.ts'

export type BuildTool = NodeTool | PythonTool | PhpTool

export interface NodeTool {
  readonly kind: 'node'
  /** Real path of the executable. */
  readonly node: string
  /** Real path of npm's own directory. */
  readonly npm: string
  /** Directory of node's headers; undefined when they are not beside it, and then nothing can be compiled. */
  readonly headers: string | undefined
  /** `20.11.0`, with the digest of the executable; and npm's version. */
  readonly version: string
  readonly digest: string
  readonly npmVersion: string
}

export interface ToolRequest {
  /** `--node` (`--python`, `--php`): an executable, or the directory that holds bin/node. */
  readonly chosen: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The cache directory: digests of executables are kept there. */
  readonly cache: string
}

/** Throws `usage` for a node that is none, `io` when there is no npm. */
export function findNodeTool({ chosen, environment, cache }: ToolRequest): NodeTool {
  const node = chosen === undefined ? realpathSync(process.execPath) : findChosen(chosen)
  const npm = findNpm(node, chosen ?? process.execPath, environment)
  const headers = join(dirname(dirname(node)), 'include', 'node')
  return {
    kind: 'node',
    node,
    npm,
    headers: existsSync(join(headers, 'node.h')) ? headers : undefined,
    ...identify(node, cache),
    npmVersion: versionOf(npm) ?? '',
  }
}

function findChosen(chosen: string): string {
  for (const path of [chosen, join(chosen, 'bin', 'node')]) {
    try {
      accessSync(path, constants.X_OK)
      if (statSync(path).isFile()) return realpathSync(path)
    } catch {
      // The next one, or the problem below.
    }
  }
  const hint = 'name the executable, or the directory that holds bin/node'
  return fail({ code: 'usage', message: `there is no node at ${shown(chosen)}`, hint })
}

/** Beside node, as it is installed together with it; otherwise the one on PATH. */
function findNpm(node: string, named: string, environment: ToolRequest['environment']): string {
  const prefixes = [dirname(dirname(node)), dirname(dirname(resolve(named)))]
  const beside = prefixes.flatMap((prefix) => ['lib', 'share'].map((dir) => join(prefix, dir, 'node_modules', 'npm')))
  const onPath = (environment['PATH'] ?? '')
    .split(':')
    .filter((dir) => dir.startsWith('/'))
    .flatMap((dir) => npmOfProgram(join(dir, 'npm')))
  const found = [...beside, ...onPath].find((dir) => versionOf(dir) !== undefined)
  if (found !== undefined) return realpathSync(found)
  return fail({
    code: 'io',
    message: `there is no npm beside ${shown(node)}, nor on PATH`,
    hint: 'install npm, or name another node: `--node PATH`',
  })
}

/** `…/npm/bin/npm-cli.js`, where a link called npm leads. */
function npmOfProgram(program: string): readonly string[] {
  try {
    return [dirname(dirname(realpathSync(program)))]
  } catch {
    return []
  }
}

function versionOf(npm: string): string | undefined {
  if (!existsSync(join(npm, 'bin', 'npm-cli.js'))) return undefined
  try {
    return textIn(parseRecord(readFileSync(join(npm, 'package.json'), 'utf8')), 'version')
  } catch {
    return undefined
  }
}

/** Reading a hundred megabytes for every build would be most of a build that has nothing to do. */
function identify(node: string, cache: string): Pick<NodeTool, 'version' | 'digest'> {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(node, { bigint: true })
  const state = [node, dev, ino, size, mtimeNs, ctimeNs].join('\n')
  const found = readIdentity(findKept(cache, state))
  if (found !== undefined) return found
  const digest = createHash('sha256').update(readFileSync(node)).digest('hex')
  const version = runVersion(node)
  saveKept(cache, state, JSON.stringify({ version, digest }))
  return { version, digest }
}

function readIdentity(text: string | undefined): Pick<NodeTool, 'version' | 'digest'> | undefined {
  if (text === undefined) return undefined
  try {
    const record = parseRecord(text)
    const version = textIn(record, 'version')
    const digest = textIn(record, 'digest')
    return version === undefined || digest === undefined ? undefined : { version, digest }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function runVersion(node: string): string {
  try {
    const text = execFileSync(node, ['--version'], { encoding: 'utf8', env: {}, timeout: 20_000 })
    return /^v(\d+\.\d+\.\d+\S*)/.exec(text)?.[1] ?? failVersion(node)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return failVersion(node)
  }
}

function failVersion(node: string): never {
  const message = `${shown(node)} does not say which version of node it is`
  fail({ code: 'usage', message, hint: 'name another: `--node PATH`' })
}
