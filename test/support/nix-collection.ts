/** Small collections for the Nix tests: packages made here, the spec over them, and the files that the emitter writes for it. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { emitNix } from '../../src/emit/nix.ts'
import { packageFolder } from '../../src/model/collection.ts'
import { thisSystem } from '../../src/io/this-system.ts'
import type { BuildSpec } from '../../src/spec/build-spec.ts'
import { collectParts, type NamedPart } from '../../src/spec/collection-parts.ts'
import type { NixStore } from './nix.ts'
import { builtAssets, type TestPackage } from './nix-project.ts'
import { npmTarball } from './npm-tarball.ts'

export interface TestTool extends TestPackage {
  readonly supplements?: readonly string[]
}

export interface WrittenCollection {
  readonly folder: string
  /** Writes the collection with other packages into the same directory. */
  write(tools: readonly TestTool[]): void
  seed(store: Pick<NixStore, 'add'>): Promise<void>
  remove(): void
}

/** URLs lead nowhere: what is not seeded cannot be had. */
export function writeCollection(tools: readonly TestTool[]): WrittenCollection {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-collection-'))
  const write = (some: readonly TestTool[]): void => {
    const spec: BuildSpec = {
      lock2build: 1,
      systems: [thisSystem()],
      ecosystems: {},
      collection: { node: collectParts(some.map(partOf)) },
    }
    const manifests = some.map(({ name }): [string, string] => [
      `${packageFolder(name)}/package.json`,
      JSON.stringify({ dependencies: { [name]: '*' } }),
    ])
    const files = emitNix({ spec, assets: builtAssets(), flake: true })
    for (const [path, text] of [...manifests, ...files.map((file): [string, string] => [file.path, file.text])]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
  }
  write(tools)
  return {
    folder,
    write,
    seed: (store) => store.add(tools.map((tool) => ({ name: storeName(tool), bytes: bytesOf(tool) }))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function partOf(tool: TestTool): NamedPart {
  const { name, version, place, supplements = [] } = tool
  const id = `${name}@${version}`
  const hash = `sha512-${createHash('sha512').update(bytesOf(tool)).digest('base64')}`
  return {
    ecosystem: 'node',
    attribute: name,
    supplements,
    part: {
      project: { name, version },
      lock: { file: `${packageFolder(name)}/package-lock.json`, format: 'npm-lock', version: '3' },
      omit: [],
      sources: { [id]: { name: storeName(tool), urls: [`http://127.0.0.1:9/${storeName(tool)}`], hash } },
      plan: { places: { [`node_modules/${name}`]: { source: id, ...place } }, local: { '': {} } },
    },
  }
}

function bytesOf({ name, version, manifest, files }: TestTool): Buffer {
  return npmTarball({ 'package.json': JSON.stringify({ name, version, ...manifest }), ...files })
}

function storeName({ name, version }: TestTool): string {
  return `${name.replace(/^@/, '').replaceAll('/', '-')}-${version}.tgz`
}
