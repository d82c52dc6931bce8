/** The node ecosystem as the engine knows it before anything of it is loaded. */
import type { Ecosystem } from '../../src/model/converter.ts'
import { toolResolvers } from './resolve/tools/tool-resolvers.ts'

export const node: Ecosystem = {
  name: 'node',
  formats: [
    {
      name: 'npm-lock',
      files: ['npm-shrinkwrap.json', 'package-lock.json'],
      versions: ['1', '2', '3'],
      load: async () => (await import('./readers/npm-lock/npm-lock.ts')).npmLock,
    },
    {
      name: 'pnpm-lock',
      files: ['pnpm-lock.yaml'],
      around: ['pnpm-workspace.yaml', '.npmrc', 'package.json'],
      versions: ['5.4', '6.0', '6.1', '9.0'],
      load: async () => (await import('./readers/pnpm-lock/pnpm-lock.ts')).pnpmLock,
    },
    {
      name: 'bun-lock',
      files: ['bun.lock', 'bun.lockb'],
      versions: ['0', '1', '2'],
      binary: {
        file: 'bun.lockb',
        program: 'bun',
        args: ['install', '--save-text-lockfile', '--frozen-lockfile', '--lockfile-only', '--ignore-scripts'],
        makes: 'bun.lock',
        hint: 'type `bun install --save-text-lockfile --frozen-lockfile --lockfile-only`, and remove bun.lockb',
        inputs: async (files) => (await import('./readers/bun-lock/binary-inputs.ts')).binaryInputs(files),
      },
      load: async () => (await import('./readers/bun-lock/bun-lock.ts')).bunLock,
    },
    {
      name: 'yarn-berry',
      files: ['yarn.lock'],
      versions: ['4', '5', '6', '8', '9', '10'],
      recognizes: (text) => /^__metadata:/m.test(text),
      load: async () => (await import('./readers/yarn-berry/yarn-berry.ts')).yarnBerry,
    },
    {
      name: 'yarn-classic',
      files: ['yarn.lock'],
      versions: ['1'],
      load: async () => (await import('./readers/yarn-classic/yarn-classic.ts')).yarnClassic,
    },
  ],
  manifest: {
    file: 'package.json',
    lockCommand: 'npm install --package-lock-only',
    findLockFiles: async (text) => (await import('./package-managers.ts')).findLockFiles(text),
    naming: 'or name your package manager in package.json ("packageManager": "pnpm@10.0.0")',
  },
  resolvers: [
    ...toolResolvers,
    {
      name: 'npm',
      lockFiles: ['npm-shrinkwrap.json', 'package-lock.json'],
      command: 'npm install --package-lock-only',
      findReason: async (project) => (await import('./resolve/npm-reason.ts')).findNpmReason(project),
      load: async () => (await import('./resolve/npm-resolver.ts')).resolveWithNpm,
    },
  ],
  buildFiles: ['node.nix', 'node-shim.mjs'],
  load: async () => (await import('./converter.ts')).nodeConverter,
  loadBuilder: async () => (await import('./builder.ts')).nodeBuilder,
  loadComparison: async () => (await import('./comparison.ts')).nodeComparison,
  loadShrink: async () => (await import('./resolve/packument.ts')).shrinkPackument,
  loadRaise: async () => (await import('./resolve/raise-ranges.ts')).raiseRanges,
  loadMigration: async () => (await import('./migrate/node-migration.ts')).nodeMigration,
  loadTools: async () => (await import('./collection.ts')).nodeTools,
}
