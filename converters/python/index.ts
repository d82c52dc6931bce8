/** The python ecosystem as the engine knows it before anything of it is loaded. */
import type { Ecosystem } from '../../src/model/converter.ts'
import type { Resolver } from '../../src/model/resolver.ts'
import type { PythonToolName } from './resolve/tool-reasons.ts'

export const python: Ecosystem = {
  name: 'python',
  formats: [
    {
      name: 'poetry-lock',
      files: ['poetry.lock'],
      versions: ['1.0', '1.1', '2.0', '2.1'],
      load: async () => (await import('./readers/poetry-lock/poetry-lock.ts')).poetryLock,
    },
    {
      name: 'uv-lock',
      files: ['uv.lock'],
      versions: ['1'],
      load: async () => (await import('./readers/uv-lock/uv-lock.ts')).uvLock,
    },
    {
      name: 'pdm-lock',
      files: ['pdm.lock'],
      versions: ['4.4', '4.5'],
      load: async () => (await import('./readers/pdm-lock/pdm-lock.ts')).pdmLock,
    },
    {
      name: 'pylock',
      files: ['pylock.toml'],
      versions: ['1.0'],
      load: async () => (await import('./readers/pylock/pylock.ts')).pylock,
    },
    {
      name: 'pipfile-lock',
      files: ['Pipfile.lock'],
      versions: ['6'],
      load: async () => (await import('./readers/pipfile-lock/pipfile-lock.ts')).pipfileLock,
    },
    {
      name: 'requirements',
      files: ['requirements.txt'],
      isFallback: true,
      versions: ['1'],
      load: async () => (await import('./readers/requirements/requirements.ts')).requirements,
    },
  ],
  manifest: {
    file: 'pyproject.toml',
    others: ['Pipfile', 'requirements.in', 'setup.py', 'setup.cfg'],
    lockCommand: 'poetry lock (or uv lock, pdm lock, pip lock)',
  },
  // At most one of them has a reason: see tool-reasons.ts.
  resolvers: [
    {
      name: 'uv',
      lockFiles: ['uv.lock', 'pylock.toml', 'requirements.txt'],
      command: 'uv lock',
      findReason: reasonOf('uv'),
      load: async () => (await import('./resolve/uv.ts')).resolveWithUv,
    },
    {
      name: 'poetry',
      lockFiles: ['poetry.lock'],
      command: 'poetry lock',
      findReason: reasonOf('poetry'),
      load: async () => (await import('./resolve/poetry.ts')).resolveWithPoetry,
    },
    {
      name: 'pdm',
      lockFiles: ['pdm.lock'],
      command: 'pdm lock',
      findReason: reasonOf('pdm'),
      load: async () => (await import('./resolve/pdm.ts')).resolveWithPdm,
    },
    {
      name: 'pipenv',
      lockFiles: ['Pipfile.lock'],
      command: 'pipenv lock',
      findReason: reasonOf('pipenv'),
      load: async () => (await import('./resolve/pipenv.ts')).resolveWithPipenv,
    },
    {
      name: 'pip-compile',
      lockFiles: ['requirements.txt'],
      command: 'pip-compile --generate-hashes requirements.in',
      findReason: reasonOf('pip-compile'),
      load: async () => (await import('./resolve/pip-compile.ts')).resolveWithPipCompile,
    },
    {
      name: 'pip',
      lockFiles: ['pylock.toml'],
      command: 'pip lock',
      findReason: reasonOf('pip'),
      load: async () => (await import('./resolve/pip.ts')).resolveWithPip,
    },
  ],
  buildFiles: ['python.nix', 'python-shim.py', 'native-libraries.nix', 'native-libraries.json'],
  load: async () => (await import('./converter.ts')).pythonConverter,
  loadBuilder: async () => (await import('./builder.ts')).pythonBuilder,
  loadComparison: async () => (await import('./comparison.ts')).pythonComparison,
  loadRaise: async () => (await import('./resolve/raise-ranges.ts')).raiseRanges,
  loadMigration: async () => (await import('./migrate/python-migration.ts')).pythonMigration,
  loadTools: async () => (await import('./collection.ts')).pythonTools,
}

function reasonOf(name: PythonToolName): Resolver['findReason'] {
  return async (project) => (await import('./resolve/tool-reasons.ts')).findToolReason(name, project)
}
