/** The sandbox without bubblewrap: namespaces made by util-linux' `unshare`, and a script that mounts what a build may see. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { findProgram } from '../io/find-program.ts'
import { writeEtc } from './etc-files.ts'
import { hostView } from './host-view.ts'
import { namespaceScript } from './namespace-script.ts'
import { runChild } from './run-child.ts'
import { BUILD_GROUP, BUILD_USER, isolatedPlaces, type Sandbox, type SandboxRun } from './sandbox.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Throws when {@link findNamespaceFault} has something to say. */
export function namespaces(environment: Environment): Sandbox {
  const programs = findPrograms(environment)
  return {
    kind: 'namespaces',
    places: () => isolatedPlaces,
    run: (run) => runChild([...unshare(programs), ...scriptWords(run)], { environment: run.environment, log: run.log }),
  }
}

const needed = ['unshare', 'setpriv', 'mount', 'pivot_root'] as const

/** Why it cannot be used here; undefined when it can. */
export function findNamespaceFault(environment: Environment): string | undefined {
  const missing = needed.find((name) => find(name, environment) === undefined)
  if (missing !== undefined) return `${missing} (of util-linux) is not installed`
  const [program, ...words] = unshare(findPrograms(environment))
  // A second user namespace is made inside, too; mounting a proc is what containers forbid.
  const probe = ['/bin/sh', '-euc', 'mount -t proc proc /proc; unshare --user --map-user=1000 -- /bin/sh -c :']
  const { status, stderr, error } = spawnSync(program, [...words, ...probe], {
    encoding: 'utf8',
    timeout: 10_000,
    env: { PATH: systemPath },
  })
  if (error !== undefined) return error.message
  return status === 0 ? undefined : stderr.trim()
}

/** Where util-linux may be when the user's PATH has no sbin. */
const systemPath = '/usr/bin:/bin:/usr/sbin:/sbin'

interface Programs {
  readonly unshare: string
  readonly setpriv: string
}

function findPrograms(environment: Environment): Programs {
  const [unshare, setpriv] = [find('unshare', environment), find('setpriv', environment)]
  if (unshare === undefined || setpriv === undefined) throw new Error('util-linux is not there any more')
  return { unshare, setpriv }
}

function find(name: string, environment: Environment): string | undefined {
  return findProgram(name, { PATH: `${systemPath}:${environment['PATH'] ?? ''}` })
}

/** It ends when this process does, whatever ends that, and takes along everything inside. */
function unshare({ unshare, setpriv }: Programs): readonly [string, ...string[]] {
  const spaces = ['--user', '--map-root-user', '--mount', '--net', '--ipc', '--uts', '--pid', '--fork', '--kill-child']
  return [setpriv, '--pdeathsig', 'KILL', '--', unshare, ...spaces, '--']
}

function scriptWords({ build, inputs, mounts, shared, command }: SandboxRun): readonly string[] {
  const view = hostView(
    mounts.map(({ from }) => from),
    shared,
  )
  const root = `${build}.root`
  mkdirSync(root, { recursive: true, mode: 0o755 })
  const inside = (at: string) => `${isolatedPlaces.inputs}/${at}`
  const words = [
    ['/bin/sh', '-euc', namespaceScript, 'lock2build', root],
    view.links.flatMap(({ path, target }) => [path, target]),
    ['--'],
    view.shared.flatMap((path) => [path, path]),
    writeEtc(`${build}.etc`).flatMap(({ from, to }) => [from, to]),
    [inputs, isolatedPlaces.inputs],
    mounts.flatMap(({ from, to }) => [from, inside(to)]),
    ['--', build, `${BUILD_USER}`, `${BUILD_GROUP}`],
    command,
  ]
  return words.flat()
}
