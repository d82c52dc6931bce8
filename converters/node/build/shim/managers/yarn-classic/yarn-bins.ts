/**
 * node_modules/.bin as yarn 1 links it (lib/package-linker.js): each package gets the bins of what it needs, its peers included, and
 * the project those of every package, where what it asks for itself comes last; the last to claim a name has it.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, posix, relative } from 'node:path'
import { modulesDir } from '../../bin-links.ts'
import { isRecord, listAt, textAt } from '../../json-value.ts'
import { makeOwn } from '../../archive/kept-package.ts'
import { findManifest } from '../../manifest.ts'
import type { Manifest } from '../../manifest.ts'
import { compareAsNpm } from '../npm/npm-order.ts'
import { sealFile } from '../../sealed.ts'
import { placeName } from '../../selection.ts'
import type { Tree } from '../../tree.ts'
import { binNotesOf } from './yarn-arrange.ts'
import type { BinNotes } from './yarn-arrange.ts'

/** Links every bin of the tree; returns the files they lead to. Links that stand and fit are left alone. */
export function linkYarnBins(tree: Tree): readonly string[] {
  const linker = new Linker(tree)
  const standing = placesInOrder(tree)
  for (const { path, dir, notes } of standing) {
    const own = `${dir}/node_modules/.bin`
    for (const need of notes.needs) linker.claim(need, own)
    for (const name of bundledNames(tree.manifests.get(path))) linker.claimBundled(`${path}/node_modules/${name}`, own)
    if (notes.isNohoist) linker.claimNohoist(path, `${modulesDir(path)}/.bin`)
  }
  for (const path of topLevel(standing)) linker.claim(path, 'node_modules/.bin')
  return linker.write()
}

interface Standing {
  readonly path: string
  /** Where it really is. */
  readonly dir: string
  readonly notes: BinNotes
}

function placesInOrder({ places }: Tree): readonly Standing[] {
  const standing: Standing[] = []
  for (const [path, place] of places) {
    const notes = binNotesOf(place)
    if (notes !== undefined) standing.push({ path, dir: place.link ?? path, notes })
  }
  return standing.sort((a, b) => compareAsNpm(a.notes.order, b.notes.order))
}

/** One place for each name: the one that the project asks for, else the first; those that it asks for last. */
function topLevel(standing: readonly Standing[]): readonly string[] {
  const chosen = new Map<string, Standing>()
  for (const each of standing) {
    const name = placeName(each.path)
    if (!each.notes.isNohoist && (each.notes.isDirect || !chosen.has(name))) chosen.set(name, each)
  }
  const all = [...chosen.values()]
  return [...all.filter(({ notes }) => !notes.isDirect), ...all.filter(({ notes }) => notes.isDirect)].map(
    ({ path }) => path,
  )
}

class Linker {
  readonly #tree: Tree
  /** Link → file, relative to the root. */
  readonly #links = new Map<string, string>()
  readonly #files = new Set<string>()
  /** yarn makes them before it knows whether anything is to be linked. */
  readonly #binDirs = new Set<string>()

  constructor(tree: Tree) {
    this.#tree = tree
  }

  claim(path: string, binDir: string): void {
    const { places, manifests, locals } = this.#tree
    const place = places.get(path)
    if (place === undefined || binNotesOf(place)?.isLinked === true) return
    const { link } = place
    const manifest = link === undefined ? manifests.get(path) : locals.get(link)
    if (manifest !== undefined) this.#claimAll(manifest, { dir: link ?? path, isLocal: link !== undefined, binDir })
  }

  claimNohoist(path: string, binDir: string): void {
    this.#binDirs.add(binDir)
    this.claim(path, binDir)
  }

  claimBundled(path: string, binDir: string): void {
    const manifest = findManifest(`${this.#tree.root}/${path}`)
    if (manifest !== undefined) this.#claimAll(manifest, { dir: path, isLocal: false, binDir })
  }

  #claimAll(manifest: Manifest, { dir, isLocal, binDir }: { dir: string; isLocal: boolean; binDir: string }): void {
    for (const [name, file] of yarnBins(manifest)) {
      this.#binDirs.add(binDir)
      const target = `${dir}/${file}`
      // A local directory's files are not here: its links are made for when the tree stands in the project.
      if (!isLocal && !existsSync(`${this.#tree.root}/${target}`)) continue
      this.#links.set(`${binDir}/${name}`, target)
      if (!isLocal) this.#files.add(target)
    }
  }

  write(): readonly string[] {
    const { root } = this.#tree
    for (const dir of this.#binDirs) mkdirSync(`${root}/${dir}`, { recursive: true })
    for (const [link, target] of this.#links) writeLink(`${root}/${link}`, relative(dirname(link), target))
    const files = [...this.#files].map((file) => `${root}/${file}`)
    for (const file of files) makeExecutable(file)
    return files
  }
}

/** Names that are no file names, and files outside of the package, are passed over. */
function yarnBins({ json, bins }: Manifest): readonly (readonly [string, string])[] {
  const { bin } = json
  const name = textAt(json, 'name')
  if (typeof bin === 'string') {
    return bin === '' || name === undefined ? [] : cleanBins([[name.replace(/^@[^/]+\//, ''), bin]])
  }
  if (isRecord(bin)) return cleanBins(Object.entries(bin))
  return bin === undefined ? [...bins] : []
}

function cleanBins(bins: readonly (readonly [string, unknown])[]): readonly (readonly [string, string])[] {
  return bins.flatMap(([name, file]) => {
    if (typeof file !== 'string' || !/^(?!\.{0,2}$)[a-z0-9._-]+$/i.test(name)) return []
    const clean = posix.normalize(file)
    return posix.isAbsolute(clean) || clean.split('/')[0] === '..' ? [] : [[name, clean] as const]
  })
}

function bundledNames(manifest: Manifest | undefined): readonly string[] {
  if (manifest === undefined) return []
  const { json } = manifest
  const names = listAt(json, 'bundledDependencies') ?? listAt(json, 'bundleDependencies') ?? []
  return names.filter((name) => !name.split('/').includes('..'))
}

function writeLink(link: string, target: string): void {
  const stats = lstatSync(link, { throwIfNoEntry: false })
  if (stats?.isSymbolicLink() === true && readlinkSync(link) === target) return
  if (stats !== undefined) rmSync(link, { recursive: true, force: true })
  mkdirSync(dirname(link), { recursive: true })
  symlinkSync(target, link)
}

/** A file that other trees share is replaced by a copy. */
function makeExecutable(file: string): void {
  const { mode, nlink } = lstatSync(file)
  if (nlink === 1) return chmodSync(file, 0o755)
  if ((mode & 0o111) !== 0) return
  makeOwn(file)
  sealFile(file)
}
