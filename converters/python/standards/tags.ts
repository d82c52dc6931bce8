/**
 * The tags of wheels that a target can use, the best first: PEP 425, 600 (manylinux), 656 (musllinux), 703 (free-threaded), in the
 * order of PyPA's `packaging`, which is pip's (https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/).
 */
import { DEFAULT_GLIBC, DEFAULT_MACOS, getPlatform, parsePythonVersion, type Target } from './target.ts'

type Numbers = readonly [major: number, minor: number]

/** `cp312-cp312-manylinux_2_40_x86_64` and so on, each once. */
export function supportedTags(target: Target): readonly string[] {
  const { native, pure } = tagPairs(target)
  const platforms = platformTags(target)
  return [
    ...native.flatMap((pair) => platforms.map((platform) => `${pair}-${platform}`)),
    ...pure.map((pair) => `${pair}-any`),
  ]
}

/** A compressed set: every pair of interpreter and ABI (`cp310-abi3`) on every platform. */
export interface TagSet {
  readonly pairs: readonly string[]
  readonly platforms: readonly string[]
}

/** For each target the place of the best tag of a set in the order of its tags; Infinity where it can use none of them. */
export type RankTags = (tags: TagSet) => readonly number[]

/** A target has a thousand tags, which are never made for this. */
export function tagRanker(targets: readonly Target[]): RankTags {
  // All Pythons of a system have the same platforms, and a Python the same interpreters and ABIs on all of them: each is looked at once.
  const systems = new Map<string, SystemRank>()
  const pythons = new Map<string, PythonRank>()
  const ranks = targets.map((target) => ({
    system: once(systems, systemKey(target), () => new SystemRank(target)),
    python: once(pythons, pythonKey(target), () => new PythonRank(target)),
  }))
  return (tags) => {
    systems.forEach((system) => system.look(tags))
    pythons.forEach((python) => python.look(tags))
    const isAny = tags.platforms.includes('any')
    return ranks.map(({ system, python }) => {
      const own = python.native * system.size + system.platform
      return isAny ? Math.min(own, python.size * system.size + python.pure) : own
    })
  }
}

function systemKey({ system, glibc, musl, macos }: Target): string {
  return JSON.stringify([system, glibc, musl, macos])
}

function pythonKey({ python, implementation, freeThreaded }: Target): string {
  return JSON.stringify([python, implementation, freeThreaded])
}

function once<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make()
  known.set(key, found)
  return found
}

type Places = ReadonlyMap<string, number>

class SystemRank {
  readonly size: number
  /** Of the set that was looked at last. */
  platform = Infinity
  private readonly platforms: Places

  constructor(target: Target) {
    this.platforms = placesOf(platformTags(target))
    this.size = this.platforms.size
  }

  look({ platforms }: TagSet): void {
    this.platform = lowest(platforms, this.platforms)
  }
}

class PythonRank {
  readonly size: number
  /** Both of the set that was looked at last. */
  native = Infinity
  pure = Infinity
  private readonly nativePairs: Places
  private readonly purePairs: Places

  constructor(target: Target) {
    const { native, pure } = tagPairs(target)
    this.nativePairs = placesOf(native)
    this.purePairs = placesOf(pure)
    this.size = this.nativePairs.size
  }

  look({ pairs }: TagSet): void {
    this.native = lowest(pairs, this.nativePairs)
    this.pure = lowest(pairs, this.purePairs)
  }
}

function placesOf(names: readonly string[]): Places {
  return new Map(names.map((name, index) => [name, index]))
}

function lowest(names: readonly string[], places: Places): number {
  let best = Infinity
  for (const name of names) best = Math.min(best, places.get(name) ?? Infinity)
  return best
}

/** Interpreter and ABI, the best first: with a platform of the target behind them, and then with any. */
interface TagPairs {
  readonly native: readonly string[]
  readonly pure: readonly string[]
}

function tagPairs(target: Target): TagPairs {
  const python = parsePythonVersion(target.python)
  const interpreter = target.implementation === 'pypy' ? 'pp3' : interpreterTag(target, python)
  const pure = purePairs(python)
  return { native: [...interpreterPairs(target, python), ...pure], pure: [`${interpreter}-none`, ...pure] }
}

