/** pdm.lock by PDM itself. https://pdm-project.org/en/latest/reference/cli/#lock */
import type { Resolve } from '../../../src/model/resolver.ts'
import { openTool } from '../../../src/resolve/project-tool.ts'

const LOCK = 'pdm.lock'

export const resolveWithPdm: Resolve = async (request, world) => {
  const { registry, before, update } = request
  const program = world.findProgram('pdm')
  const command = program === undefined ? undefined : ([program] as const)
  const pdm = await openTool({ name: 'PDM', command, get: 'pipx install pdm', environment }, request, world)
  const names = update === undefined || update === 'all' ? [] : update
  const words = names.length === 0 ? ['lock', '--update-reuse'] : ['update', '--no-sync', '--update-reuse', ...names]
  return pdm.lock({
    args: ['--non-interactive', ...words, ...(before === undefined ? [] : ['--exclude-newer', before.toISOString()])],
    read: [LOCK],
    remove: update === 'all' ? [LOCK] : [],
    ...(registry === undefined ? {} : { environment: { PDM_PYPI_URL: registry } }),
  })
}

/** No environment is made for the copy, and the Python that was chosen for another is not looked for. */
const environment = {
  PDM_CHECK_UPDATE: '0',
  PDM_USE_VENV: 'false',
  PDM_IGNORE_SAVED_PYTHON: '1',
  PDM_FROZEN_LOCKFILE: undefined,
}
