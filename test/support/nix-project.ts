/** Small projects for the Nix tests: packages made here, a spec over them, and the files that the emitter writes for it. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emitNix } from '../../src/emit/nix.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import type { BuildSpec, SpecSource } from '../../src/spec/build-spec.ts'
import type { LocalPlan, PlacePlan } from '../../converters/node/node-plan.ts'
import { npmTarball, type TarballFile } from './npm-tarball.ts'
import type { NixStore } from './nix.ts'

export const allSystems = ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux']

export interface TestPackage {
  readonly name: string
  readonly version: string
  /** Further fields of its package.json. */
  readonly manifest?: JsonObject
  readonly files?: Readonly<Record<string, TarballFile>>
  /** Install path; `node_modules/<name>` unless given. */
  readonly at?: string
  readonly place?: Omit<PlacePlan, 'source'>
}

export interface TestProject {
  readonly manifest?: JsonObject
  readonly packages?: readonly TestPackage[]
  /** Project files by path. */
  readonly files?: Readonly<Record<string, string>>
  readonly local?: Readonly<Record<string, LocalPlan>>
  readonly systems?: readonly string[]
  readonly omit?: readonly string[]
  /** As for a lock of version 1, which records no os, cpu and engines. */
  readonly conditions?: 'from-manifests'
  readonly sources?: Readonly<Record<string, SpecSource>>
  readonly places?: Readonly<Record<string, PlacePlan>>
}

export interface WrittenProject {
  readonly folder: string
  readonly spec: BuildSpec
  /** Puts the packages' archives into the store, so that nothing is fetched. */
  seed(store: Pick<NixStore, 'add'>): Promise<void>
  remove(): void
}

/** Writes the project into a new directory, flake.nix included. URLs lead nowhere: what is not seeded cannot be had. */
export function writeNixProject(project: TestProject): WrittenProject {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-project-'))
  const manifest = manifestOf(project)
  const archives = (project.packages ?? []).map((each) => ({ ...each, bytes: archiveOf(each) }))
  const spec = specOf(project, manifest, archives)
  const files: [string, string][] = [
    ['package.json', JSON.stringify(manifest)],
    ...Object.entries(project.local ?? {}).map(([dir, { name = dir, version = '1.0.0' }]): [string, string] => [
      `${dir}/package.json`,
      JSON.stringify({ name, version }),
    ]),
    ...Object.entries(project.files ?? {}),
    ...emitNix({ spec, assets: builtAssets(), flake: true }).map(({ path, text }): [string, string] => [path, text]),
  ]
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return {
    folder,
    spec,
    seed: (store) => store.add(archives.map((each) => ({ name: storeName(each), bytes: each.bytes }))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Asks for every package that stands at the top, in the way its flags say, and for every workspace member. */
function manifestOf({ manifest, packages = [], local = {} }: TestProject): JsonObject {
  const members = Object.keys(local).filter((dir) => local[dir]?.workspace === true)
  const asking = (flag: 'dev' | 'optional' | undefined) =>
    Object.fromEntries(
      packages
        .filter(
          ({ name, at, place }) =>
            (at ?? `node_modules/${name}`) === `node_modules/${name}` && place?.flags?.[0] === flag,
        )
        .map(({ name, version }) => [name, version]),
    )
  return {
    name: 'app',
    version: '1.0.0',
    dependencies: asking(undefined),
    devDependencies: asking('dev'),
    optionalDependencies: asking('optional'),
    ...(members.length > 0 ? { workspaces: members } : {}),
    ...manifest,
  }
}

/** The static files as the built program has them. */
export function builtAssets(): ReadonlyMap<string, string> {
  const folder = fileURLToPath(new URL('../../dist/assets/', import.meta.url))
  if (!existsSync(folder)) throw new Error('there is no dist/assets: run npm run build')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [relative(folder, path), readFileSync(path, 'utf8')]
    }),
  )
}

type Archived = TestPackage & { readonly bytes: Buffer }

function specOf(project: TestProject, manifest: JsonObject, archives: readonly Archived[]): BuildSpec {
  const sources = archives.map((each): [string, SpecSource] => [
    keyOf(each),
    { name: storeName(each), urls: [`http://127.0.0.1:9/${storeName(each)}`], hash: sha512(each.bytes) },
  ])
  const places = archives.map((each): [string, PlacePlan] => [
    each.at ?? `node_modules/${each.name}`,
    { source: keyOf(each), ...each.place },
  ])
  const links = Object.entries(project.local ?? {}).map(([dir, { name }]): [string, PlacePlan] => [
    `node_modules/${name}`,
    { link: dir },
  ])
  const plan = {
    ...(project.conditions === undefined ? {} : { conditions: project.conditions }),
    places: sorted([...places, ...links, ...Object.entries(project.places ?? {})]),
    local: sorted(
      Object.entries({ '': { name: text(manifest['name']), version: text(manifest['version']) }, ...project.local }),
    ),
  }
  return {
    lock2build: 1,
    systems: project.systems ?? allSystems,
    ecosystems: {
      node: {
        project: { name: text(manifest['name']), version: text(manifest['version']) },
        lock: { file: 'package-lock.json', format: 'npm-lock', version: '3' },
        omit: project.omit ?? [],
        sources: sorted([...sources, ...Object.entries(project.sources ?? {})]),
        plan: asJson(plan),
      },
    },
  }
}

function archiveOf({ name, version, manifest, files }: TestPackage): Buffer {
  return npmTarball({ 'package.json': JSON.stringify({ name, version, ...manifest }), ...files })
}

function keyOf({ name, version }: TestPackage): string {
  return `${name}@${version}`
}

function storeName({ name, version }: TestPackage): string {
  return `${name.replace(/^@/, '').replaceAll(/[^A-Za-z0-9+._?=-]/g, '-')}-${version}.tgz`
}

function sha512(bytes: Buffer): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function asJson(value: object): JsonObject {
  // Through text, as it would reach a file: absent and undefined become the same.
  return JSON.parse(JSON.stringify(value)) as JsonObject
}