/** The third part of the tags, the best first. */
export function platformTags(target: Target): readonly string[] {
  const { os, machine } = getPlatform(target.system)
  if (os === 'darwin') return macTags(target.macos ?? DEFAULT_MACOS, machine)
  const own = [`linux_${machine}`]
  if (target.musl !== undefined) return [...own, ...muslTags(target.musl, machine)]
  return [...own, ...glibcTags(target.glibc ?? DEFAULT_GLIBC, machine)]
}

function interpreterPairs(target: Target, python: Numbers): readonly string[] {
  const interpreter = interpreterTag(target, python)
  if (target.implementation === 'pypy') {
    // 7.3: PyPy's ABI has this version since 2019.
    return [`${interpreter}-pypy${python.join('')}_pp73`, `${interpreter}-none`]
  }
  const isFree = target.freeThreaded === true
  const own = `${interpreter}${isFree ? 't' : ''}${isBefore(python, [3, 8]) ? 'm' : ''}`
  const stable = isFree ? 'abi3t' : 'abi3'
  if (isBefore(python, [3, 2])) return [`${interpreter}-${own}`, `${interpreter}-none`]
  const older = countDown(python[1] - 1, 2).map((minor) => `cp${python[0]}${minor}-${stable}`)
  return [`${interpreter}-${own}`, `${interpreter}-${stable}`, `${interpreter}-none`, ...older]
}

/** Whatever has no ABI: it runs on every Python of the same major version that is not older. */
function purePairs([major, minor]: Numbers): readonly string[] {
  return [`${major}${minor}`, `${major}`, ...countDown(minor - 1, 0).map((older) => `${major}${older}`)].map(
    (version) => `py${version}-none`,
  )
}

function interpreterTag({ implementation }: Target, python: Numbers): string {
  return `${implementation === 'pypy' ? 'pp' : 'cp'}${python.join('')}`
}

const MANYLINUX_MACHINES = new Set([
  'x86_64',
  'aarch64',
  'i686',
  'armv7l',
  'ppc64',
  'ppc64le',
  's390x',
  'loongarch64',
  'riscv64',
])

/** manylinux1, 2010 and 2014 are other names of a glibc version. */
const legacyManylinux: ReadonlyMap<number, string> = new Map([
  [17, 'manylinux2014'],
  [12, 'manylinux2010'],
  [5, 'manylinux1'],
])

function glibcTags([major, minor]: Numbers, machine: string): readonly string[] {
  if (major !== 2 || !MANYLINUX_MACHINES.has(machine)) return []
  const oldest = machine === 'x86_64' || machine === 'i686' ? 5 : 17
  return countDown(minor, oldest).flatMap((version) => {
    const legacy = legacyManylinux.get(version)
    return [`manylinux_2_${version}_${machine}`, ...(legacy === undefined ? [] : [`${legacy}_${machine}`])]
  })
}

function muslTags([major, minor]: Numbers, machine: string): readonly string[] {
  return countDown(minor, 0).map((version) => `musllinux_${major}_${version}_${machine}`)
}

/** From macOS 11 on the major version counts up every year; before, the minor one did. */
function macTags(version: Numbers, machine: string): readonly string[] {
  if (isBefore(version, [11, 0]))
    return countDown(version[1], 0).flatMap((minor) => macFormats([10, minor], machine, macBinaries))
  const recent = countDown(version[0], 11).flatMap((major) => macFormats([major, 0], machine, macBinaries))
  // On arm64 nothing is older than macOS 11, but a universal2 file is named after its x86_64 half.
  const binaries = machine === 'x86_64' ? macBinaries : () => ['universal2']
  return [...recent, ...countDown(16, 4).flatMap((minor) => macFormats([10, minor], machine, binaries))]
}

function macFormats(
  version: Numbers,
  machine: string,
  binaries: (version: Numbers, machine: string) => readonly string[],
): readonly string[] {
  return binaries(version, machine).map((format) => `macosx_${version.join('_')}_${format}`)
}

function macBinaries(version: Numbers, machine: string): readonly string[] {
  if (machine !== 'x86_64') return [machine, 'universal2']
  return isBefore(version, [10, 4]) ? [] : [machine, 'intel', 'fat64', 'fat3', 'universal2', 'universal']
}

function isBefore(version: Numbers, bound: Numbers): boolean {
  return version[0] < bound[0] || (version[0] === bound[0] && version[1] < bound[1])
}

/** 3, 1 → [3, 2, 1]; nothing when the first is smaller. */
function countDown(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, index) => from - index)
}
