/**
 * Programs as pnpm links them: a shell script in `node_modules/.bin` for each program of each package that stands beside it, and in
 * each package's own `node_modules/.bin` for those it needs. pnpm's scripts hold the absolute path of the tree; these find the tree
 * from where they stand, so that it may be moved and linked to.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fixBin } from '../../bin-links.ts'
import type { ManagerPlan, PlacePlan } from '../../../../node-plan.ts'
import { isRecord, listAt, textsAt } from '../../json-value.ts'
import { findManifest } from '../../manifest.ts'
import type { Manifest } from '../../manifest.ts'
import { printBinScript, runtimeOf } from './pnpm-bin-script.ts'
import { placeName } from '../../selection.ts'
import type { Tree } from '../../tree.ts'

const STORE = 'node_modules/.pnpm'
const HOISTED = `${STORE}/node_modules`

/** Returns the files that the programs lead to. */
export function linkPnpmBins(tree: Tree, { version = '', buildsLater }: Linker = {}): readonly string[] {
  const linking: Linking = {
    tree,
    targets: new Set(),
    isIsolated: isIsolated(tree),
    believesLock: Number.parseInt(version, 10) < 9,
    buildsLater: buildsLater === true,
  }
  const commands = new Map<string, Command[]>()
  const add = (dir: string, found: readonly Command[]): void => {
    const known = commands.get(dir)
    if (known === undefined) commands.set(dir, [...found])
    else known.push(...found)
  }
  const owners = ownersOf(tree)
  for (const [path, place] of tree.places) {
    const modules = path.slice(0, -placeName(path).length - 1)
    const owner = owners.get(modules)
    if (owner === path) continue
    const dir = owner === undefined ? modules : `${owner}/node_modules`
    add(dir, [...commandsAt(path, place.link, tree), ...commandsOfPeers(place, tree)])
  }
  for (const [path, manifest] of tree.manifests) {
    add(`${path}/node_modules`, [...ownCommands(path, manifest, linking), ...bundledCommands(path, manifest, linking)])
  }
  for (const [modules, found] of commands) linkAll(modules, found, linking)
  return [...linking.targets]
}

/** pnpm, as the plan has it. */
type Linker = Partial<Pick<ManagerPlan, 'version' | 'buildsLater'>>

interface Linking {
  readonly tree: Tree
  readonly targets: Set<string>
  /** Not `node-linker=hoisted`. */
  readonly isIsolated: boolean
  /** The lock file says which packages have scripts, and does not always know it of optional ones. */
  readonly believesLock: boolean
  /** Programs are linked as if nothing had scripts. */
  readonly buildsLater: boolean
}

interface Command {
  readonly name: string
  readonly packageName: string
  readonly packageVersion: string
  /** Where the package really stands, relative to the root. */
  readonly path: string
  readonly file: string
  /** The name it is installed under. */
  readonly alias: string
  /** A directory of the project: its files are not here. */
  readonly isLocal: boolean
  /** Of a peer of what stands there. */
  readonly isPeer?: true
}

function isIsolated({ places }: Tree): boolean {
  for (const path of places.keys()) if (path.startsWith(`${STORE}/`)) return true
  return false
}

/** Directory of the store → the package that stands in it; all others there are links to what it needs. */
function ownersOf({ places }: Tree): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const [path, place] of places) {
    if (place.link !== undefined || !path.startsWith(`${STORE}/`)) continue
    owners.set(path.slice(0, -placeName(path).length - 1), path)
  }
  return owners
}

function commandsAt(path: string, link: string | undefined, { manifests, locals }: Tree): readonly Command[] {
  const at = link ?? path
  const local = locals.get(at)
  // pnpm does not look at members of the workspace there.
  if (local !== undefined && path.startsWith(`${HOISTED}/`)) return []
  const manifest = local ?? manifests.get(at)
  return manifest === undefined
    ? []
    : commandsOf(manifest, { path: at, alias: placeName(path), isLocal: local !== undefined })
}

function commandsOfPeers({ link = '', peers = [] }: PlacePlan, tree: Tree): readonly Command[] {
  const modules = link.slice(0, -placeName(link).length - 1)
  return peers.flatMap((name) => {
    const path = `${modules}/${name}`
    const place = tree.places.get(path)
    const found = place === undefined ? [] : commandsAt(path, place.link, tree)
    return found.map((command): Command => ({ ...command, isPeer: true }))
  })
}

function commandsOf(
  { bins, json, name = '', version = '' }: Manifest,
  place: Pick<Command, 'path' | 'alias' | 'isLocal'>,
): readonly Command[] {
  return [...bins].flatMap(([command, file]) => {
    if (!isCommandName(command) || !isNamed(command, json['bin'])) return []
    return [{ ...place, name: command, file, packageName: name, packageVersion: version }]
  })
}

function isCommandName(name: string): boolean {
  return name === encodeURIComponent(name) || name === '$'
}

