/** Pipfile.lock by Pipenv itself. https://pipenv.pypa.io/en/latest/commands.html#lock */
import type { Resolve } from '../../../src/model/resolver.ts'
import { openTool } from '../../../src/resolve/project-tool.ts'
import { refuseOptions } from '../../../src/resolve/refuse-options.ts'

const LOCK = 'Pipfile.lock'

export const resolveWithPipenv: Resolve = async (request, world) => {
  refuseOptions('Pipenv', request, { before: 'set `cool-down-period` in the section [pipenv] of the Pipfile' })
  const { registry, update } = request
  const program = world.findProgram('pipenv')
  const pipenv = await openTool(
    {
      name: 'Pipenv',
      command: program === undefined ? undefined : [program],
      get: 'pipx install pipenv',
      environment: {
        // Or its words are broken into lines in their middle.
        COLUMNS: '1000',
        PIPENV_NOSPIN: '1',
        PIPENV_YES: '1',
        PIPENV_IGNORE_VIRTUALENVS: '1',
        PIPENV_PIPFILE: undefined,
        PIPENV_VENV_IN_PROJECT: '0',
        WORKON_HOME: `${world.scratch}/virtualenvs`,
      },
    },
    request,
    world,
  )
  const names = update === undefined || update === 'all' ? [] : update
  return pipenv.lock({
    args: names.length === 0 ? ['lock'] : ['upgrade', '--lock-only', ...names],
    read: [LOCK],
    remove: update === 'all' ? [LOCK] : [],
    ...(registry === undefined ? {} : { environment: { PIPENV_PYPI_MIRROR: registry } }),
  })
}
