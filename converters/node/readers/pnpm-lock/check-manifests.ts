/**
 * Would `pnpm install --frozen-lockfile` take this lock file? It compares what each package.json asks for, word by word, with what
 * the lock file says was asked for, and the settings that the lock file records.
 */
import { posix } from 'node:path'
import { shown } from '../../../../src/problem.ts'
import type { Problem, Where } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { textsOf } from './lock-file.ts'
import type { Importer, PnpmLock, Texts } from './lock-file.ts'
import { matcherOf } from './hoisting.ts'
import type { PnpmSettings } from './settings.ts'

export interface Checking {
  readonly lock: PnpmLock
  readonly settings: PnpmSettings
  /** Manifests of the project ('') and its members, by directory. */
  readonly manifests: ReadonlyMap<string, Fields>
  readonly report: (problem: Problem) => void
}

const HINT = 'pnpm install --lockfile-only'

/** Reports `manifest-mismatch` for each difference. A pnpmfile may change manifests, so with one they are not compared. */
export function checkManifests(checking: Checking): void {
  const { lock, settings, manifests, report } = checking
  checkSettings(lock, settings, report)
  const overrides = effectiveOverrides(lock, checking)
  if (lock.root.has('pnpmfileChecksum')) return
  for (const [path, manifest] of manifests) {
    const importer = lock.importers.get(path)
    const asked = readAsked(manifest, { settings, lock })
    if (importer === undefined) {
      if (asked.size > 0) reportMissing(path, manifest, checking)
      continue
    }
    compare(asked, importer, { manifest, overrides: seenFrom(path, overrides), report, settings })
  }
}

function reportMissing(path: string, manifest: Fields, { lock, report }: Checking): void {
  const message = `the workspace member ${shown(path)} is not in ${lock.file}`
  report({ code: 'manifest-mismatch', message, where: manifest.where(), hint: HINT })
}

function checkSettings({ root }: PnpmLock, settings: PnpmSettings, report: Checking['report']): void {
  const locked = root.object('settings')
  for (const name of ['autoInstallPeers', 'excludeLinksFromLockfile', 'injectWorkspacePackages'] as const) {
    const value = locked?.boolean(name)
    if (value === undefined || value === settings[name]) continue
    report({
      code: 'manifest-mismatch',
      message: `the lock file was made with ${name} ${value}, and the settings say ${settings[name]}`,
      where: locked?.where(name),
      hint: HINT,
    })
  }
}

/** Those of the lock file, which pnpm has applied; and they must be those of the project. */
function effectiveOverrides({ root }: PnpmLock, { settings, manifests, report }: Checking): Texts {
  const locked = textsOf(root, 'overrides')
  const wanted = settings.overrides.value
  const project = manifests.get('')
  const resolutions = project === undefined ? new Map<string, string>() : looseTexts(project, 'resolutions')
  const resolve = (value: string): readonly string[] => [value, ...resolved(value, { project, settings })]
  for (const [selector, value] of wanted) {
    const found = locked.get(selector)
    if (found !== undefined && resolve(value).includes(found)) continue
    reportOverride(selector, settings.overrides.where, report)
  }
  for (const selector of locked.keys()) {
    if (!wanted.has(selector) && !resolutions.has(selector)) reportOverride(selector, root.where('overrides'), report)
  }
  return locked
}

function reportOverride(selector: string, where: Where, report: Checking['report']): void {
  const message = `the override of ${shown(selector)} is not the same in the lock file and in the settings`
  report({ code: 'manifest-mismatch', message, where, hint: HINT })
}

/** `$name` means the project's own range of it, `catalog:` the catalog's. */
function resolved(
  value: string,
  { project, settings }: { readonly project: Fields | undefined; readonly settings: PnpmSettings },
): readonly string[] {
  if (value.startsWith('$') && project !== undefined) {
    const name = value.slice(1)
    return fieldsOfKinds.flatMap((field) => looseTexts(project, field).get(name) ?? [])
  }
  if (!value.startsWith('catalog:')) return []
  return [...settings.catalogs.values()].flatMap((catalog) => [...catalog.values()])
}

const fieldsOfKinds = ['devDependencies', 'dependencies', 'optionalDependencies'] as const

type Asked = ReadonlyMap<string, { readonly range: string; readonly field: string }>

interface AskedOptions {
  readonly settings: PnpmSettings
  readonly lock: PnpmLock
}

