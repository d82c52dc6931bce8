/** The tools that resolve Python projects. At most one of them has a reason; see tool-reasons.ts. */
import type { Resolver } from '../../../src/model/resolver.ts'
import type { PythonToolName } from './tool-reasons.ts'

export const pythonResolvers: readonly Resolver[] = [
  {
    name: 'uv',
    lockFiles: ['uv.lock', 'pylock.toml', 'requirements.txt'],
    command: 'uv lock',
    findReason: reasonOf('uv'),
    load: async () => (await import('./uv.ts')).resolveWithUv,
  },
  {
    name: 'poetry',
    lockFiles: ['poetry.lock'],
    command: 'poetry lock',
    findReason: reasonOf('poetry'),
    load: async () => (await import('./poetry.ts')).resolveWithPoetry,
  },
  {
    name: 'pdm',
    lockFiles: ['pdm.lock'],
    command: 'pdm lock',
    findReason: reasonOf('pdm'),
    load: async () => (await import('./pdm.ts')).resolveWithPdm,
  },
  {
    name: 'pipenv',
    lockFiles: ['Pipfile.lock'],
    command: 'pipenv lock',
    findReason: reasonOf('pipenv'),
    load: async () => (await import('./pipenv.ts')).resolveWithPipenv,
  },
  {
    name: 'pip-compile',
    lockFiles: ['requirements.txt'],
    command: 'pip-compile --generate-hashes requirements.in',
    findReason: reasonOf('pip-compile'),
    load: async () => (await import('./pip-compile.ts')).resolveWithPipCompile,
  },
  {
    name: 'pip',
    lockFiles: ['pylock.toml'],
    command: 'pip lock',
    findReason: reasonOf('pip'),
    load: async () => (await import('./pip.ts')).resolveWithPip,
  },
]

function reasonOf(name: PythonToolName): Resolver['findReason'] {
  return async (project) => (await import('./tool-reasons.ts')).findToolReason(name, project)
}
