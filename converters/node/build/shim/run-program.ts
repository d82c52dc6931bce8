/** Running another program to its end. */
import { spawn } from 'node:child_process'
import { show } from './failure.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface ProgramRun {
  /** Exit code; 1 when a signal ended it, which `stderr` then names. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Both, as they came. */
  readonly output: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env: Environment
  /** Shown on stderr as it comes, too. */
  readonly isShown?: boolean
}

/** With nothing on stdin. Rejects only when the program cannot be started. */
export function runProgram(words: Words, options: RunOptions): Promise<ProgramRun> {
  const [program, ...args] = words
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const parts: { readonly isError: boolean; readonly bytes: Buffer }[] = []
    const keep = (bytes: Buffer, isError: boolean): void => {
      parts.push({ isError, bytes })
      if (options.isShown === true) show(bytes)
    }
    child.stdout.on('data', (bytes: Buffer) => keep(bytes, false))
    child.stderr.on('data', (bytes: Buffer) => keep(bytes, true))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal !== null) parts.push({ isError: true, bytes: Buffer.from(`killed by ${signal}\n`) })
      const textOf = (chosen: typeof parts): string => Buffer.concat(chosen.map(({ bytes }) => bytes)).toString('utf8')
      resolve({
        code: code ?? 1,
        stdout: textOf(parts.filter(({ isError }) => !isError)),
        stderr: textOf(parts.filter(({ isError }) => isError)),
        output: textOf(parts),
      })
    })
  })
}

/** The program and its arguments; no shell reads them. */
type Words = readonly [string, ...string[]]

const wantsNetwork =
  /EAI_AGAIN|ENOTFOUND|ENETUNREACH|ECONNREFUSED|getaddrinfo|Could not resolve host|Failed to fetch|fetch failed/

/** A sentence about why a program failed, where its words tell; else nothing. */
export function causeOf(output: string): string {
  return wantsNetwork.test(output) ? 'It asked for the network, which a build does not have. ' : ''
}

const LOG_LINES = 60

/** The end of what a program printed. */
export function tailOf(output: string): string {
  return output.trimEnd().split('\n').slice(-LOG_LINES).join('\n')
}
