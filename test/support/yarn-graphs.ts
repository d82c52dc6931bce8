/** Projects of packages that need each other at random, on a registry of this machine: every rule of hoisting meets every other. */
import type { JsonObject } from '../../src/model/json.ts'
import type { LoopbackRegistry } from './loopback-registry.ts'

/** Publishes packages and gives the files of a project that needs them; the same seed, the same project. */
export function randomProject(seed: number, registry: LoopbackRegistry): Readonly<Record<string, JsonObject>> {
  const chance = new Chance(seed)
  const names = Array.from({ length: 4 + chance.below(12) }, (_, i) => (chance.one(5) ? `@s/p${i}` : `p${i}`))
  const versions = new Map(names.map((name) => [name, chance.some(['1.0.0', '1.1.0', '2.0.0', '2.1.0-rc.1'], '3.0.0')]))
  const world: World = { chance, names, versions }
  for (const [at, name] of names.entries()) {
    // No circles: with several versions in one, yarn itself does not end.
    const below = { ...world, names: names.slice(at + 1) }
    for (const version of versions.get(name) ?? []) registry.add(randomPackage(name, version, below))
  }
  for (const name of ['o0', 'o1', 'o2']) {
    for (const version of ['1.0.0', '2.0.0']) {
      const os = chance.one(2) ? [chance.of(['darwin', '!linux', 'linux'])] : undefined
      const manifest = { name, version, ...(os === undefined ? {} : { os }) }
      registry.add({ manifest })
    }
  }
  const root = {
    name: 'root',
    version: '1.0.0',
    private: true,
    dependencies: { ...randomNeeds(5, world), ...(chance.one(3) ? { alias: `npm:${exact(world)}` } : {}) },
    devDependencies: randomNeeds(3, world),
    optionalDependencies: { ...randomNeeds(2, world), o1: '*' },
    ...(chance.one(4) ? { resolutions: randomResolution(world) } : {}),
  }
  return chance.one(2) ? randomWorkspace(root, world) : { 'package.json': root }
}

interface World {
  readonly chance: Chance
  readonly names: readonly string[]
  readonly versions: ReadonlyMap<string, readonly string[]>
}

function randomPackage(name: string, version: string, world: World): { readonly manifest: PackageManifest } {
  const { chance } = world
  const peers = Object.keys(randomNeeds(2, world)).map((peer) => [peer, chance.of(['*', '^1.0.0', '>=1', '1 || 2'])])
  const manifest: PackageManifest = {
    name,
    version,
    bin: { [`bin-of-${name.replace(/\W/g, '')}`]: 'package.json', shared: 'package.json' },
    dependencies: randomNeeds(3, world),
    ...(chance.one(3) ? { optionalDependencies: { [`o${chance.below(3)}`]: chance.of(['*', '^2.0.0']) } } : {}),
    ...(chance.one(4) ? { peerDependencies: Object.fromEntries(peers) } : {}),
  }
  return { manifest }
}

type PackageManifest = { readonly name: string; readonly version: string } & JsonObject

function randomNeeds(most: number, { chance, names, versions }: World): Readonly<Record<string, string>> {
  const needs: Record<string, string> = {}
  for (let left = names.length === 0 ? 0 : chance.below(most + 1); left > 0; left -= 1) {
    const name = chance.of(names)
    const version = chance.of(versions.get(name) ?? [])
    needs[name] = chance.of([version, `^${version}`, `~${version}`, `>=${version}`])
  }
  return needs
}

function exact({ chance, names, versions }: World): string {
  const name = chance.of(names)
  return `${name}@${chance.of(versions.get(name) ?? [])}`
}

function randomResolution({ chance, names, versions }: World): JsonObject {
  const name = chance.of(names)
  return { [chance.of([name, `**/${name}`, `${chance.of(names)}/${name}`])]: chance.of(versions.get(name) ?? []) }
}

function randomWorkspace(root: JsonObject, world: World): Readonly<Record<string, JsonObject>> {
  const { chance, names } = world
  const count = 1 + chance.below(4)
  const globs = [`**/${chance.of(names)}`, `m0/${chance.of(names)}`, `**/${chance.of(names)}/**`, 'm0/**']
  const nohoist = globs.filter(() => chance.one(3))
  const files: Record<string, JsonObject> = {
    'package.json': { ...root, workspaces: chance.one(2) ? ['packages/*'] : { packages: ['packages/*'], nohoist } },
  }
  for (let i = 0; i < count; i += 1) {
    files[`packages/x${i}/package.json`] = {
      name: `m${i}`,
      version: '1.0.0',
      dependencies: { ...randomNeeds(4, world), ...(i > 0 && chance.one(2) ? { [`m${i - 1}`]: '^1.0.0' } : {}) },
      devDependencies: randomNeeds(2, world),
    }
  }
  return files
}

/** A linear congruential generator: numbers that are the same everywhere. */
class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 2654435761) >>> 0
    for (let i = 0; i < 5; i += 1) this.below(2)
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }

  /** True once in so many times. */
  one(inHowMany: number): boolean {
    return this.below(inHowMany) === 0
  }

  of<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)]
    if (found === undefined) throw new Error('nothing to choose from')
    return found
  }

  /** Some of a list, or the other one. */
  some<T>(list: readonly T[], other: T): readonly T[] {
    const found = list.filter(() => this.one(2))
    return found.length === 0 ? [other] : found
  }
}
