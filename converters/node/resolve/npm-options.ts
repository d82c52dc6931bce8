/**
 * npm's configuration as options of its resolver: those that change what is resolved, and those that say how archives are
 * fetched. Names, types and defaults are npm 11's own: https://docs.npmjs.com/cli/v11/using-npm/config
 */
import { join } from 'node:path'
import { fail, shown } from '../../../src/problem.ts'
import type { ResolveRequest, ResolveWorld } from '../../../src/model/resolver.ts'
import { collectNpmSettings, readNpmConfig } from '../npmrc.ts'
import type { NpmSetting } from '../npmrc.ts'

/** The npm that the resolver is taken from: `engines.npm` of packages is compared with it. */
export const NPM_VERSION = '11.21.2'

export type NpmOptions = Readonly<Record<string, unknown>>

const flags = {
  'legacy-peer-deps': 'legacyPeerDeps',
  'strict-peer-deps': 'strictPeerDeps',
  'install-links': 'installLinks',
  'prefer-dedupe': 'preferDedupe',
  'engine-strict': 'engineStrict',
  force: 'force',
  'omit-lockfile-registry-resolved': 'omitLockfileRegistryResolved',
  'include-workspace-root': 'includeWorkspaceRoot',
  workspaces: 'workspacesEnabled',
  'strict-ssl': 'strictSSL',
} as const

const texts = {
  os: 'os',
  cpu: 'cpu',
  libc: 'libc',
  tag: 'defaultTag',
  'install-strategy': 'installStrategy',
  'replace-registry-host': 'replaceRegistryHost',
  'allow-git': 'allowGit',
  'allow-remote': 'allowRemote',
  'allow-file': 'allowFile',
  'allow-directory': 'allowDirectory',
  proxy: 'proxy',
  'https-proxy': 'httpsProxy',
  noproxy: 'noProxy',
  'local-address': 'localAddress',
  cert: 'cert',
  key: 'key',
} as const

/** Throws `config-invalid`. Holds secrets: it goes to the resolver and nowhere else. */
export function npmOptions(request: ResolveRequest, world: ResolveWorld): NpmOptions {
  const settings = collectNpmSettings(request)
  const { registries, secrets, cafile } = readNpmConfig(request)
  const valueOf = (key: string): string | undefined => settings.get(key)?.value
  return {
    ...pick(flags, (key) => mapped(valueOf(key), isOn)),
    ...pick(texts, valueOf),
    ...deprecatedStrategy(valueOf),
    registry: registries.main,
    ...Object.fromEntries([...registries.scopes].map(([scope, url]) => [`${scope}:registry`, url])),
    ...Object.fromEntries(secrets),
    ...(cafile === undefined ? {} : { ca: certificates(world.readConfigured(cafile)) }),
    ...(request.isGlobal === true
      ? { path: world.scratch, global: true, installStrategy: 'shallow' }
      : { path: request.directory }),
    cache: join(world.cache(), 'npm'),
    offline: request.offline,
    before: beforeOf(settings, request, world),
    minReleaseAgeExclude: listOf(settings.get('min-release-age-exclude')),
    workspaces: settings.get('workspace')?.values ?? [],
    lockfileVersion: lockfileVersion(settings.get('lockfile-version')),
    formatPackageLock: mapped(valueOf('format-package-lock'), isOn) ?? true,
    omit: [...request.omit, ...(settings.get('omit')?.values ?? [])],
    npmVersion: NPM_VERSION,
    nodeVersion: process.version,
    packageLock: true,
    packageLockOnly: true,
    save: true,
    // No code of a package runs; git is kept from transports that run commands.
    ignoreScripts: true,
    env: gitEnvironment(request.environment),
    audit: false,
    retry: { retries: 4, factor: 2, minTimeout: 500, maxTimeout: 8000 },
  }
}

function pick<T>(names: Readonly<Record<string, string>>, find: (key: string) => T | undefined): NpmOptions {
  return Object.fromEntries(
    Object.entries(names).flatMap(([key, option]) => {
      const value = find(key)
      return value === undefined ? [] : [[option, value]]
    }),
  )
}

function mapped<T>(value: string | undefined, map: (value: string) => T): T | undefined {
  return value === undefined ? undefined : map(value)
}

/** As nopt reads it. */
function isOn(value: string): boolean {
  const number = Number(value)
  return Number.isNaN(number) ? value !== 'null' && value !== 'false' : number !== 0
}

function deprecatedStrategy(valueOf: (key: string) => string | undefined): NpmOptions {
  if (mapped(valueOf('legacy-bundling'), isOn) === true) return { installStrategy: 'nested' }
  return mapped(valueOf('global-style'), isOn) === true ? { installStrategy: 'shallow' } : {}
}

/** `--before` counts, then the nearest source that says `before` or `min-release-age`; the former, where one says both. */
function beforeOf(
  settings: ReadonlyMap<string, NpmSetting>,
  { before }: ResolveRequest,
  { clock }: ResolveWorld,
): Date | null {
  if (before !== undefined) return before
  const date = settings.get('before')
  const age = settings.get('min-release-age')
  const nearest = [...settings.values()].findLast((setting) => setting === date || setting === age)
  if (nearest === undefined || nearest.value === 'null') return null
  if (nearest === age && sourceOf(age) !== sourceOf(date)) {
    const days = Number(age.value)
    if (Number.isNaN(days)) failSetting(age, 'is not a number of days', 'write it as min-release-age=7')
    return days === 0 ? null : clock.daysAgo(days)
  }
  const text = date?.value ?? ''
  return clock.parse(text) ?? failSetting(nearest, 'is not a date', 'write it as before=2026-01-31')
}

function sourceOf(setting: NpmSetting | undefined): string | undefined {
  return setting?.where.file.replace(/^npm_config_.*/s, 'environment')
}

/** Items may pack several names, separated by commas. */
function listOf(setting: NpmSetting | undefined): readonly string[] {
  const items = (setting?.values ?? []).flatMap((value) => value.split(','))
  return [...new Set(items.map((item) => item.trim()).filter((item) => item !== ''))]
}

function lockfileVersion(setting: NpmSetting | undefined): 1 | 2 | 3 | null {
  if (setting === undefined || setting.value === 'null') return null
  const version = Number(setting.value)
  if (version === 1 || version === 2 || version === 3) return version
  return failSetting(setting, 'is no version of package-lock.json', 'write lockfile-version=3 (1 and 2 exist, too)')
}

function failSetting({ value, where }: NpmSetting, what: string, hint: string): never {
  fail({ code: 'config-invalid', message: `${shown(value)} ${what}`, where, hint })
}

function certificates(text: string): readonly string[] {
  const end = '-----END CERTIFICATE-----'
  const parts = text.split(end).filter((part) => part.trim() !== '')
  return parts.map((part) => part.trimStart() + end)
}

function gitEnvironment(environment: ResolveRequest['environment']): ResolveRequest['environment'] {
  return {
    GIT_ASKPASS: 'echo',
    ...environment,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  }
}
