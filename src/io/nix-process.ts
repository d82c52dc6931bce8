/** Starts the programs of Nix. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fail, shown } from '../problem.ts'
import { hasCode } from './inside.ts'

export interface NixProcess {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The store to work on, as Nix's `--store` takes it; the one that the environment and nix.conf name unless given. */
  readonly store?: string | undefined
  /** Called for each line that it prints, while it works. */
  readonly onLine?: (line: string) => void
  /** Called in the end for each line that it says on standard error. */
  readonly onMessage?: (line: string) => void
}

/** A dry run names thousands of derivations. */
const MAX_ERRORS = 4 * 1024 * 1024

/** What it prints, by lines. Throws `nix` when it cannot be started, or fails. */
export async function runNix(
  command: string,
  args: readonly string[],
  options: NixProcess,
): Promise<readonly string[]> {
  const { environment, store, onLine, onMessage } = options
  const words = [...(store === undefined ? [] : ['--store', store]), ...args]
  const child = spawn(command, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-MAX_ERRORS)))
  const lines: string[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) onLine?.(line)
    lines.push(...parts)
  })
  const status = await ended(child, command)
  if (status !== 0) failNix(command, errors)
  if (onMessage !== undefined) for (const line of errors.split('\n')) onMessage(line)
  return lines
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill()
})

function ended(child: ChildProcess, command: string): Promise<number | null> {
  return new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
    .catch((error: unknown) => failStart(command, error))
    .finally(() => running.delete(child))
}

function failStart(command: string, cause: unknown): never {
  if (!hasCode(cause, 'ENOENT', 'EACCES')) throw cause
  return fail({
    code: 'nix',
    message: `${command} could not be started`,
    hint: 'install Nix (https://nixos.org/download), or put it on the PATH',
    cause,
  })
}

/** The last line of what it says has the reason; warnings stand before it. */
function failNix(command: string, errors: string): never {
  const lines = errors.split('\n').filter((line) => line.trim() !== '')
  const reason = lines.findLast((line) => line.startsWith('error:')) ?? lines.at(-1) ?? 'it said nothing'
  return fail({ code: 'nix', message: `${command} failed: ${shown(reason)}` })
}
