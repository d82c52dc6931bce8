/** requirements.txt of requirements.in, by pip-tools. https://pip-tools.readthedocs.io/ */
import type { Resolve } from '../../../src/model/resolver.ts'
import { openTool } from '../../../src/resolve/project-tool.ts'
import { onlyHere } from './only-here.ts'

const LOCK = 'requirements.txt'

export const resolveWithPipCompile: Resolve = async (request, world) => {
  const { registry, before, update } = request
  const program = world.findProgram('pip-compile')
  const command = program === undefined ? undefined : ([program] as const)
  const need = { name: 'pip-compile', command, get: 'pipx install pip-tools' }
  const tool = await openTool(need, request, world)
  const names = update === undefined || update === 'all' ? [] : update
  return tool.lock({
    args: [
      '--generate-hashes',
      // Or setuptools and pip would be needed and not locked.
      '--allow-unsafe',
      '--no-header',
      ...(registry === undefined ? [] : ['--index-url', registry, '--no-emit-index-url']),
      ...(before === undefined ? [] : ['--uploaded-prior-to', before.toISOString()]),
      ...(update === 'all' ? ['--upgrade'] : names.flatMap((name) => ['--upgrade-package', name])),
      '--output-file',
      LOCK,
      'requirements.in',
    ],
    read: [LOCK],
    warnings: [onlyHere('pip-compile', LOCK)],
  })
}
