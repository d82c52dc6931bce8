/**
 * The projects of the fidelity test, small ones first, and every difference between npm's tree and Nix's that is allowed. Committed
 * projects stand in test/fidelity-projects; the others are served on loopback and get their lock from npm when the test runs.
 */
import type { TreeException } from './fidelity-compare.ts'
import type { LockVersion, Project } from './fidelity.ts'
import { conditions, failingOptional, gitDependency, privateRegistry, type Served } from './fidelity-loopback.ts'

export interface FidelityCase {
  readonly name: string
  /** What is special, for the table in docs/fidelity.md. */
  readonly about: string
  /** Absent: a folder of test/fidelity-projects, named like the case unless `project` says otherwise. */
  readonly serve?: () => Promise<Served>
  readonly project?: string
  /** Compares `nodeModules.production.pristine` with `npm ci --omit=dev`. */
  readonly production?: true
  /** Lock versions whose tree is built and compared. Version 2 gives the same spec as 3, which the test checks, hence the same tree. */
  readonly built: readonly LockVersion[]
  /** Why npm's tree from the version 3 lock is the reference for version 1 too. Absent: `npm ci` runs on the version 1 lock. */
  readonly sharedReference?: string
  readonly exceptions?: readonly TreeException[]
  /** Differences of version 1 only. */
  readonly exceptionsOfV1?: readonly TreeException[]
  /** A program that uses what Nix built, and what it prints. */
  readonly use?: { readonly program: string; readonly prints: string }
  /** Takes minutes, and another case shows the same: only scripts/fidelity.mjs runs it. */
  readonly isSlow?: true
}

export type { Project }

/** npm's own file, which describes the tree to the next npm. lock2build keeps it when asked to (`keepNpmFiles`). */
export const hiddenLock: TreeException = {
  pattern: /^node_modules\/\.package-lock\.json$/,
  kind: 'missing',
  reason: "npm's private index of the tree, written for its next run",
}

export const gypLeftovers: TreeException = {
  pattern: /\/build\/(Makefile|config\.gypi|binding\.Makefile|.*\.mk|Release\/(\.deps|obj\.target)(\/.*)?|.*\.d)$/,
  kind: 'missing',
  reason: 'makefiles, objects and dependency lists that node-gyp leaves behind: full of absolute paths of the machine',
}

const headersPath: TreeException = {
  pattern: /(?:^|\/)node_modules\/ssh2\/lib\/protocol\/crypto\/build\/Release\/sshcrypto\.node$/,
  kind: 'content',
  reason:
    "an assertion in node's headers puts the headers' path into the program; in a build that is a fixed path in the build directory",
}

export const everywhere: readonly TreeException[] = [hiddenLock]

export const cases: readonly FidelityCase[] = [
  { name: 'express', about: 'a server', built: [1, 3] },
  { name: 'without-resolved', about: 'a lock without `resolved`; an optional package for macOS', built: [1, 3] },
  { name: 'workspace', about: 'three members, one of which is a program', built: [1, 3] },
  {
    name: 'workspace-production',
    project: 'workspace',
    production: true,
    about: 'the same without development dependencies',
    built: [1, 3],
  },
  {
    name: 'aliases',
    about: 'one version under two names, scoped aliases, two packages with a bin of the same name',
    built: [1, 3],
    exceptionsOfV1: [
      {
        pattern: /^node_modules\/\.bin\/semver$/,
        kind: 'link',
        reason:
          'two packages offer this bin; npm links the other one when it has to look the bins up (version 1 has none)',
      },
    ],
  },
  { name: 'local-sources', about: 'a remote tarball, a `file:` tarball, a `file:` directory', built: [1, 3] },
  // Locks of version 1 do not say where a packed directory is.
  { name: 'packed-directory', about: 'directories that npm packs (`install-links`), and an override', built: [3] },
  {
    name: 'unneeded',
    about: 'packages that only optional packages need which are left out: npm leaves them out, too, from 11.13 on',
    built: [1, 3],
  },
  { name: 'foreign-peers', about: 'peers of other people’s packages that contradict each other', built: [3] },
  {
    name: 'git',
    about: 'two git dependencies, served on loopback',
    serve: gitDependency,
    built: [1, 3],
    sharedReference: 'npm 11 finds no version of a git dependency in a version 1 lock (EUSAGE)',
  },
  {
    name: 'private-registry',
    about: 'a scope with a registry of its own and a token',
    serve: privateRegistry,
    built: [1, 3],
  },
  {
    name: 'conditions',
    about:
      'optional packages for another node, another system and another libc, and what only they need; a package with a shrinkwrap',
    serve: conditions,
    built: [1, 3],
  },
  {
    name: 'failing-optional',
    about: 'an optional package whose install script fails',
    serve: failingOptional,
    built: [1, 3],
  },
  { name: 'peers', about: 'peer dependencies that npm installs', built: [1, 3] },
  {
    name: 'peers-production',
    project: 'peers',
    production: true,
    about: 'the same without development dependencies and their peers',
    built: [1, 3],
  },
  { name: 'legacy-peers', about: 'peer dependencies that conflict, `legacy-peer-deps`', built: [1, 3] },
  {
    name: 'bundled',
    about: 'two packages that bring 500 others along',
    built: [1, 3],
    sharedReference: 'npm 11 takes the aliases inside the bundle for an error in a version 1 lock (EUSAGE)',
  },
  {
    name: 'esbuild',
    about: 'a postinstall script; binaries per platform (esbuild, swc, sharp)',
    built: [1, 3],
    use: {
      program: `const { code } = require('esbuild').transformSync('let a: number = 1', { loader: 'ts' })
        const swc = require('@swc/core').transformSync('let b: number = 1', { jsc: { parser: { syntax: 'typescript' } } })
        console.log(code.trim(), swc.code.trim().split('\\n').at(-1), typeof require('sharp').versions.vips)`,
      prints: 'let a = 1; var b = 1; string',
    },
  },
  {
    name: 'native-small',
    about: 'three addons compiled by node-gyp, one without an install script of its own',
    built: [1, 3],
    exceptions: [gypLeftovers, headersPath],
    use: {
      program: `const socket = require('unix-dgram').createSocket('unix_dgram', () => {})
        require('ssh2/lib/protocol/crypto/build/Release/sshcrypto.node')
        console.log(typeof require(require.resolve('cpu-features', { paths: [require.resolve('ssh2')] }))().arch, typeof socket.send); socket.close()`,
      prints: 'string function',
    },
  },
  { name: 'vite-react', about: 'an application, built and served', built: [1, 3] },
  { name: 'next', about: 'an application, built and served', built: [1, 3] },
  { name: 'toolchain', about: 'webpack, babel, jest, eslint, typescript', built: [1, 3] },
  {
    name: 'native-sqlite',
    about: 'better-sqlite3, compiled',
    built: [3],
    isSlow: true,
    exceptions: [gypLeftovers],
    use: {
      program: `const database = new (require('better-sqlite3'))(':memory:')
        console.log(database.prepare('select 6 * 7 as answer').get().answer)`,
      prints: '42',
    },
  },
  {
    name: 'react-scripts',
    about: 'create-react-app',
    built: [1, 3],
    sharedReference: 'npm asks the registry for 1,300 manifests, for a tree that was found equal',
  },
]
