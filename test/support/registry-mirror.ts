/** The npm registry as it was when it was first asked, from a directory that stays between runs: what is compared must see the same. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { keptDirectory } from '../../scripts/scratch.mjs'

const program = fileURLToPath(new URL('../../bench/mirror.mjs', import.meta.url))

export interface RegistryMirror {
  /** With a final `/`. */
  readonly url: string
  close(): void
}

/** A process of its own; ends with this one. */
export async function startMirror(): Promise<RegistryMirror> {
  const words = [program, keptDirectory('registry-mirror'), '0']
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [first] = (await once(child.stdout, 'data')) as [Buffer]
  child.stdout.resume()
  return { url: first.toString().split('\n')[0] ?? '', close: () => void child.kill() }
}
