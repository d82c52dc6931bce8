/** Runs one program to its end. It leads a process group of its own, which dies with this process, whatever ends that. */
import { spawn } from 'node:child_process'
import { failIo } from '../io/inside.ts'

export interface ChildOptions {
  readonly environment: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Takes stdout and stderr. */
  readonly log: number
}

/** The exit code, or the name of the signal that ended it. Throws `io` when it cannot be started. */
export function runChild(command: readonly [string, ...string[]], options: ChildOptions): Promise<number | string> {
  const [program, ...words] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd: options.cwd,
      env: options.environment,
      stdio: ['ignore', options.log, options.log],
      detached: true,
    })
    const kill = () => killGroup(child.pid)
    process.once('exit', kill)
    child.once('error', (error) => {
      process.off('exit', kill)
      try {
        failIo(error, 'starting', program)
      } catch (problem) {
        reject(problem)
      }
    })
    child.once('close', (code, signal) => {
      process.off('exit', kill)
      // What it started and did not wait for.
      killGroup(child.pid)
      resolve(code ?? signal ?? 1)
    })
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
