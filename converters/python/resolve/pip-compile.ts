/** requirements.txt of requirements.in, by pip-tools. https://pip-tools.readthedocs.io/ */
import type { Resolve } from '../../../src/model/resolver.ts'
import { openTool } from '../../../src/resolve/project-tool.ts'
import { onlyHere } from './only-here.ts'
import { louderPip } from './pip-words.ts'

const LOCK = 'requirements.txt'

export const resolveWithPipCompile: Resolve = async (request, world) => {
  const { registry, before, update } = request
  const program = world.findProgram('pip-compile')
  const command = program === undefined ? undefined : ([program] as const)
  const need = { name: 'pip-compile', command, get: 'pipx install pip-tools', environment: { PIP_NO_INPUT: '1' } }
  const tool = await openTool(need, request, world)
  const names = update === undefined || update === 'all' ? [] : update
  const args = [
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
  ]
  const louder = louderPip(['-vvv', ...args], /\(from versions: none\)|have conflicting dependencies/)
  return tool.lock({ args, read: [LOCK], warnings: [onlyHere('pip-compile', LOCK)], louder })
}