/** npm takes the last part of a path for the name; to pnpm a path is no name, and a scope does not belong to it. */
function isNamed(command: string, bin: unknown): boolean {
  if (!isRecord(bin)) return true
  return Object.keys(bin).some((key) => key === command || (key.startsWith('@') && key.endsWith(`/${command}`)))
}

/** What has scripts of its own finds its own programs, too. */
function ownCommands(
  path: string,
  manifest: Manifest,
  { tree, isIsolated, believesLock, buildsLater }: Linking,
): readonly Command[] {
  const { patches, scripts } = tree.places.get(path) ?? {}
  const hasScripts = manifest.installScripts.size > 0 || (believesLock && scripts === true)
  const isBuilt = (hasScripts && !buildsLater) || patches !== undefined
  return isIsolated && isBuilt ? commandsOf(manifest, { path, alias: placeName(path), isLocal: false }) : []
}

/** Of everything that came along, also of what the bundled packages need; in one node_modules (`hoisted`) of those alone that are named. */
function bundledCommands(
  path: string,
  { json }: Manifest,
  { tree: { root }, isIsolated }: Linking,
): readonly Command[] {
  const named = listAt(json, 'bundledDependencies') ?? listAt(json, 'bundleDependencies')
  const hasAll = json['bundledDependencies'] === true || json['bundleDependencies'] === true
  if (named === undefined && !hasAll) return []
  const modules = `${path}/node_modules`
  const names = isIsolated ? packagesIn(`${root}/${modules}`) : (named ?? [])
  return names.flatMap((alias) => {
    if (alias.split('/').includes('..')) return []
    const at = `${modules}/${alias}`
    const manifest = findManifest(`${root}/${at}`)
    return manifest === undefined ? [] : commandsOf(manifest, { path: at, alias, isLocal: false })
  })
}

/** Names under which packages stand in a node_modules directory, if it is there. A link leads who knows where. */
function packagesIn(modules: string, scope = ''): readonly string[] {
  const folder = `${modules}/${scope}`
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory() || entry.name.startsWith('.')) return []
    if (scope === '' && entry.name.startsWith('@')) return packagesIn(modules, entry.name)
    return [scope === '' ? entry.name : `${scope}/${entry.name}`]
  })
}

function linkAll(modules: string, commands: readonly Command[], linking: Linking): void {
  const { root } = linking.tree
  const chosen = new Map<string, Command>()
  const isDirect = directNames(modules, linking.tree)
  for (const command of commands) {
    if (!command.isLocal && !isFile(`${root}/${command.path}/${command.file}`)) continue
    const known = chosen.get(command.name)
    if (known === undefined || isBetter(command, known, isDirect)) chosen.set(command.name, command)
  }
  if (chosen.size === 0) return
  mkdirSync(`${root}/${modules}/.bin`, { recursive: true })
  for (const command of chosen.values()) linkOne(`${modules}/.bin`, command, linking)
}

/** What the project asks for goes before what is hoisted. */
function directNames(modules: string, { locals }: Tree): ReadonlySet<string> {
  const manifest = locals.get(modules === 'node_modules' ? '' : modules.slice(0, -'/node_modules'.length))
  const fields = ['dependencies', 'devDependencies', 'optionalDependencies']
  return new Set(fields.flatMap((field) => Object.keys(textsAt(manifest?.json ?? {}, field))))
}

/** What stands there itself, then a package that is called like the program, then the later name, then the later version. */
function isBetter(a: Command, b: Command, isDirect: ReadonlySet<string>): boolean {
  const ranks = [
    Number(b.isPeer === true) - Number(a.isPeer === true),
    Number(isDirect.has(a.alias)) - Number(isDirect.has(b.alias)),
    Number(a.name === a.packageName) - Number(b.name === b.packageName),
    a.packageName < b.packageName ? -1 : Number(a.packageName > b.packageName),
    compareVersions(a.packageVersion, b.packageVersion),
  ]
  return (ranks.find((rank) => rank !== 0) ?? 0) > 0
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[.+-]/).map(Number))
  for (const [index, part] of (left ?? []).entries()) {
    const difference = part - (right?.[index] ?? 0)
    if (difference !== 0 && !Number.isNaN(difference)) return difference
  }
  return 0
}

function linkOne(bin: string, { name, path, file, isLocal }: Command, { tree, targets, isIsolated }: Linking): void {
  const { root } = tree
  const target = `${root}/${path}/${file}`
  const modules = path.slice(0, path.lastIndexOf('node_modules/') + 'node_modules'.length)
  const nodePath = [...(isLocal ? [] : [`${path}/node_modules`, modules]), ...(isIsolated ? [HOISTED] : [])]
  const text = printBinScript({
    target: relative(bin, `${path}/${file}`),
    nodePath: isIsolated ? nodePath.map((dir) => relative(bin, dir)) : [],
    runtime: isLocal ? 'local' : runtimeOf(target),
  })
  const to = `${root}/${bin}/${name}`
  rmSync(to, { recursive: true, force: true })
  writeFileSync(to, text, { mode: 0o755 })
  if (isLocal) return
  fixBin(target)
  targets.add(target)
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path).isFile()
  } catch {
    return false
  }
}
