/** Functions of nixpkgs, yarn2nix, npmlock2nix and dream2nix that build node projects, and what becomes of their arguments. */
import type { NixCall } from '../../../src/model/nix.ts'
import { directory, dropped, remark, setting, type FunctionRules } from '../../../src/migration/apply-rules.ts'

/** Package.json has them, or nobody needs them here. */
const common: FunctionRules['arguments'] = {
  name: dropped,
  pname: dropped,
  version: dropped,
  meta: dropped,
  passthru: dropped,
  src: directory,
  strictDeps: dropped,
  nodejs: setting('nodejs'),
  nativeBuildInputs: setting('nativeBuildInputs'),
  buildInputs: setting('buildInputs'),
  env: remark(
    'variables of the project’s own scripts: `env` in lock2build.config.json; of one package’s: `overrides.<package>.env`',
  ),
}

/** Arguments by which a derivation of nixpkgs has what a lock file names. */
const lockedBy = new Set(['npmDeps', 'yarnOfflineCache', 'offlineCache', 'pnpmDeps'])

const workspace = remark('build the member instead of the project: `nix-build -A workspaces.<name>`')

const buildNpmPackage: FunctionRules = {
  tool: 'buildNpmPackage',
  arguments: {
    ...common,
    npmDepsHash: dropped,
    npmDeps: dropped,
    npmDepsFetcherVersion: dropped,
    npmConfigHook: dropped,
    makeCacheWritable: dropped,
    forceGitDeps: dropped,
    forceEmptyCache: dropped,
    npmFlags: setting('npmFlags'),
    npmBuildScript: setting('buildScript'),
    dontNpmBuild: setting('buildScript', noScript),
    npmWorkspace: workspace,
    npmBuildFlags: remark('write them into the script of package.json'),
    npmInstallFlags: remark('what they leave out can be left out by `omit`; see docs/commands.md'),
    npmPackFlags: remark('what is packed is decided by `files` of package.json'),
    npmPruneFlags: remark('what they leave out can be left out by `omit`; see docs/commands.md'),
    postPatch: remark(
      'a lock file that was copied there is read by `lock2build --lock FILE` instead; else patch the source before',
    ),
  },
}

const yarn2nix: FunctionRules = {
  tool: 'yarn2nix',
  arguments: {
    ...common,
    packageJSON: dropped,
    yarnLock: dropped,
    yarnNix: dropped,
    offlineCache: dropped,
    yarnOfflineCache: dropped,
    hash: dropped,
    sha256: dropped,
    workspaceDependencies: dropped,
    publishBinsFor: dropped,
    yarnFlags: remark('lock2build lays out node_modules itself; `--production` is `dev = false` in default.nix'),
    extraBuildInputs: setting('buildInputs'),
    pkgConfig: remark('per package: `overrides.<package> = { buildInputs = …; preInstall = …; }`'),
    packageOverrides: remark('per package: `overrides.<package> = { … }`'),
    packageResolutions: remark('`resolutions` of package.json, and yarn writes the lock file anew'),
    yarnPreBuild: remark('per package: `overrides.<package>.preInstall`'),
    yarnPostBuild: remark('per package: `overrides.<package>`'),
  },
}

const npmlock2nix: FunctionRules = {
  tool: 'npmlock2nix',
  arguments: {
    ...common,
    packageJson: dropped,
    packageLockJson: dropped,
    githubSourceHashMap: dropped,
    node_modules_mode: dropped,
    symlinkNodeModules: dropped,
    buildCommands: setting('buildScript', onlyScript),
    node_modules_attrs: remark('its arguments are arguments of default.nix here'),
    sourceOverrides: remark('per package: `overrides.<package> = { patches = …; src = …; }`'),
    localPackages: dropped,
  },
}

const fetchDeps: FunctionRules = {
  tool: 'fetchers of nixpkgs',
  arguments: {
    ...common,
    hash: dropped,
    sha256: dropped,
    yarnLock: dropped,
    lockFile: dropped,
    fetcherVersion: dropped,
    missingHashes: dropped,
    pnpm: dropped,
    prePnpmInstall: remark('settings of pnpm belong into pnpm-workspace.yaml or .npmrc'),
    pnpmWorkspaces: workspace,
    pnpmWorkspace: workspace,
    pnpmInstallFlags: remark('what they leave out can be left out by `omit`; see docs/commands.md'),
  },
}

