/** A package.json as npm sees it after its own normalization; only what the shim needs. */
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { posix } from 'node:path'
import { areInert } from './inert-scripts.ts'
import { findRecord, isRecord, listAt, loadRecord, parseRecord, recordAt, textAt, textsAt } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'

export interface Manifest {
  readonly name: string | undefined
  readonly version: string | undefined
  /** Command name → file, both cleaned. */
  readonly bins: ReadonlyMap<string, string>
  /** The lifecycle scripts that an installation runs, by event, in npm's order; none where they would leave nothing. */
  readonly installScripts: ReadonlyMap<string, string>
  readonly json: JsonRecord
}

export const installEvents = ['preinstall', 'install', 'postinstall'] as const

/** Reads `dir`/package.json. Fails naming the file when it is not JSON. */
export function loadManifest(dir: string): Manifest {
  return manifestOf(loadRecord(`${dir}/package.json`), dir)
}

/** Like {@link loadManifest}, for a place where a package.json may be missing (npm installs such archives too). */
export function findManifest(dir: string): Manifest | undefined {
  const json = findRecord(`${dir}/package.json`)
  return json === undefined ? undefined : manifestOf(json, dir)
}

function manifestOf(json: JsonRecord, dir: string): Manifest {
  return {
    name: textAt(json, 'name'),
    version: textAt(json, 'version'),
    bins: binsOf(json, dir),
    installScripts: installScriptsOf(json, dir),
    json,
  }
}

/** A manifest as a text to be kept, with all that is asked of a package of which no script runs. */
export function printManifest({ name, version, bins, installScripts, json }: Manifest): string {
  const facts = { name, version, bins: [...bins].flat(), installScripts: [...installScripts].flat() }
  const asked = Object.fromEntries(askedKeys.flatMap((key) => (json[key] === undefined ? [] : [[key, json[key]]])))
  return `${JSON.stringify(facts)}\n${JSON.stringify(asked)}`
}

const askedKeys = [
  'name',
  'version',
  'bin',
  'directories',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'acceptDependencies',
  'bundleDependencies',
  'bundledDependencies',
  'os',
  'cpu',
  'libc',
  'engines',
]

/** The text of {@link printManifest}. What a package needs is looked at by few, and parsed for them. */
export function parseManifest(text: string): Manifest {
  const end = text.indexOf('\n')
  const facts = parseRecord(text.slice(0, end), 'a kept manifest')
  let json: JsonRecord | undefined
  return {
    name: textAt(facts, 'name'),
    version: textAt(facts, 'version'),
    bins: pairsAt(facts, 'bins'),
    installScripts: pairsAt(facts, 'installScripts'),
    get json() {
      return (json ??= parseRecord(text.slice(end + 1), 'a kept manifest'))
    },
  }
}

function pairsAt(facts: JsonRecord, key: string): ReadonlyMap<string, string> {
  const list = listAt(facts, key) ?? []
  return new Map(list.flatMap((text, at) => (at % 2 === 0 ? [[text, list[at + 1] ?? '']] : [])))
}

function installScriptsOf(json: JsonRecord, dir: string): ReadonlyMap<string, string> {
  const found = namedScripts(json, dir)
  return areInert(found, dir) ? new Map() : found
}

/** npm compiles an addon that has a binding.gyp and no script that does it. */
function namedScripts(json: JsonRecord, dir: string): ReadonlyMap<string, string> {
  const scripts = recordAt(json, 'scripts')
  const found = new Map<string, string>()
  for (const event of installEvents) {
    const script = scripts[event]
    if (typeof script === 'string' && script !== '') found.set(event, script)
  }
  if (found.has('preinstall') || found.has('install') || json['gypfile'] === false) return found
  if (!existsSync(`${dir}/binding.gyp`)) return found
  return new Map([['install', 'node-gyp rebuild'], ...found])
}

/** `bin` (a string, an object, a list) or, without it, the files of `directories.bin`. */
function binsOf(json: JsonRecord, dir: string): ReadonlyMap<string, string> {
  const { bin } = json
  const name = textAt(json, 'name')
  if (typeof bin === 'string' && bin !== '') return name === undefined ? new Map() : cleanBins([[name, bin]])
  if (Array.isArray(bin)) return cleanBins(bin.map((file: unknown) => [posix.basename(String(file)), file]))
  if (isRecord(bin)) return cleanBins(Object.entries(bin))
  const binDir = textAt(recordAt(json, 'directories'), 'bin')
  return binDir === undefined || bin ? new Map() : binsOfDirectory(dir, cleanPath(binDir))
}

function cleanBins(bins: readonly (readonly [string, unknown])[]): ReadonlyMap<string, string> {
  const clean = new Map<string, string>()
  for (const [key, file] of bins) {
    const name = posix.basename(cleanPath(key))
    if (typeof file !== 'string' || name === '' || name === '.') continue
    const target = cleanPath(file)
    if (target !== '' && target !== '.') clean.set(name, target)
  }
  return clean
}

function binsOfDirectory(dir: string, binDir: string): ReadonlyMap<string, string> {
  const bins = new Map<string, string>()
  for (const file of filesBelow(`${dir}/${binDir}`, '')) {
    if (!file.startsWith('.')) bins.set(posix.basename(file), `${binDir}/${file}`)
  }
  return bins
}

/** Inside the package, with `/`: what climbs out of it is cut off, as npm does. */
export function cleanPath(path: string): string {
  return posix.join('/', path.replace(/[\\:]/g, '/')).slice(1)
}

/** Files below a directory, relative, sorted by code unit; none when it does not exist. */
export function filesBelow(root: string, dir: string): readonly string[] {
  const here = dir === '' ? root : `${root}/${dir}`
  if (!existsSync(here) || !lstatSync(here).isDirectory()) return []
  return readdirSync(here)
    .sort()
    .flatMap((name) => {
      const path = dir === '' ? name : `${dir}/${name}`
      return lstatSync(`${root}/${path}`).isDirectory() ? filesBelow(root, path) : [path]
    })
}

/** Names a package asks for, and whether npm could do without them. Development dependencies count for local packages only. */
export function neededNames(manifest: Manifest, isLocal: boolean): ReadonlyMap<string, { readonly optional: boolean }> {
  const { json } = manifest
  const names = new Map<string, { readonly optional: boolean }>()
  const peerMeta = recordAt(json, 'peerDependenciesMeta')
  for (const name of Object.keys(textsAt(json, 'peerDependencies'))) {
    names.set(name, { optional: recordAt(peerMeta, name)['optional'] === true })
  }
  if (isLocal) for (const name of Object.keys(textsAt(json, 'devDependencies'))) names.set(name, { optional: false })
  for (const name of Object.keys(textsAt(json, 'dependencies'))) names.set(name, { optional: false })
  for (const name of Object.keys(textsAt(json, 'optionalDependencies'))) names.set(name, { optional: true })
  return names
}

/** `os`, `cpu` and `libc` lists and `engines` of a manifest, for locks that do not record them. */
export function conditionOf({ json }: Manifest): {
  readonly os: readonly string[] | undefined
  readonly cpu: readonly string[] | undefined
  readonly libc: readonly string[] | undefined
  readonly engines: Readonly<Record<string, string>>
} {
  const words = (key: string): readonly string[] | undefined => {
    const word = textAt(json, key)
    return word === undefined ? listAt(json, key) : [word]
  }
  return { os: words('os'), cpu: words('cpu'), libc: words('libc'), engines: textsAt(json, 'engines') }
}
