/** Job files and the spec as typed values. They are written by our own tools, so a wrong type is reported without ceremony. */
import type { PlaceFlag } from '../../../../src/model/lock.ts'
import type { SpecSource } from '../../../../src/spec/build-spec.ts'
import { isManagerName } from '../../node-plan.ts'
import type { LocalPlan, ManagerPlan, NodePlan, PlacePlan } from '../../node-plan.ts'
import type { InstallJob, PackageJob, PackageOverride } from '../job.ts'
import { fail } from './failure.ts'
import { isRecord, listAt, loadRecord, recordAt, textAt, textsAt } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'

/** The node part of a spec. */
export interface NodeSpec {
  readonly name: string
  readonly version: string | undefined
  readonly sources: Readonly<Record<string, SpecSource>>
  readonly plan: NodePlan
}

export function loadInstallJob(file: string): InstallJob {
  const job = loadRecord(file)
  const shebangs = text(job, 'shebangs', file)
  if (shebangs !== 'patched' && shebangs !== 'pristine') fail(`${file}: shebangs must be "patched" or "pristine".`)
  return {
    spec: text(job, 'spec', file),
    system: text(job, 'system', file),
    omit: listAt(job, 'omit') ?? [],
    sources: textsAt(job, 'sources'),
    replaced: listAt(job, 'replaced') ?? [],
    manifests: textsAt(job, 'manifests'),
    patches: textsAt(job, 'patches'),
    files: textsAt(job, 'files'),
    directories: textsAt(job, 'directories'),
    overrides: overridesOf(job),
    ...optional('manager', textAt(job, 'manager')),
    shebangs,
    npm: text(job, 'npm', file),
    nodedir: text(job, 'nodedir', file),
    npmFlags: listAt(job, 'npmFlags') ?? [],
    workers: workersOf(job),
    work: text(job, 'work', file),
    out: text(job, 'out', file),
    ...optional('tool', textAt(job, 'tool')),
    ...optional('path', listAt(job, 'path')),
    keepNpmFiles: job['keepNpmFiles'] === true,
    ...optional('unpacked', textAt(job, 'unpacked')),
    ...(job['scripts'] === 'refused' ? { scripts: 'refused' } : {}),
    ...(job['check'] === 'own' ? { check: 'own' } : {}),
  }
}

export function loadPackageJob(file: string): PackageJob {
  const job = loadRecord(file)
  return {
    spec: text(job, 'spec', file),
    src: text(job, 'src', file),
    modules: text(job, 'modules', file),
    productionModules: text(job, 'productionModules', file),
    buildScript: textAt(job, 'buildScript') ?? null,
    member: textAt(job, 'member') ?? null,
    omit: listAt(job, 'omit') ?? [],
    installScripts: job['installScripts'] !== false,
    env: textsAt(job, 'env'),
    ...optional('manager', textAt(job, 'manager')),
    shebangs: textAt(job, 'shebangs') === 'pristine' ? 'pristine' : 'patched',
    npm: text(job, 'npm', file),
    nodedir: text(job, 'nodedir', file),
    npmFlags: listAt(job, 'npmFlags') ?? [],
    workers: workersOf(job),
    work: text(job, 'work', file),
    out: text(job, 'out', file),
  }
}

/** Reads spec.json and takes its node part. */
export function loadNodeSpec(file: string): NodeSpec {
  const spec = loadRecord(file)
  if (spec['lock2build'] !== 1) fail(`${file} is not a spec of this version: run lock2build again.`)
  const part = recordAt(recordAt(spec, 'ecosystems'), 'node')
  const plan = recordAt(part, 'plan')
  const project = recordAt(part, 'project')
  return {
    name: textAt(project, 'name') ?? '',
    version: textAt(project, 'version'),
    sources: mapRecords(recordAt(part, 'sources'), (source) => sourceOf(source, file)),
    plan: {
      places: mapRecords(recordAt(plan, 'places'), placeOf),
      local: mapRecords(recordAt(plan, 'local'), localOf),
      ...(plan['conditions'] === 'from-manifests' ? { conditions: 'from-manifests' } : {}),
      ...(plan['scripts'] === 'from-manifests' ? { scripts: 'from-manifests' } : {}),
      ...(plan['legacyPeerDeps'] === true ? { legacyPeerDeps: true } : {}),
      ...(isRecord(plan['manager']) ? { manager: managerOf(plan['manager'], file) } : {}),
    },
  }
}

