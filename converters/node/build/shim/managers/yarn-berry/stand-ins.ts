/**
 * Stand-ins of packages: zips that hold what Yarn looks at while it decides what stands where (manifest, names of programs, binding.gyp)
 * and where the package's files are. Yarn lays out a tree of them, and then their files take their places: writing files one by one out
 * of zips is most of what Yarn's own installation takes.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { addDirectories, LINK, nothing } from './berry-zip.ts'
import type { ZipEntries, ZipEntry } from './berry-zip.ts'
import { copyTree } from '../../copy-tree.ts'
import { findRecord, isRecord, listAt, textAt } from '../../json-value.ts'
import { fail } from '../../failure.ts'
import type { WorkerPool } from '../../worker-pool.ts'

/** A file beside the manifest of a stand-in; no package may have one. */
export const MARK = '.lock2build-stand-in'

/**
 * What a stand-in's zip holds; undefined: Yarn must see the package itself. `files`: the directory that {@link writePackage} made of the
 * same entries.
 */
export function standInOf(entries: ZipEntries, prefix: string, files: string): ZipEntries | undefined {
  const manifest = entries.get(`${prefix}/package.json`)
  // Yarn leaves out what a package brings as its own node_modules, and its links are for Yarn to make.
  if (manifest === undefined || entries.has(`${prefix}/node_modules/`)) return undefined
  if ([...entries.values()].some(({ mode }) => mode === LINK)) return undefined
  const programs = programsOf(manifest.content)?.filter(
    (path) => entries.has(`${prefix}/${path}`) || entries.has(`${prefix}/${path}/`),
  )
  if (programs === undefined || programs.some((path) => !entries.has(`${prefix}/${path}`))) return undefined
  const shown = new Map<string, ZipEntry>()
  const show = (path: string, content: Buffer, mode = manifest.mode): void => {
    addDirectories(shown, `${prefix}/${path}`)
    shown.set(`${prefix}/${path}`, { mode, content })
  }
  for (const path of programs) show(path, nothing, entries.get(`${prefix}/${path}`)?.mode)
  if (entries.has(`${prefix}/binding.gyp`)) show('binding.gyp', nothing)
  show('package.json', manifest.content)
  show(MARK, Buffer.from(JSON.stringify({ files, programs })))
  return shown
}

/** Paths of `bin`, as Yarn joins them with the package's own; undefined: not as manifests are written. */
function programsOf(manifest: Buffer): readonly string[] | undefined {
  try {
    const { bin = {} } = JSON.parse(manifest.toString('utf8').replace(/^\uFEFF/, ''))
    const values: readonly unknown[] = isRecord(bin) ? Object.values(bin) : [bin]
    const paths = values.map((value) => (typeof value === 'string' ? posix.join(value).replace(/\/$/, '') : '..'))
    return paths.some((path) => /^\.\.(?:\/|$)|\\/.test(path)) ? undefined : [...new Set(paths)]
  } catch {
    return undefined
  }
}

/** The files of a package, as Yarn would lay them out. */
export function writePackage(entries: ZipEntries, prefix: string, into: string): void {
  for (const [path, { mode, content }] of entries) {
    if (!path.startsWith(`${prefix}/`)) continue
    const to = into + path.slice(prefix.length)
    if (path.endsWith('/')) mkdirSync(to, { recursive: true })
    else writeFileSync(to, content, { mode: mode & 0o777 })
  }
}

/** Puts packages where Yarn has laid out their stand-ins; false: there are none. `locals`: the directories that have a node_modules. */
export async function replaceStandIns(locals: readonly string[], pool: WorkerPool): Promise<boolean> {
  const laid = new Map<string, StandIn[]>()
  for (const dir of locals) {
    for (const standIn of standInsBelow(`${dir}/node_modules`)) {
      const same = laid.get(standIn.files)
      if (same === undefined) laid.set(standIn.files, [standIn])
      else same.push(standIn)
    }
  }
  for (const [files, [first, ...others]] of laid) {
    for (const [index, other] of others.entries()) {
      const copy = `${files}+${index}`
      await copyTree(files, copy, pool)
      replace({ ...other, files: copy })
    }
    if (first !== undefined) replace(first)
  }
  return laid.size > 0
}

interface StandIn {
  readonly place: string
  readonly files: string
  readonly programs: readonly string[]
}

function standInsBelow(modules: string): readonly StandIn[] {
  if (!existsSync(modules)) return []
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry) => {
    const place = `${modules}/${entry.name}`
    // Links lead to members, which are looked into by themselves.
    if (!entry.isDirectory()) return []
    if (entry.name.startsWith('@')) return standInsBelow(place)
    const mark = findRecord(`${place}/${MARK}`)
    const files = mark === undefined ? undefined : textAt(mark, 'files')
    const inside = standInsBelow(`${place}/node_modules`)
    if (mark === undefined || files === undefined) return inside
    return [...inside, { place, files, programs: listAt(mark, 'programs') ?? fail(`${place} has no programs.`) }]
  })
}

function replace({ place, files, programs }: StandIn): void {
  // Yarn makes what it links executable.
  for (const path of programs) chmodSync(`${files}/${path}`, statSync(`${place}/${path}`).mode & 0o777)
  if (existsSync(`${place}/node_modules`)) renameSync(`${place}/node_modules`, `${files}/node_modules`)
  rmSync(place, { recursive: true })
  renameSync(files, place)
}
