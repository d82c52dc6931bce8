/**
 * What pnpm is told about a project, as far as it changes the tree or the lock file: the project's own .npmrc (until pnpm 10),
 * pnpm-workspace.yaml, and `pnpm` of package.json (until pnpm 10). The user's own configuration is not asked: a result must not
 * depend on whose machine made it.
 * https://pnpm.io/settings
 */
import { posix } from 'node:path'
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { IgnoredSetting } from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem, Where } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import { parseYaml } from '../../../../src/text/yaml-document.ts'
import { findMembers } from '../workspaces.ts'
import { textsOf } from './lock-file.ts'
import type { Texts } from './lock-file.ts'
import { readIni, SettingLookup } from './setting-lookup.ts'
import { WORKSPACE } from './workspace-above.ts'
import type { WorkspaceAbove } from './workspace-above.ts'

export interface PnpmSettings {
  readonly nodeLinker: 'isolated' | 'hoisted'
  /** Aliases that are hoisted into node_modules/.pnpm/node_modules, and into node_modules. Undefined: nothing is. */
  readonly hoistPattern: readonly string[]
  readonly publicHoistPattern: readonly string[]
  readonly hoistWorkspacePackages: boolean
  readonly dedupeDirectDeps: boolean
  readonly virtualStoreDirMaxLength: number
  /** Of `settings` in the lock file. */
  readonly autoInstallPeers: boolean
  readonly excludeLinksFromLockfile: boolean
  readonly injectWorkspacePackages: boolean
  readonly peersSuffixMaxLength: number
  /** Patterns of workspace members; undefined: this is no workspace. */
  readonly members: readonly string[] | undefined
  readonly overrides: Sourced<Texts>
  /** Selector → project-relative patch file. */
  readonly patches: Sourced<Texts>
  readonly ignoredOptionalDependencies: readonly string[]
  /** Catalog → alias → range. */
  readonly catalogs: ReadonlyMap<string, Texts>
  readonly builds: BuildSettings
  /** Dimension (`os`, `cpu`, `libc`) → words; `current` is the machine. */
  readonly supported: ReadonlyMap<string, readonly string[]>
  readonly ignored: readonly IgnoredSetting[]
}

/** Beside what is said, where: for messages. */
export interface Sourced<T> {
  readonly value: T
  readonly where: Where
}

/** Undefined: nothing is said. */
export interface BuildSettings {
  readonly only: readonly string[] | undefined
  readonly never: readonly string[] | undefined
  readonly ignored: readonly string[] | undefined
  readonly allow: ReadonlyMap<string, boolean> | undefined
  readonly all: boolean
}

export interface Reading {
  readonly context: ReadContext
  readonly above: WorkspaceAbove | undefined
  /** pnpm's major version. */
  readonly major: number
  /** The project's package.json. */
  readonly manifest: Fields | undefined
  readonly report: (problem: Problem) => void
}

