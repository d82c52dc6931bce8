/** Running programs in tests, and how long that takes. */
import { execFile } from 'node:child_process'

/** Gives what it prints, stdout first. Throws with the end of it when the program fails. */
export function execute(
  words: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  const [command = '', ...args] = words
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...options, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) return resolve(`${stdout}${stderr}`)
      const code = error.code ?? error.signal
      reject(new Error(`${words.join(' ')}: exit ${code}\n${stdout.slice(-4000)}\n${stderr.slice(-6000)}`))
    })
  })
}

/** Adds the seconds of wall time that the work takes. */
export async function timed<K extends string, T>(timer: Record<K, number>, key: K, work: () => Promise<T>): Promise<T> {
  const start = Date.now()
  try {
    return await work()
  } finally {
    timer[key] += (Date.now() - start) / 1000
  }
}
