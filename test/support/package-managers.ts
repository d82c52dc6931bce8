/** The real package managers, from the npm registry, and how each is asked to install exactly what its lock file says. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'
import type { TreeException } from './fidelity-compare.ts'
import { chosenNode, type Project } from './fidelity.ts'
import { publishedNode, type NodePrefix } from './node-prefix.ts'
import { execute } from './run-words.ts'

export interface PackageManagerTool {
  /** `yarn-1.22`, as the tests and scripts/fidelity.mjs call it. */
  readonly name: string
  /** In the registry. */
  readonly archive: string
  /** Its program, below node_modules. */
  readonly program: string
  /** False: the program is a binary. */
  readonly isScript?: boolean
  /** The folder of committed lock files that it reads, below test/fidelity-locks. */
  readonly locks: string
  /** By file of the project, what must be set there beside what stands there. */
  readonly settings?: Readonly<Record<string, string>>
  /** The tool whose caches it shares. */
  readonly caches?: string
  /** Installs what the lock file says, scripts included, or fails. */
  readonly install: readonly string[]
  /** Makes the lock file anew. */
  readonly lock: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Where it needs another node than the one that runs the tests: versions of node and npm. */
  readonly node?: readonly [string, string]
  /** Bookkeeping of its own. */
  readonly exceptions: readonly TreeException[]
}

const yarnClassic = {
  program: 'yarn/bin/yarn.js',
  install: ['install', '--frozen-lockfile', '--non-interactive'],
  lock: ['install', '--ignore-scripts', '--non-interactive', '--ignore-engines'],
}

const berry = {
  program: '@yarnpkg/cli-dist/bin/yarn.js',
  install: ['install', '--immutable'],
  lock: ['install', '--mode=update-lockfile'],
  env: { YARN_ENABLE_TELEMETRY: '0', YARN_IGNORE_PATH: '1', YARN_ENABLE_GLOBAL_CACHE: '1' },
  exceptions: [],
}

const pnpm = {
  install: ['install', '--frozen-lockfile'],
  lock: ['install', '--lockfile-only'],
  env: {
    npm_config_manage_package_manager_versions: 'false',
    pnpm_config_pm_on_fail: 'ignore',
    // As on a machine that never built the package: what is restored from there has links made files, and empty directories.
    npm_config_side_effects_cache: 'false',
    pnpm_config_side_effects_cache: 'false',
    // pnpm 11 leaves scripts that nobody allowed out and fails at the end.
    pnpm_config_strict_dep_builds: 'false',
    // Until version 10, pnpm takes the members in the order in which reading each one's .npmrc ends, and the first that asks for a
    // name decides what is hoisted under it: another tree in one run of seven. With one thread, reads end in the order they began.
    UV_THREADPOOL_SIZE: '1',
  },
  exceptions: [
    {
      pattern: /(?:^|\/)node_modules\/(?:\.modules\.yaml|\.pnpm\/lock\.yaml|\.pnpm-workspace-state.*\.json)$/,
      kind: 'missing' as const,
      reason: "pnpm's own notes: times, absolute paths, settings",
    },
    {
      pattern: /\/node_modules\/(?:@[^/]+\/)?[^/]+\/node_modules(?:\/\.tmp)?$/,
      kind: 'missing' as const,
      reason: 'run by root, pnpm 10 and newer give scripts a directory for temporary files, and leave it there, empty',
    },
    {
      pattern: /\/build\/node_gyp_bins(?:\/python3)?$/,
      kind: 'missing' as const,
      reason: "pnpm 8 and 9 bring a node-gyp along that leaves a link to the machine's Python",
    },
    {
      pattern: /(?:^|\/)node_modules\/\.bin\/[^/]+$/,
      kind: 'content' as const,
      reason: 'pnpm writes the absolute path of the tree into its scripts; ours find the tree from where they stand',
    },
  ],
}

const bun = {
  program: 'bun/bin/bun.exe',
  isScript: false,
  install: ['install', '--frozen-lockfile'],
  lock: ['install', '--lockfile-only', '--save-text-lockfile'],
  exceptions: [
    {
      pattern: /\/\.bun-tag(?:-[0-9a-f]+)?$/,
      kind: 'missing' as const,
      reason: "Bun's own notes: the commit, the digest or the patch that the package was made from",
    },
  ],
}

