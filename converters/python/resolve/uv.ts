/**
 * uv.lock by uv itself; and where there is no `[project]`, pylock.toml (or requirements.txt, of requirements.in) by its pip-compile.
 * https://docs.astral.sh/uv/reference/cli/
 */
import type { Resolve, ResolveRequest } from '../../../src/model/resolver.ts'
import { openTool, type LockRun } from '../../../src/resolve/project-tool.ts'
import { findKind, type ProjectKind } from './project-kind.ts'
import { forgetCutoff, refuseSecondCutoff } from './uv-cutoff.ts'

export const resolveWithUv: Resolve = async (request, world) => {
  const { before } = request
  const kind = findKind(request)
  if (before !== undefined && kind?.kind === 'pyproject') refuseSecondCutoff(request)
  const program = world.findProgram('uv')
  const command = program === undefined ? undefined : ([program] as const)
  const uv = await openTool({ name: 'uv', command, get: 'pipx install uv', environment }, request, world)
  const made = await uv.lock(runOf(request, kind))
  return before === undefined ? made : forgetCutoff(made)
}

/** Another Python is not downloaded; and what would have uv take a lock file as it is, or work elsewhere, does not count. */
const environment = {
  UV_PYTHON_DOWNLOADS: 'never',
  UV_NO_PROGRESS: '1',
  ...Object.fromEntries(
    ['UV_FROZEN', 'UV_LOCKED', 'UV_PROJECT', 'UV_WORKING_DIR', 'UV_WORKING_DIRECTORY', 'VIRTUAL_ENV'].map((name) => [
      name,
      undefined,
    ]),
  ),
}

function runOf(request: ResolveRequest, kind: ProjectKind | undefined): LockRun {
  switch (kind?.kind) {
    case undefined:
    case 'pipfile':
    case 'pyproject':
      return { args: ['lock', ...optionsOf(request)], read: ['uv.lock'] }
    case 'compiled':
      return compile(request, ['requirements.in'], 'requirements.txt')
    case 'files':
      return compile(request, kind.files, 'pylock.toml')
    case 'script':
      return compile(request, [kind.file], 'pylock.toml')
  }
}

/** For every system, with the digests of all files. What stands in the output file is where it starts. */
function compile(request: ResolveRequest, inputs: readonly string[], output: string): LockRun {
  const args = ['pip', 'compile', ...inputs, '--universal', '--generate-hashes', ...optionsOf(request)]
  return { args: [...args, '--format', output, '--output-file', output], read: [output] }
}

function optionsOf({ registry, before, offline, update }: ResolveRequest): readonly string[] {
  const names = update === undefined || update === 'all' ? [] : update
  return [
    '--color=never',
    ...(registry === undefined ? [] : ['--default-index', registry]),
    ...(before === undefined ? [] : ['--exclude-newer', before.toISOString()]),
    ...(offline ? ['--offline'] : []),
    ...(update === 'all' ? ['--upgrade'] : names.flatMap((name) => ['--upgrade-package', name])),
  ]
}
