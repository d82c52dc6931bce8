/** Running another program to its end. */
import { spawn } from 'node:child_process'
import type { Serializable } from 'node:child_process'
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
  /** For a program of node: answers what it sends to its parent. When that fails the program is ended, and the run fails. */
  readonly answer?: Answer | undefined
}

export type Answer = (question: unknown) => Promise<Serializable>

/** With nothing on stdin. Rejects only when the program cannot be started, or asks what cannot be answered. */
export function runProgram(words: Words, { cwd, env, isShown, answer }: RunOptions): Promise<ProgramRun> {
  const [program, ...args] = words
  return new Promise((resolve, reject) => {
    const channel = answer === undefined ? [] : (['ipc'] as const)
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe', ...channel] })
    const parts: { readonly isError: boolean; readonly bytes: Buffer }[] = []
    const keep = (bytes: Buffer, isError: boolean): void => {
      parts.push({ isError, bytes })
      if (isShown === true) show(bytes)
    }
    child.stdout?.on('data', (bytes: Buffer) => keep(bytes, false))
    child.stderr?.on('data', (bytes: Buffer) => keep(bytes, true))
    child.on('error', reject)
    child.on('message', (question) => {
      answer?.(question).then(
        (reply) => child.send(reply),
        (error: unknown) => {
          reject(error)
          child.kill()
        },
      )
    })
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
