/**
 * What packages need of the system when they are built from source: the table that python.nix takes from nixpkgs, as words for whoever
 * builds without Nix.
 */
import table from './build/native-libraries.json' with { type: 'json' }

/** A list entry is `attribute`, or `this or that`; with `?` at the end it may be missing. `env`: templates, `${attribute}/include`. */
export interface NativeNeeds {
  readonly nativeBuildInputs?: readonly string[]
  readonly buildInputs?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Packages of Debian that have the same. */
  readonly debian?: readonly string[]
}

/** By PEP 503 name. */
export const nativeLibraries: ReadonlyMap<string, NativeNeeds> = new Map<string, NativeNeeds>(Object.entries(table))

export interface FailedBuild {
  /** PEP 503 name. */
  readonly name: string
  readonly backend: string | undefined
  /** PEP 503 names of what it was built with. */
  readonly needs: readonly string[]
}

/** What may have been missing; undefined: nothing is known of it. */
export function nativeHint({ name, backend, needs }: FailedBuild): string | undefined {
  const isRust = backend === 'maturin' || needs.some((need) => ['maturin', 'setuptools-rust'].includes(need))
  if (isRust) return `${name} is written in Rust, whose crates no lock file of Python names: ${release}`
  const { buildInputs = [], debian } = nativeLibraries.get(name) ?? {}
  const libraries = buildInputs.filter((each) => !each.endsWith('?')).map((each) => each.replace(/ or .*/, ''))
  if (debian === undefined && libraries.length === 0) return undefined
  const install = debian === undefined ? '' : ` (Debian, Ubuntu: \`apt-get install ${debian.join(' ')}\`)`
  const what = libraries.length === 0 ? 'tools' : `${libraries.join(', ')} with headers`
  return `to be built from source, ${name} needs ${what} on this machine${install}; or ${release}`
}

const release = 'lock a release that has a wheel for this Python'
