/** What packages of the tests are made of that come from elsewhere than a registry. */
import { tarOf } from '../fast/shim/tar-archive.ts'

/** A repository: one file is not packed, one is a program. */
export const fromGit = {
  'package.json': '{ "name": "from-git", "version": "1.2.3", "files": ["lib"], "dependencies": { "ms": "2.0.0" } }\n',
  'lib/index.js': 'module.exports = require("ms")\n',
  'lib/run.js': { content: '#!/usr/bin/env node\n', mode: 0o755 },
  'not-packed.txt': 'no\n',
}

/** Of wrappy 1.0.2. */
export const wrappyPatch = `diff --git a/wrappy.js b/wrappy.js
--- a/wrappy.js
+++ b/wrappy.js
@@ -1,3 +1,4 @@
+// patched
 // Returns a wrapper function that returns a wrapped callback
 // The wrapper function should do some stuff, and return a
 // presumably different callback function.
`

/**
 * An archive of `packed`, without compression. `more`: further members of its manifest. What has other bytes needs another file name:
 * Yarn 3 keeps archives of a project in its cache under their paths.
 */
export function packedArchive(more = ''): Uint8Array {
  return tarOf([
    { path: 'package/package.json', content: `{ "name": "packed", "version": "0.1.0"${more} }\n` },
    { path: 'package/lib/größe.js', content: '1\n', mode: 0o755 },
  ])
}

/** An archive of `bundling`, which brings a package along and what that needs, all with programs. */
export function bundlingArchive(): Uint8Array {
  const member = (path: string, name: string, more: object = {}) => [
    {
      path: `package/${path}package.json`,
      content: JSON.stringify({ name, version: '1.0.0', bin: 'cli.js', ...more }),
    },
    { path: `package/${path}cli.js`, content: `#!/usr/bin/env node\nconsole.log('${name}')\n` },
  ]
  return tarOf([
    ...member('', 'bundling', { dependencies: { named: '1.0.0' }, bundledDependencies: ['named'] }),
    ...member('node_modules/named/', 'named', { dependencies: { needed: '1.0.0', '@scope/scoped': '1.0.0' } }),
    ...member('node_modules/needed/', 'needed'),
    ...member('node_modules/@scope/scoped/', '@scope/scoped'),
  ])
}
