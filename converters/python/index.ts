/** The python ecosystem as the engine knows it before anything of it is loaded. */
import type { Ecosystem } from '../../src/model/converter.ts'
import { pythonResolvers } from './resolve/resolvers.ts'

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
    lockCommand: 'poetry lock (or uv lock, pdm lock, pip lock)',
  },
  resolvers: pythonResolvers,
  buildFiles: ['python.nix', 'python-shim.py'],
  load: async () => (await import('./converter.ts')).pythonConverter,
  loadBuilder: async () => (await import('./builder.ts')).pythonBuilder,
  loadComparison: async () => (await import('./comparison.ts')).pythonComparison,
  loadMigration: async () => (await import('./migrate/python-migration.ts')).pythonMigration,
  loadTools: async () => (await import('./tools.ts')).pythonTools,
}
