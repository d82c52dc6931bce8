/** poetry.lock by Poetry itself. https://python-poetry.org/docs/cli/#lock */
import type { Resolve } from '../../../src/model/resolver.ts'
import { openTool } from '../../../src/resolve/project-tool.ts'
import { refuseOptions } from '../../../src/resolve/refuse-options.ts'

const LOCK = 'poetry.lock'

export const resolveWithPoetry: Resolve = async (request, world) => {
  refuseOptions('Poetry', request, {
    // It has an age, and passes over it without a word where an index tells no dates.
    before: 'set an age in its own configuration: `poetry config solver.min-release-age DAYS`',
    registry: 'name the index where the project names its own',
  })
  const program = world.findProgram('poetry')
  const poetry = await openTool(
    {
      name: 'Poetry',
      command: program === undefined ? undefined : [program],
      get: 'pipx install poetry',
      // It makes an environment for every directory that it works in.
      environment: { POETRY_VIRTUALENVS_IN_PROJECT: 'false', POETRY_VIRTUALENVS_PATH: `${world.scratch}/virtualenvs` },
    },
    request,
    world,
  )
  const { update } = request
  const names = update === undefined || update === 'all' ? [] : update
  // Before 2.0, what is locked was resolved anew unless it was told not to.
  const isOld = poetry.version.startsWith('1.') && update === undefined && request.files.find(LOCK) !== undefined
  const keep = isOld ? ['--no-update'] : []
  const words = names.length === 0 ? ['lock', ...keep] : ['update', '--lock', ...names]
  const remove = update === 'all' ? [LOCK] : []
  const args = [...words, '--no-interaction', '--no-ansi']
  const louder = { unclear: /doesn't match any versions|no versions of \S+ match/, args: [...args, '-vvv'], tell }
  return poetry.lock({ args, read: [LOCK], remove, louder })
}

/** Indexes that do not know a name at all, where none has a version of it. */
function tell(output: string): readonly string[] {
  const lines = output.split('\n').map((line) => line.trim())
  const known = new Set(
    lines.flatMap((line) => /^Source \(.*\): [1-9]\d* packages found for (\S+)/.exec(line)?.[1] ?? []),
  )
  return lines.filter((line) => {
    const name = /^Source \(.*\): No packages found for (\S+)$/.exec(line)?.[1]
    return name !== undefined && !known.has(name)
  })
}