const node2nixFunctions: FunctionRules = {
  tool: 'node2nix',
  arguments: {
    ...common,
    packageName: dropped,
    dependencies: dropped,
    bypassCache: dropped,
    reconstructLock: dropped,
    production: setting('dev', (text) => (text === 'true' ? 'false' : undefined)),
    npmFlags: setting('npmFlags'),
    dontNpmInstall: remark('lifecycle scripts of one package: `overrides.<package>.scripts = false`'),
    preRebuild: remark('per package: `overrides.<package>.preInstall`'),
  },
}

/** What is built around a fetcher of nixpkgs, with the hooks that install and build. */
const derivation: FunctionRules = {
  tool: 'hooks of nixpkgs',
  arguments: {
    ...common,
    ...Object.fromEntries([...lockedBy].map((name) => [name, dropped])),
    nativeBuildInputs: setting('nativeBuildInputs', withoutHooks),
    npmBuildScript: setting('buildScript'),
    yarnBuildScript: setting('buildScript'),
    dontNpmBuild: setting('buildScript', noScript),
    dontYarnBuild: setting('buildScript', noScript),
    npmWorkspace: workspace,
    pnpmWorkspaces: workspace,
  },
}

/** `[ "npm run build" ]` → `"build"` */
function onlyScript(text: string): string | undefined {
  const script = /^\[\s*"npm run ([\w:-]+)"\s*\]$/.exec(text)?.[1]
  return script === undefined ? undefined : `"${script}"`
}

function noScript(text: string): string | undefined {
  return text === 'true' ? 'null' : undefined
}

/** Of a list of plain names: not the hooks, nor node and its package managers, which are here by themselves. '' when nothing is left. */
function withoutHooks(text: string): string {
  const [, head = '', list] = /^(with pkgs; )?\[([^[\](){}";]*)\]$/.exec(text) ?? []
  if (list === undefined) return text
  const others = list.split(/\s+/).filter((name) => name !== '' && !isOfNode.test(name))
  return others.length === 0 ? '' : `${head}[ ${others.join(' ')} ]`
}

const isOfNode = /(?:^|\.)(?:nodejs|nodejs[-_]\w+|npm|yarn|yarn-berry\w*|pnpm|pnpm_\d+|\w*[hH]ook|\w+\.\w*[hH]ook)$/

/** By the last name of the path that is called. */
const byName: Readonly<Record<string, FunctionRules>> = {
  buildNpmPackage,
  fetchNpmDeps: fetchDeps,
  importNpmLock: fetchDeps,
  mkYarnPackage: yarn2nix,
  mkYarnModules: yarn2nix,
  mkYarnNix: yarn2nix,
  fetchYarnDeps: fetchDeps,
  fetchYarnBerryDeps: fetchDeps,
  fetchPnpmDeps: fetchDeps,
  buildNodePackage: node2nixFunctions,
  buildNodeShell: node2nixFunctions,
  buildNodeDependencies: node2nixFunctions,
}

/** Of a call of `mkDerivation` those that take what a lock file names, and no others. */
export function findNodeRules({ path, attributes }: NixCall): FunctionRules | undefined {
  if (path.at(-1) !== 'mkDerivation') return rulesOf(path)
  return [...lockedBy].some((name) => attributes.has(name)) ? derivation : undefined
}

export function mayBuildNode(path: readonly string[]): boolean {
  return path.at(-1) === 'mkDerivation' || rulesOf(path) !== undefined
}

/** The node among its inputs, where none is an argument: `nativeBuildInputs = [ nodejs_22 pnpm.configHook ]`. */
export function findNodeInput({ attributes }: NixCall): { readonly name: string; readonly line: number } | undefined {
  const inputs = attributes.has('nodejs') ? undefined : attributes.get('nativeBuildInputs')
  const name = inputs?.tokens.find(({ kind, text }) => kind === 'word' && /^nodejs_\d+$/.test(text))?.text
  return inputs === undefined || name === undefined ? undefined : { name, line: inputs.line }
}

function rulesOf(path: readonly string[]): FunctionRules | undefined {
  const name = path.at(-1) ?? ''
  if (Object.hasOwn(byName, name)) return byName[name]
  if (path.includes('npmlock2nix') && /^(?:build|node_modules|shell)$/.test(name)) return npmlock2nix
  // `pnpm.fetchDeps`, `pnpm_9.fetchDeps`, `yarn-berry.fetchYarnBerryDeps`
  return name === 'fetchDeps' && path.at(-2)?.startsWith('pnpm') === true ? fetchDeps : undefined
}
