/** The manifests that yarn reads besides yarn.lock: the project's, those of its workspace, and those of `file:` and `link:` directories. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { isPackageName, isVersion } from '../../package-name.ts'
import { loadManifest, needManifest } from '../project-files.ts'
import { findMembers } from '../workspaces.ts'
import { tidyAsks } from './asks.ts'
import type { Asks } from './asks.ts'
import { readResolutions } from './resolutions.ts'
import type { Resolution } from './resolutions.ts'

export interface YarnProject {
  readonly root: YarnManifest
  /** By name, in the order of the patterns. */
  readonly members: ReadonlyMap<string, YarnManifest>
  readonly hasWorkspace: boolean
  readonly resolutions: readonly Resolution[]
}

export interface YarnManifest {
  /** Directory, '' for the project. */
  readonly dir: string
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly asks: Required<Asks>
  readonly peers: readonly (readonly [name: string, range: string])[]
  readonly nohoist: readonly string[]
  readonly hasInstallScript: boolean
  readonly fields: Fields
}

export interface Loading {
  readonly context: ReadContext
  readonly report: (problem: Problem) => void
  readonly warn: (problem: Problem) => void
}

/** undefined when there is no package.json, or a broken one; then that is reported. */
export function loadProject(loading: Loading): YarnProject | undefined {
  const root = needManifest('', loading, { read: (fields) => readManifest(fields, ''), relock: 'yarn install' })
  if (root === undefined) return undefined
  const patterns = workspacePatterns(root.fields)
  if (patterns.length > 0 && root.fields.boolean('private') !== true) {
    const message = 'package.json has workspaces and is not private: yarn refuses it'
    const hint = 'add "private": true to package.json'
    loading.report({ code: 'manifest-mismatch', message, where: root.fields.where('workspaces'), hint })
  }
  refusePnp(root.fields, loading)
  return {
    root,
    members: loadMembers(patterns, loading),
    hasWorkspace: patterns.length > 0,
    resolutions:
      root.fields.raw('resolutions') === undefined
        ? []
        : readResolutions(root.fields.object('resolutions')?.entriesOfText() ?? []),
  }
}

function refusePnp(fields: Fields, { report }: Loading): void {
  const config = fields.raw('installConfig') === undefined ? undefined : fields.object('installConfig')
  if (config?.raw('pnp') !== true) return
  const message = 'Plug’n’Play trees of yarn 1 are not made'
  const hint = 'remove "pnp" from installConfig, or let Yarn 2 or later install the project'
  report({ code: 'source-unsupported', message, where: config.where('pnp'), hint })
}

function loadMembers(patterns: readonly string[], loading: Loading): ReadonlyMap<string, YarnManifest> {
  const members = new Map<string, YarnManifest>()
  for (const dir of findMembers(patterns, loading.context.files)) {
    const member = findManifest(dir, loading)
    if (member === undefined) continue
    const { name, version, fields } = member
    const at = { where: fields.where(), hint: 'give it a name and a version' }
    if (name === undefined || version === undefined) {
      const message = `${shown(dir)} has no ${name === undefined ? 'name' : 'version'}, so it is no member of the workspace`
      loading.warn({ code: 'manifest-mismatch', message, ...at })
      continue
    }
    const other = members.get(name)
    if (other !== undefined) {
      const message = `${shown(dir)} and ${shown(other.dir)} have the same name, ${shown(name)}`
      loading.report({ code: 'manifest-mismatch', message, where: fields.where('name'), hint: 'rename one of the two' })
    } else if (!isPackageName(name) || !isVersion(version)) {
      const message = `${shown(`${name}@${version}`)} is not a name and a version that yarn accepts`
      loading.report({ code: 'name-invalid', message, ...at })
    } else members.set(name, member)
  }
  return members
}

/** undefined when it is not there, or broken (which is reported). */
export function findManifest(dir: string, loading: Loading): YarnManifest | undefined {
  return loadManifest(dir, loading, (fields) => readManifest(fields, dir))
}

function readManifest(fields: Fields, dir: string): YarnManifest {
  const scripts = fields.raw('scripts') === undefined ? undefined : fields.object('scripts')
  return {
    dir,
    name: fields.text('name'),
    version: fields.text('version'),
    asks: tidyAsks({
      dependencies: readRanges(fields, 'dependencies'),
      optionalDependencies: readRanges(fields, 'optionalDependencies'),
      devDependencies: readRanges(fields, 'devDependencies'),
    }),
    peers: readRanges(fields, 'peerDependencies'),
    nohoist: readNohoist(fields),
    hasInstallScript: ['preinstall', 'install', 'postinstall'].some((event) => scripts?.has(event) === true),
    fields,
  }
}

function readRanges(fields: Fields, key: string): readonly (readonly [string, string])[] {
  const value = fields.raw(key)
  // Old manifests have an empty list for "none".
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return []
  return fields.object(key)?.entriesOfText() ?? []
}

function workspacePatterns(fields: Fields): readonly string[] {
  const value = fields.raw('workspaces')
  if (value === undefined) return []
  if (Array.isArray(value)) return fields.texts('workspaces') ?? []
  const inside = fields.object('workspaces')
  return inside?.has('packages') === true ? (inside.texts('packages') ?? []) : []
}

/** Of private manifests only. */
function readNohoist(fields: Fields): readonly string[] {
  const value = fields.raw('workspaces')
  if (value === undefined || Array.isArray(value) || fields.raw('private') !== true) return []
  const inside = fields.object('workspaces')
  return inside?.has('nohoist') === true ? (inside.texts('nohoist') ?? []) : []
}
