/** The package managers that resolve by themselves, in the order in which they are asked whether a project is theirs. */
import type { Resolver } from '../../../../src/model/resolver.ts'
import type { ManagerWord } from '../../package-managers.ts'

export const toolResolvers: readonly Resolver[] = [
  {
    name: 'yarn',
    lockFiles: ['yarn.lock'],
    command: 'yarn install',
    findReason: reasonOf('yarn'),
    load: async () => (await import('./yarn.ts')).resolveWithYarn,
  },
  {
    name: 'pnpm',
    lockFiles: ['pnpm-lock.yaml'],
    command: 'pnpm install --lockfile-only',
    findReason: reasonOf('pnpm'),
    load: async () => (await import('./pnpm.ts')).resolveWithPnpm,
  },
  {
    name: 'bun',
    lockFiles: ['bun.lock'],
    command: 'bun install --lockfile-only',
    findReason: reasonOf('bun'),
    load: async () => (await import('./bun.ts')).resolveWithBun,
  },
]

function reasonOf(word: ManagerWord): Resolver['findReason'] {
  return async (project) => (await import('./asked-manager.ts')).findManagerReason(word, project)
}
