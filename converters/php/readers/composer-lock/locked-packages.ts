/** `packages` and `packages-dev` of composer.lock. */
import { packageId, type Edge, type LockedPackage, type PackageId } from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import type { PhpPackage } from '../../php-plan.ts'
import { readRequirements, type Manifest } from '../manifest.ts'
import { locate } from './locate.ts'

/** A package whose edges are still being found, with what else is known of it. */
export interface PhpEntry {
  readonly entry: Fields
  readonly pkg: LockedPackage & { readonly dependencies: Edge[] }
  /** undefined: nothing of it is installed (a metapackage). */
  readonly plan: PhpPackage | undefined
  readonly isDev: boolean
  readonly isPlugin: boolean
  /** Lower case. */
  readonly require: ReadonlyMap<string, string>
  /** Names that it stands for, lower case: its own, and what it provides or replaces. */
  readonly names: readonly string[]
}

/** In the file's order. Faults are collected in the document. */
export function readPackages(root: Fields, manifest: Manifest): readonly PhpEntry[] {
  const seen = new Set<string>()
  const lists = [
    ...(root.objects('packages') ?? []).map((entry) => ({ entry, isDev: false })),
    // Composer writes null where it was told to leave them out.
    ...(root.raw('packages-dev') === null ? [] : (root.objects('packages-dev') ?? [])).map((entry) => ({
      entry,
      isDev: true,
    })),
  ]
  return lists.flatMap(({ entry, isDev }) => {
    const found = readPackage(entry, isDev, manifest)
    if (found === undefined) return []
    const name = found.pkg.name.toLowerCase()
    if (seen.has(name)) entry.addProblem('lock-inconsistent', `${shown(name)} is locked twice`, { hint: RELOCK })
    seen.add(name)
    return [found]
  })
}

const RELOCK = 'run composer update --lock, which writes the file anew'

function readPackage(entry: Fields, isDev: boolean, manifest: Manifest): PhpEntry | undefined {
  const name = readWord(entry, 'name', NAME, 'the name of a package, vendor/name')
  const version = readWord(entry, 'version', VERSION, 'a version')
  if (name === undefined || version === undefined) return undefined
  const type = entry.text('type') ?? 'library'
  const isEmpty = type === 'metapackage'
  const located = isEmpty ? undefined : locate({ entry, name, version, prefersSource: manifest.prefersSource(name) })
  if (located === undefined && !isEmpty) return undefined
  return {
    entry,
    isDev,
    isPlugin: type === 'composer-plugin' || type === 'composer-installer',
    plan: located && { name, version, ...(isDev ? { dev: isDev } : {}), ...located.plan },
    require: readRequirements(entry, 'require'),
    names: [
      name.toLowerCase(),
      ...readRequirements(entry, 'provide').keys(),
      ...readRequirements(entry, 'replace').keys(),
    ],
    pkg: {
      id: packageId(name, version),
      name,
      version,
      sources: [located?.source ?? { kind: 'bundled' }],
      dependencies: [],
      groups: [isDev ? 'dev' : 'main'],
      where: entry.where(),
    },
  }
}

/**
 * As Composer allows them (its Package/Loader/ValidatingArrayLoader.php), with the capitals of older packages. There is one way to take
 * a name apart: no text makes the expression try many.
 */
const NAME = /^[a-z0-9]+(?:[_.-][a-z0-9]+)*\/[a-z0-9]+(?:(?:[_.]|-{1,2})[a-z0-9]+)*$/i
/** Releases, and branches as `dev-feature/thing`. */
const VERSION = /^[^\u0000-\u0020\u007f-\u009f"\\]{1,200}$/u

function readWord(entry: Fields, key: string, allowed: RegExp, what: string): string | undefined {
  const text = entry.requiredText(key)
  if (text === undefined || allowed.test(text)) return text
  entry.addProblem('name-invalid', `${shown(text)} is not ${what}`, { key })
  return undefined
}

/** Who stands for a name. */
export type Providers = ReadonlyMap<string, readonly PhpEntry[]>

export function providersOf(entries: readonly PhpEntry[]): Providers {
  const providers = new Map<string, PhpEntry[]>()
  for (const each of entries) {
    for (const name of each.names) providers.set(name, [...(providers.get(name) ?? []), each])
  }
  return providers
}

/** The package of that name, or else all that provide it. */
export function targetsOf(name: string, providers: Providers): readonly PackageId[] {
  const found = providers.get(name) ?? []
  const own = found.find(({ names }) => names[0] === name)
  return own === undefined ? found.map(({ pkg }) => pkg.id) : [own.pkg.id]
}