/** Reports what cannot be understood, and settings whose tree lock2build does not make. */
export function readSettings({ context, above, major, manifest, report }: Reading): PnpmSettings {
  const workspace = readWorkspaceFile(above ?? { path: '', files: context.files }, report)
  // Until version 9 a member with a lock file of its own has settings of its own, from 10 on those of the workspace.
  const own =
    major >= 11 ? undefined : (major === 10 && above !== undefined ? above.manifest : manifest)?.object('pnpm')
  const lookUp = new SettingLookup(major >= 11 ? [] : readIni(context, above), workspace, report)
  // The place that counts: from pnpm 10.5 on both are read, and an installation takes package.json's.
  const home = (key: string): Fields | undefined => (own?.has(key) === true ? own : workspace)
  refuseOtherTrees(lookUp, report)
  const members = workspace?.texts('packages')
  const isShared = lookUp.boolean('sharedWorkspaceLockfile') !== false
  if (!isShared && above === undefined)
    refuseSeparate(lookUp.where('sharedWorkspaceLockfile'), members ?? [], { context, report })
  refuseControlCharacters(lookUp, report)
  const settings: PnpmSettings = {
    nodeLinker: lookUp.text('nodeLinker') === 'hoisted' ? 'hoisted' : 'isolated',
    hoistPattern: lookUp.boolean('hoist') === false ? [] : (lookUp.list('hoistPattern') ?? ['*']),
    publicHoistPattern: publicPattern(lookUp, major),
    hoistWorkspacePackages: lookUp.boolean('hoistWorkspacePackages') ?? major >= 9,
    dedupeDirectDeps: lookUp.boolean('dedupeDirectDeps') ?? false,
    virtualStoreDirMaxLength: lookUp.integer('virtualStoreDirMaxLength') ?? 120,
    autoInstallPeers: lookUp.boolean('autoInstallPeers') ?? major >= 8,
    excludeLinksFromLockfile: lookUp.boolean('excludeLinksFromLockfile') ?? false,
    injectWorkspacePackages: lookUp.boolean('injectWorkspacePackages') ?? false,
    peersSuffixMaxLength: lookUp.integer('peersSuffixMaxLength') ?? 1000,
    members: isShared ? members : undefined,
    overrides: textsAt(home('overrides'), 'overrides', manifest),
    patches: textsAt(home('patchedDependencies'), 'patchedDependencies', manifest),
    ignoredOptionalDependencies: home('ignoredOptionalDependencies')?.texts('ignoredOptionalDependencies') ?? [],
    catalogs: readCatalogs(workspace),
    builds: readBuilds(home),
    supported: readSupported(home('supportedArchitectures')),
    ignored: findIgnored(lookUp),
  }
  for (const problem of workspace?.document.problems ?? []) report(problem)
  return settings
}

function readWorkspaceFile(
  { path, files }: Pick<WorkspaceAbove, 'path' | 'files'>,
  report: Reading['report'],
): Fields | undefined {
  const text = files.find(WORKSPACE)
  if (text === undefined) return undefined
  const document = parseYaml(text, { file: posix.join(path, WORKSPACE), purpose: 'config' })
  if (document.value === null) return undefined
  const fields = rootFields(document)
  if (fields === undefined) for (const problem of document.problems) report(problem)
  return fields
}

function publicPattern(lookUp: SettingLookup, major: number): readonly string[] {
  const shameful = lookUp.boolean('shamefullyHoist')
  if (shameful === true) return ['*']
  if (shameful === false) return []
  return lookUp.list('publicHoistPattern') ?? (major >= 10 ? [] : ['*eslint*', '*prettier*'])
}

/** Settings that make a tree of another shape than any that is made here. */
function refuseOtherTrees(lookUp: SettingLookup, report: Reading['report']): void {
  const refuse = (name: string, message: string, hint: string): void => {
    report({ code: 'source-unsupported', message, where: lookUp.where(name), hint })
  }
  const linker = lookUp.text('nodeLinker')
  if (linker === 'pnp')
    refuse('nodeLinker', 'Plug’n’Play trees of pnpm are not made', 'set nodeLinker to isolated or hoisted')
  else if (linker !== undefined && linker !== 'isolated' && linker !== 'hoisted') {
    report({ code: 'config-invalid', message: `nodeLinker is ${shown(linker)}`, where: lookUp.where('nodeLinker') })
  }
  const modules = lookUp.text('modulesDir')
  if (modules !== undefined && modules !== 'node_modules') {
    refuse('modulesDir', `modulesDir is ${shown(modules)}`, 'node looks into node_modules: remove the setting')
  }
  const store = lookUp.text('virtualStoreDir')
  if (store !== undefined && store !== 'node_modules/.pnpm') {
    refuse('virtualStoreDir', `virtualStoreDir is ${shown(store)}`, 'remove the setting')
  }
  if (lookUp.boolean('symlink') === false) refuse('symlink', 'symlink is false', 'remove the setting')
}