/** The last field that has a name decides: optional, then prod, then dev; peers are installed where the settings say so. */
function readAsked(manifest: Fields, { settings, lock }: AskedOptions): Asked {
  const asked = new Map<string, { range: string; field: string }>()
  const isIgnored = matcherOf(settings.ignoredOptionalDependencies)
  const addPeers = lock.root.object('settings')?.boolean('autoInstallPeers') ?? settings.autoInstallPeers
  for (const field of fieldsOfKinds) {
    for (const [name, range] of looseTexts(manifest, field)) {
      if (field === 'optionalDependencies' && isIgnored(name)) asked.delete(name)
      else asked.set(name, { range, field })
    }
  }
  if (addPeers) {
    for (const [name, range] of looseTexts(manifest, 'peerDependencies')) {
      if (!asked.has(name)) asked.set(name, { range, field: 'dependencies' })
    }
  }
  return asked
}

interface Comparing {
  readonly manifest: Fields
  readonly overrides: Texts
  readonly settings: PnpmSettings
  readonly report: (problem: Problem) => void
}

function compare(asked: Asked, importer: Importer, { manifest, overrides, settings, report }: Comparing): void {
  const locked = new Map(importer.asks.map((ask) => [ask.alias, ask]))
  for (const [name, { range, field }] of asked) {
    const ask = locked.get(name)
    locked.delete(name)
    if (range.startsWith('link:') && (ask === undefined || settings.excludeLinksFromLockfile)) continue
    if (ask?.specifier === range && kindOf[field] === ask.kind) continue
    if (isOverridden(name, ask?.specifier, overrides)) continue
    const where = manifest.object(field)?.where(name) ?? manifest.where()
    report({ code: 'manifest-mismatch', message: mismatch(name, range, ask), where, hint: HINT })
  }
  for (const [name, { specifier }] of locked) {
    // Asked for by `devEngines` or `engines`.
    if (specifier?.startsWith('runtime:') === true) continue
    const message = `${shown(name)} is locked, and package.json does not ask for it`
    report({ code: 'manifest-mismatch', message, where: importer.fields.where(), hint: HINT })
  }
}

const kindOf: Readonly<Record<string, string>> = {
  devDependencies: 'dev',
  dependencies: 'prod',
  optionalDependencies: 'optional',
}

function mismatch(name: string, range: string, ask: Importer['asks'][number] | undefined): string {
  if (ask === undefined) return `package.json asks for ${shown(`${name}@${range}`)}, which the lock file does not hold`
  if (ask.specifier === range) return `${shown(name)} is locked as another kind of dependency than package.json has it`
  return `package.json asks for ${shown(`${name}@${range}`)}, and the lock file was made for ${shown(ask.specifier ?? '')}`
}

/** Where an override leads to a directory or an archive, pnpm tells each manifest how to get there from where it stands. */
function seenFrom(path: string, overrides: Texts): Texts {
  if (path === '') return overrides
  const told = (value: string): string => {
    const [, protocol, target] = /^(link:|file:)(?!\/)(.*)$/.exec(value) ?? []
    return target === undefined ? value : protocol + posix.relative(`/${path}`, posix.join('/', target))
  }
  return new Map([...overrides].map(([selector, value]) => [selector, told(value)]))
}

/** pnpm puts overrides into manifests before it compares: `-` removes, anything else replaces. */
function isOverridden(name: string, specifier: string | undefined, overrides: Texts): boolean {
  for (const [selector, value] of overrides) {
    const target = targetOf(selector)
    const bare = target.indexOf('@', 1) === -1 ? target : target.slice(0, target.indexOf('@', 1))
    if (bare === name && (specifier === undefined ? value === '-' : value === specifier)) return true
  }
  return false
}

/** `name@range` of `parent>name@range`; the `>` of a range stands behind a space, `@` or `|`. */
function targetOf(selector: string): string {
  const parent = selector.search(/[^ |@]>/)
  return parent === -1 ? selector : selector.slice(parent + 2)
}

/** What others wrote: only the texts in it count. */
function looseTexts(manifest: Fields, field: string): Texts {
  const texts = new Map<string, string>()
  const raw = manifest.raw(field)
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return texts
  for (const [name, value] of Object.entries(raw)) if (typeof value === 'string') texts.set(name, value)
  return texts
}
