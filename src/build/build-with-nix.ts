/** The same build by Nix: whether it can, and running nix-build. */
import { spawn, spawnSync } from 'node:child_process'
import { findProgram } from '../io/find-program.ts'
import { failIo } from '../io/inside.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Why Nix cannot build here, or undefined when it can. */
export function findNixFault(environment: Environment): string | undefined {
  if (findProgram('nix-build', environment) === undefined) return 'nix-build is not on PATH'
  const instantiate = findProgram('nix-instantiate', environment)
  const { status } = spawnSync(instantiate ?? 'nix-instantiate', ['--find-file', 'nixpkgs'], {
    env: { ...environment },
    stdio: 'ignore',
  })
  return status === 0 ? undefined : 'Nix finds no <nixpkgs>'
}

export interface NixBuild {
  /** Absolute: the project's default.nix, or what stands in its place. */
  readonly file: string
  readonly attribute: string
  /** Absolute, or undefined for none. */
  readonly link: string | undefined
  readonly more: readonly string[]
  readonly environment: Environment
}

/** What nix-build says goes to stderr as it comes. The store path, or the exit code of a failure. Throws `io`. */
export function buildWithNix({ file, attribute, link, more, environment }: NixBuild): Promise<string | number> {
  const place = link === undefined ? ['--no-out-link'] : ['--out-link', link]
  const words = [file, '-A', attribute, ...place, ...more]
  return new Promise((resolve, reject) => {
    const child = spawn('nix-build', words, { env: { ...environment }, stdio: ['ignore', 'pipe', 'inherit'] })
    const kill = () => child.kill('SIGTERM')
    process.once('exit', kill)
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    child.once('error', (error) => {
      try {
        failIo(error, 'starting', 'nix-build')
      } catch (problem) {
        reject(problem)
      }
    })
    child.once('close', (code) => {
      process.off('exit', kill)
      resolve(code === 0 ? (printed.trim().split('\n').at(-1) ?? '') : (code ?? 1))
    })
  })
}