function findIgnored(lookUp: SettingLookup): readonly IgnoredSetting[] {
  const find = (name: string, value: boolean, leavesOut?: 'dev' | 'optional'): readonly IgnoredSetting[] => {
    if (lookUp.boolean(name) !== value) return []
    const setting = { text: `${name}: ${value}`, where: lookUp.where(name) }
    return [leavesOut === undefined ? setting : { ...setting, leavesOut }]
  }
  return [
    ...find('production', true, 'dev'),
    ...find('optional', false, 'optional'),
    ...find('enableGlobalVirtualStore', true),
    ...find('enableModulesDir', false),
    // With `node-linker=hoisted` they are links anyway.
    ...(lookUp.text('nodeLinker') === 'hoisted' ? [] : find('preferSymlinkedExecutables', true)),
  ]
}

/** In the root of such a workspace. */
function refuseSeparate(
  where: Where,
  patterns: readonly string[],
  { context: { file, files }, report }: Pick<Reading, 'context' | 'report'>,
): void {
  const members = findMembers(patterns, files).filter((member) => files.find(`${member}/${file}`) !== undefined)
  const commands = members.slice(0, 3).map((member) => `\`lock2build -C ${shown(member)}\``)
  const each = commands.length === 0 ? 'each member by itself' : `members by themselves: ${commands.join(', ')}`
  report({
    code: 'source-unsupported',
    message: `each member has a lock file of its own, and ${file} locks none of them`,
    where,
    hint: `convert ${each}; or let them share one: remove the setting and type \`pnpm install --lockfile-only\``,
  })
}

/** Patterns become lines of an .npmrc, where pnpm installs by itself. */
function refuseControlCharacters(lookUp: SettingLookup, report: Reading['report']): void {
  for (const name of ['hoistPattern', 'publicHoistPattern']) {
    const pattern = lookUp.list(name)?.find((one) => /\p{Cc}/u.test(one))
    if (pattern === undefined) continue
    const message = `the pattern ${shown(pattern)} holds a control character`
    report({
      code: 'config-invalid',
      message,
      where: lookUp.where(name),
      hint: 'patterns are names of packages, and *',
    })
  }
}

function textsAt(fields: Fields | undefined, key: string, manifest: Fields | undefined): Sourced<Texts> {
  const where = fields?.where(key) ?? manifest?.where() ?? { file: 'package.json' }
  return { value: fields === undefined ? new Map() : textsOf(fields, key), where }
}

function readCatalogs(workspace: Fields | undefined): ReadonlyMap<string, Texts> {
  const catalogs = new Map<string, Texts>()
  if (workspace === undefined) return catalogs
  if (workspace.has('catalog')) catalogs.set('default', textsOf(workspace, 'catalog'))
  const named = workspace.object('catalogs')
  for (const name of named?.keys() ?? []) if (named !== undefined) catalogs.set(name, textsOf(named, name))
  return catalogs
}

function readBuilds(home: (key: string) => Fields | undefined): BuildSettings {
  const allowed = home('allowBuilds')?.object('allowBuilds')
  return {
    only: home('onlyBuiltDependencies')?.texts('onlyBuiltDependencies'),
    never: home('neverBuiltDependencies')?.texts('neverBuiltDependencies'),
    ignored: home('ignoredBuiltDependencies')?.texts('ignoredBuiltDependencies'),
    // pnpm itself writes a sentence where somebody still has to decide.
    allow: allowed && new Map(allowed.keys().map((key) => [key, allowed.raw(key) === true])),
    all: home('dangerouslyAllowAllBuilds')?.boolean('dangerouslyAllowAllBuilds') === true,
  }
}

function readSupported(fields: Fields | undefined): ReadonlyMap<string, readonly string[]> {
  const supported = new Map<string, readonly string[]>()
  const object = fields?.object('supportedArchitectures')
  for (const dimension of ['os', 'cpu', 'libc']) {
    const words = object?.texts(dimension)
    if (words !== undefined) supported.set(dimension, words)
  }
  return supported
}
