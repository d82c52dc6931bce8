/** The PHP and the Composer of this machine, for tests: whether they are there, and what the stand-in for nixpkgs must know. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'

/** `describe.skipIf(!hasPhp)`: with CI set a machine without them is a fault. */
export const hasPhp: boolean = findPhp()

function findPhp(): boolean {
  const missing = ['php', 'composer', 'unzip'].filter((name) => spawnSync('which', [name]).status !== 0)
  if (missing.length === 0) return true
  if (process.env['CI']) throw new Error(`these tests need ${missing.join(', ')}, and CI must run them`)
  process.stderr.write(`${missing.join(', ')} not installed: the tests of PHP are skipped\n`)
  return false
}

export interface HostPhp {
  /** Name of its executable in /usr/bin. */
  readonly program: string
  /** Extensions that are loaded unless more are asked for. */
  readonly enabled: readonly string[]
  /** Lines of configuration by name of the extension. */
  readonly all: Readonly<Record<string, string>>
}

/** `asked`: extensions that are there, and loaded only when they are asked for. */
export function hostPhp(asked: readonly string[] = []): HostPhp {
  const files = execFileSync('php', ['-r', 'echo php_ini_scanned_files();'], { encoding: 'utf8' }).split(/,\s*/)
  const lines = files.flatMap((file) => {
    const text = file.trim() === '' ? '' : readFileSync(file.trim(), 'utf8')
    return [...text.matchAll(/^(?:zend_)?extension=(\w+?)(?:\.so)?$/gm)].map(
      ([line, name = '']) => [name, line] as const,
    )
  })
  const all = Object.fromEntries(lines)
  const program = basename(realpathSync(execFileSync('which', ['php'], { encoding: 'utf8' }).trim()))
  return { program, all, enabled: Object.keys(all).filter((name) => !asked.includes(name)) }
}