function workersOf(job: JsonRecord): number {
  return typeof job['workers'] === 'number' ? job['workers'] : 1
}

function text(job: JsonRecord, key: string, file: string): string {
  return textAt(job, key) ?? fail(`${file}: "${key}" must be a text.`)
}

/** Keeps keys such as `__proto__` as ordinary members. */
function mapRecords<T>(records: JsonRecord, map: (record: JsonRecord) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(records).map(([key, value]) => [key, map(isRecord(value) ? value : {})]))
}

function overridesOf(job: JsonRecord): Readonly<Record<string, PackageOverride>> {
  return mapRecords(recordAt(job, 'overrides'), (override) => ({
    ...(typeof override['scripts'] === 'boolean' ? { scripts: override['scripts'] } : {}),
    ...optional('patches', listAt(override, 'patches')),
    ...optional('preInstall', textAt(override, 'preInstall')),
    ...(isRecord(override['env']) ? { env: textsAt(override, 'env') } : {}),
  }))
}

function sourceOf(source: JsonRecord, file: string): SpecSource {
  const name = textAt(source, 'name') ?? ''
  const urls = listAt(source, 'urls')
  const git = textAt(source, 'git')
  const path = textAt(source, 'path')
  const hash = textAt(source, 'hash')
  if (urls !== undefined) return { name, urls, hash: hash ?? '', ...optional('claim', textAt(source, 'claim')) }
  if (git !== undefined) {
    return {
      name,
      git,
      rev: text(source, 'rev', file),
      hash: hash ?? '',
      ...optional('subdir', textAt(source, 'subdir')),
    }
  }
  if (path !== undefined) return { name, path, ...optional('hash', hash) }
  return fail(`${file}: the source ${JSON.stringify(name)} is of no known kind.`)
}

function placeOf(place: JsonRecord): PlacePlan {
  const engines = textsAt(place, 'engines')
  return {
    ...optional('source', textAt(place, 'source')),
    ...optional('link', textAt(place, 'link')),
    ...optional('copy', textAt(place, 'copy')),
    ...(place['bundled'] === true ? { bundled: true } : {}),
    ...optional('flags', listAt(place, 'flags')?.filter(isFlag)),
    ...optional('systems', listAt(place, 'systems')),
    ...(Object.keys(engines).length === 0 ? {} : { engines }),
    ...optional('takes', listAt(place, 'takes')),
    ...(place['scripts'] === true ? { scripts: true } : {}),
    ...optional('resolved', textAt(place, 'resolved')),
    ...optional('from', textAt(place, 'from')),
    ...optional('patches', listAt(place, 'patches')),
    ...(place['native'] === true ? { native: true } : {}),
    ...optional('peers', listAt(place, 'peers')),
  }
}

function managerOf(manager: JsonRecord, file: string): ManagerPlan {
  const name = text(manager, 'name', file)
  if (!isManagerName(name)) fail(`${file}: ${JSON.stringify(name)} is no package manager that this shim knows.`)
  const runs = recordAt(manager, 'runs')
  const packages = listAt(runs, 'packages') ?? []
  const run = textAt(runs, 'run')
  return {
    name,
    version: text(manager, 'version', file),
    ...optional('source', textAt(manager, 'source')),
    ...optional('program', textAt(manager, 'program')),
    ...(manager['installs'] === true ? { installs: true } : {}),
    ...(manager['buildsLater'] === true ? { buildsLater: true } : {}),
    ...optional('files', listAt(manager, 'files')),
    ...optional('settings', listAt(manager, 'settings')),
    ...(run === 'none' ? { runs: { run } } : {}),
    ...(run === 'only' || run === 'but' ? { runs: { run, packages } } : {}),
  }
}

function localOf(local: JsonRecord): LocalPlan {
  return {
    ...optional('name', textAt(local, 'name')),
    ...optional('version', textAt(local, 'version')),
    ...(local['workspace'] === true ? { workspace: true } : {}),
    ...optional('needs', listAt(local, 'needs')),
  }
}

function isFlag(flag: string): flag is PlaceFlag {
  return flag === 'dev' || flag === 'optional' || flag === 'devOptional' || flag === 'peer'
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  const member: { [key in K]?: T } = {}
  if (value !== undefined) member[key] = value
  return member
}
