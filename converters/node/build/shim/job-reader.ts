/** Job files as typed values. They are written by our own tools, so a wrong type is reported without ceremony. */
import type { InstallJob, PackageJob, PackageOverride } from '../job.ts'
import { fail } from './failure.ts'
import { isRecord, listAt, loadRecord, recordAt, textAt, textsAt } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'

export function loadInstallJob(file: string): InstallJob {
  return readInstallJob(loadRecord(file), file)
}

/** `file`: for messages. */
export function readInstallJob(job: JsonRecord, file: string): InstallJob {
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
    sealed: job['sealed'] === true,
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

function workersOf(job: JsonRecord): number {
  return typeof job['workers'] === 'number' ? job['workers'] : 1
}

function text(job: JsonRecord, key: string, file: string): string {
  return textAt(job, key) ?? fail(`${file}: "${key}" must be a text.`)
}

/** Keeps keys such as `__proto__` as ordinary members. */
function overridesOf(job: JsonRecord): Readonly<Record<string, PackageOverride>> {
  return Object.fromEntries(
    Object.entries(recordAt(job, 'overrides')).map(([key, value]) => [key, overrideOf(isRecord(value) ? value : {})]),
  )
}

function overrideOf(override: JsonRecord): PackageOverride {
  return {
    ...(typeof override['scripts'] === 'boolean' ? { scripts: override['scripts'] } : {}),
    ...optional('patches', listAt(override, 'patches')),
    ...optional('preInstall', textAt(override, 'preInstall')),
    ...(isRecord(override['env']) ? { env: textsAt(override, 'env') } : {}),
  }
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  const member: { [key in K]?: T } = {}
  if (value !== undefined) member[key] = value
  return member
}
