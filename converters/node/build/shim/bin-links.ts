/** node_modules/.bin: the first to claim a name keeps it. In npm's order (bin-links, arborist's rebuild): shallow packages first, then by path. */
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, relative } from 'node:path'
import { makeOwn } from './archive/kept-package.ts'
import type { Manifest } from './manifest.ts'
import { compareAsNpm } from './managers/npm/npm-order.ts'
import { sealFile } from './sealed.ts'
import { parentPlace, placeDepth } from './selection.ts'
import type { Tree } from './tree.ts'

export interface BinRules {
  /** Another file of the tree that a program is, instead of the one that its package says. */
  findTarget?(path: string, name: string, file: string): string | undefined
  /** Instead of npm's. */
  order?(places: readonly string[]): readonly string[]
  /** Instead of what the manifest says by itself: command name → file. */
  binsOf?(path: string, manifest: Manifest): Manifest['bins']
  /** Makes those executable, too, whose name another package has claimed. */
  readonly fixesAll?: boolean
}

/** Links every bin of the tree; returns the files they point to. Links that stand and fit are left alone. */
export function linkBins({ root, places, manifests, locals }: Tree, rules: BinRules = {}): readonly string[] {
  const claimed = new Set<string>()
  const targets: string[] = []
  const found = new Map<string, Manifest['bins']>()
  for (const [path, { link }] of places) {
    const manifest = link === undefined ? manifests.get(path) : (locals.get(link) ?? manifests.get(link))
    if (manifest !== undefined && manifest.bins.size > 0)
      found.set(path, rules.binsOf?.(path, manifest) ?? manifest.bins)
  }
  const linked = [...found.keys()]
  for (const path of rules.order?.(linked) ?? linkOrder(linked, places)) {
    const link = places.get(path)?.link
    const bins = found.get(path) ?? []
    const binDir = `${root}/${modulesDir(path)}/.bin`
    for (const [name, file] of bins) {
      const to = `${binDir}/${name}`
      const isFirst = !claimed.has(to)
      if (!isFirst && rules.fixesAll !== true) continue
      claimed.add(to)
      const target = `${root}/${rules.findTarget?.(path, name, file) ?? `${path}/${file}`}`
      // A local directory's files are not here: its links are made for when the tree stands in the project.
      if (link === undefined && kindOf(target) === 'none') continue
      if (isFirst) writeBinLink(relative(binDir, target), to)
      if (link !== undefined) continue
      if (kindOf(target) === 'file') fixBin(target)
      targets.push(target)
    }
  }
  return targets
}

/** npm builds links after all packages. */
function linkOrder(linked: readonly string[], places: Tree['places']): readonly string[] {
  const paths = [...linked].sort((a, b) => placeDepth(a) - placeDepth(b) || compareAsNpm(a, b))
  const isLink = (path: string): boolean => places.get(path)?.link !== undefined
  return [...paths.filter((path) => !isLink(path)), ...paths.filter(isLink)]
}

/** The node_modules directory a place stands in. */
export function modulesDir(path: string): string {
  const parent = parentPlace(path)
  return parent === undefined ? 'node_modules' : `${parent}/node_modules`
}

function writeBinLink(target: string, to: string): void {
  const kind = kindOf(to)
  if (kind === 'link' && readlinkSync(to) === target) return
  if (kind !== 'none') rmSync(to, { recursive: true, force: true })
  mkdirSync(dirname(to), { recursive: true })
  symlinkSync(target, to)
}

function kindOf(path: string): 'none' | 'link' | 'file' | 'directory' {
  try {
    const stats = lstatSync(path)
    if (stats.isSymbolicLink()) return 'link'
    return stats.isDirectory() ? 'directory' : 'file'
  } catch {
    return 'none'
  }
}

/** Executable, and without the carriage return that makes Linux look for `node\r`. A file that other trees share is replaced by a copy. */
export function fixBin(file: string): void {
  const { mode, nlink } = lstatSync(file)
  const isShared = nlink > 1
  // A copy of ours, too: another name of the same program came before.
  const isSealed = isShared || (mode & 0o222) === 0
  const isExecutable = (mode & 0o111) !== 0
  const content = contentWithoutReturn(file)
  if (isSealed && isExecutable && content === undefined) return
  if (isShared) makeOwn(file)
  else chmodSync(file, 0o755)
  if (content !== undefined) writeFileSync(file, content)
  if (isSealed) sealFile(file)
}

/** undefined: there is no such return. */
function contentWithoutReturn(file: string): Buffer | undefined {
  const head = Buffer.alloc(2048)
  const handle = openSync(file, 'r')
  const length = readSync(handle, head, 0, head.length, 0)
  closeSync(handle)
  if (!/^#![^\n]+\r\n/.test(head.toString('latin1', 0, length))) return undefined
  const text = readFileSync(file).toString('latin1')
  return Buffer.from(text.replace(/^(#![^\n]+)\r\n/, '$1\n'), 'latin1')
}
