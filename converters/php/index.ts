/** The php ecosystem as the engine knows it before anything of it is loaded. */
import type { Ecosystem } from '../../src/model/converter.ts'

export const php: Ecosystem = {
  name: 'php',
  formats: [
    {
      name: 'composer-lock',
      files: ['composer.lock'],
      versions: ['1', '2'],
      load: async () => (await import('./readers/composer-lock/composer-lock.ts')).composerLock,
    },
  ],
  manifest: { file: 'composer.json', lockCommand: 'composer update --no-install' },
  resolvers: [
    {
      name: 'composer',
      lockFiles: ['composer.lock'],
      command: 'composer update --no-install',
      findReason: async ({ files }) => (files.find('composer.json') === undefined ? undefined : 'composer.json'),
      load: async () => (await import('./resolve/composer.ts')).resolveWithComposer,
    },
  ],
  buildFiles: ['php.nix', 'php-shim.php'],
  load: async () => (await import('./converter.ts')).phpConverter,
  loadBuilder: async () => (await import('./builder.ts')).phpBuilder,
  loadMigration: async () => (await import('./migrate/composer2nix.ts')).phpMigration,
  loadComparison: async () => (await import('./comparison.ts')).phpComparison,
}
