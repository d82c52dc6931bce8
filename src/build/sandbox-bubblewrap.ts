/** The sandbox made by bubblewrap. https://github.com/containers/bubblewrap */
import { spawnSync } from 'node:child_process'
import { writeEtc } from './etc-files.ts'
import { hostView } from './host-view.ts'
import { runChild } from './run-child.ts'
import { BUILD_GROUP, BUILD_USER, isolatedPlaces, type Sandbox, type SandboxRun } from './sandbox.ts'

/** `program`: an absolute path. */
export function bubblewrap(program: string): Sandbox {
  return {
    kind: 'bubblewrap',
    places: () => isolatedPlaces,
    run: (run) =>
      runChild([program, ...sandboxWords(run), '--', ...run.command], { environment: run.environment, log: run.log }),
  }
}

/** What it says when it cannot isolate anything here; undefined when it can. */
export function findBubblewrapFault(program: string): string | undefined {
  const words = [
    '--unshare-all',
    '--die-with-parent',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--',
    '/bin/sh',
    '-c',
    ':',
  ]
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8', timeout: 10_000 })
  if (error !== undefined) return error.message
  return status === 0 ? undefined : stderr.trim()
}

function sandboxWords({ build, inputs, mounts, shared }: SandboxRun): readonly string[] {
  const view = hostView(
    mounts.map(({ from }) => from),
    shared,
  )
  const words = [
    ['--unshare-all', '--die-with-parent', '--new-session', '--hostname', 'localhost'],
    ['--uid', `${BUILD_USER}`, '--gid', `${BUILD_GROUP}`, '--cap-drop', 'ALL'],
    view.links.flatMap(({ path, target }) => ['--symlink', target, path]),
    writeEtc(`${build}.etc`).flatMap(({ from, to }) => ['--ro-bind', from, to]),
    view.shared.flatMap((path) => ['--ro-bind', path, path]),
    ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ['--bind', build, isolatedPlaces.build],
    ['--ro-bind', inputs, isolatedPlaces.inputs],
    mounts.flatMap(({ from, to }) => ['--ro-bind', from, `${isolatedPlaces.inputs}/${to}`]),
    ['--remount-ro', '/', '--chdir', isolatedPlaces.build],
  ]
  return words.flat()
}