export const tools: readonly PackageManagerTool[] = [
  {
    ...yarnClassic,
    name: 'yarn-1.22',
    archive: 'yarn@1.22.22',
    locks: 'yarn-1',
    // One of its projects is not for older ones.
    node: ['22.21.1', '10.9.4'],
    exceptions: [
      {
        pattern: /(?:^|\/)node_modules\/\.yarn-integrity$/,
        kind: 'missing',
        reason: "yarn's own notes: flags, versions",
      },
    ],
  },
  { ...berry, name: 'yarn-3.8', archive: '@yarnpkg/cli-dist@3.8.7', locks: 'yarn-3' },
  { ...berry, name: 'yarn-4.9', archive: '@yarnpkg/cli-dist@4.9.4', locks: 'yarn-4.9' },
  { ...berry, name: 'yarn-4.18', archive: '@yarnpkg/cli-dist@4.18.1', locks: 'yarn-4.18' },
  { ...pnpm, name: 'pnpm-8.15', archive: 'pnpm@8.15.9', program: 'pnpm/bin/pnpm.cjs', locks: 'pnpm-8' },
  { ...pnpm, name: 'pnpm-9.15', archive: 'pnpm@9.15.9', program: 'pnpm/bin/pnpm.cjs', locks: 'pnpm-9' },
  { ...pnpm, name: 'pnpm-10.34', archive: 'pnpm@10.34.9', program: 'pnpm/bin/pnpm.cjs', locks: 'pnpm-9' },
  {
    ...pnpm,
    name: 'pnpm-11.28',
    archive: 'pnpm@11.28.11',
    program: 'pnpm/bin/pnpm.mjs',
    locks: 'pnpm-11',
    node: ['22.21.1', '10.9.4'],
  },
  { ...bun, name: 'bun-1.2', archive: 'bun@1.2.23', locks: 'bun-1' },
  { ...bun, name: 'bun-1.3', archive: 'bun@1.3.14', locks: 'bun-1' },
  { ...bun, name: 'bun-1.4', archive: 'bun@1.4.5', locks: 'bun-1.4' },
]

export function getTool(name: string): PackageManagerTool {
  const tool = tools.find((one) => one.name === name)
  if (tool === undefined) throw new Error(`there is no ${name}, only ${tools.map((one) => one.name).join(', ')}`)
  return tool
}

export function nodeOf({ node }: PackageManagerTool): NodePrefix {
  return node === undefined ? chosenNode() : publishedNode(...node)
}

/** Runs the package manager in a project, with caches of its own that the next test finds again. Throws with its words. */
export function runTool(tool: PackageManagerTool, project: Project, args: readonly string[]): Promise<string> {
  const { prefix } = nodeOf(tool)
  const modules = join(installTool(tool), 'node_modules')
  const program = join(modules, tool.program)
  const home = keptDirectory(`home-${tool.caches ?? tool.name}`)
  const env = {
    ...cleanEnvironment(),
    // Bun's own node-gyp starts `bun`.
    PATH: [join(prefix, 'bin'), ...(tool.isScript === false ? [join(modules, '.bin')] : []), process.env['PATH']].join(
      ':',
    ),
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_DATA_HOME: join(home, 'data'),
    YARN_CACHE_FOLDER: join(home, 'yarn-cache'),
    BUN_INSTALL_CACHE_DIR: join(home, 'bun-cache'),
    // Bun 1.2 looks for its own node-gyp here, and puts it into the cache where the two are on different file systems.
    BUN_TMPDIR: home,
    // pnpm wants it on the project's file system: else it makes another one there, outside of every temporary directory.
    npm_config_store_dir: join(home, 'data/pnpm/store'),
    pnpm_config_store_dir: join(home, 'data/pnpm/store'),
    // What node-gyp reads: up to version 11, and from 12 on.
    npm_config_nodedir: prefix,
    npm_package_config_node_gyp_nodedir: prefix,
    npm_config_build_from_source: 'true',
    COREPACK_ENABLE_NETWORK: '0',
    ...tool.env,
    ...project.env,
  }
  const words = tool.isScript === false ? [program, ...args] : [join(prefix, 'bin/node'), program, ...args]
  return execute(words, { cwd: project.folder, env })
}

export function installTool({ name, archive, isScript }: PackageManagerTool): string {
  const folder = join(keptDirectory('package-managers'), archive.replace(/[^A-Za-z0-9.@-]/g, '+'))
  if (existsSync(folder)) return folder
  const draft = mkdtempSync(`${folder}.`)
  mkdirSync(draft, { recursive: true })
  writeFileSync(join(draft, 'package.json'), '{"private":true}')
  // Bun's own postinstall puts the binary of this machine in its place.
  const flags = isScript === false ? [] : ['--ignore-scripts']
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--force', ...flags, archive], {
    cwd: draft,
    stdio: 'pipe',
  })
  const version: unknown = JSON.parse(readFileSync(join(draft, 'package-lock.json'), 'utf8'))
  if (version === null) throw new Error(`${name} could not be installed`)
  try {
    renameSync(draft, folder)
  } catch {
    rmSync(draft, { recursive: true }) // another test file was faster
  }
  return folder
}

function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([key, value]) =>
    value === undefined || /^(?:npm_|pnpm_|yarn_|bun_|NODE_PATH$|CI$)/i.test(key) ? [] : [[key, value] as const],
  )
  return Object.fromEntries(kept)
}
