/** PyPA's packaging, pip and Poetry, asked line by line: what our ports of Python's standards are compared with. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { keptDirectory } from '../../scripts/scratch.mjs'

/** What is asked, and what it needs. */
const PACKAGES = ['packaging==26.3', 'pip==26.3', 'poetry==2.5.1']
const program = fileURLToPath(new URL('packaging-oracle.py', import.meta.url))

export interface Oracle {
  /** Calls a function of packaging-oracle.py. */
  ask(question: string, ...values: readonly unknown[]): Promise<unknown>
  stop(): void
}

export function packagingOracle(): Oracle {
  const child = spawn(installed(), [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)))
  child.on('exit', (status) => {
    for (const { reject } of waiting) reject(new Error(`packaging-oracle.py ended with ${status}`))
  })
  return {
    ask: (...words) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        child.stdin.write(`${JSON.stringify(words)}\n`)
      }),
    stop: () => child.stdin.end(),
  }
}

/** The Python of an environment that has them; made once for all runs. */
function installed(): string {
  const home = join(keptDirectory('python-packaging'), PACKAGES.join('-').replaceAll('==', '-'))
  const python = join(home, 'bin/python')
  if (existsSync(python)) return python
  const unfinished = `${home}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  run('python3', ['-m', 'venv', unfinished])
  run(join(unfinished, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...PACKAGES])
  renameSync(unfinished, home)
  return python
}

function run(command: string, words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${error?.message ?? stderr}`)
}
