/** poetry.lock by Poetry itself. https://python-poetry.org/docs/cli/#lock */
import type { Resolve } from '../../../src/model/resolver.ts'
import { openTool } from '../../../src/resolve/project-tool.ts'
import { refuseOptions } from './refuse-options.ts'

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
  return poetry.lock({ args: [...words, '--no-interaction', '--no-ansi'], read: [LOCK], remove })
}
