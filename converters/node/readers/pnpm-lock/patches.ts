/** `patchedDependencies`: which patch file belongs to which package, and that the file is there and is the one that was locked. */
import { createHash } from 'node:crypto'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem, Where } from '../../../../src/problem.ts'
import { pathFault } from '../install-path.ts'
import { plainPath } from '../../../../src/text/locations.ts'
import { satisfies } from '../../semver-range.ts'
import { base32 } from './dep-path.ts'
import { whereOf } from './lock-file.ts'
import type { PnpmLock } from './lock-file.ts'
import type { PnpmNode } from './lock-graph.ts'
import type { Sourced } from './settings.ts'
import type { Texts } from './lock-file.ts'

export interface Patching {
  readonly files: ProjectFiles
  readonly lock: PnpmLock
  readonly settings: Sourced<Texts>
  readonly report: (problem: Problem) => void
}

/** The patch files of a package; undefined: it has none. Reports each file once. */
export function patchFinder({
  files,
  lock,
  settings,
  report,
}: Patching): (node: PnpmNode) => readonly string[] | undefined {
  const known = readPatches(lock, settings)
  if (known.length === 0) return () => undefined
  for (const patch of known) checkPatch(patch, files, report)
  return (node) => {
    if (!isPatched(node)) return undefined
    const patch = findPatch(known, node)
    if (patch !== undefined) return [patch.path]
    const message = `${shown(node.key)} is locked with a patch, and no patch file is named for it`
    report({ code: 'manifest-mismatch', message, where: whereOf(node.snapshot), hint: RELOCK })
    return undefined
  }
}

const RELOCK = 'pnpm install --lockfile-only'

interface Patch {
  readonly selector: string
  readonly path: string
  /** What the lock file says of the file. */
  readonly hash: string | undefined
  readonly where: Where
}

/** Settings name the files; the lock file has their digests, and the files too (until pnpm 10). */
function readPatches({ root }: PnpmLock, { value, where }: Sourced<Texts>): readonly Patch[] {
  const locked = root.object('patchedDependencies')
  const patches = new Map<string, Patch>()
  for (const selector of locked?.keys() ?? []) {
    if (locked === undefined) break
    const isText = typeof locked.raw(selector) === 'string'
    const entry = isText ? undefined : locked.object(selector)
    const path = value.get(selector) ?? entry?.text('path')
    const hash = isText ? locked.text(selector) : entry?.text('hash')
    if (path !== undefined)
      patches.set(selector, { selector, path: plainPath(path), hash, where: locked.where(selector) })
  }
  for (const [selector, path] of value) {
    if (!patches.has(selector)) patches.set(selector, { selector, path: plainPath(path), hash: undefined, where })
  }
  return [...patches.values()]
}

/** Further parentheses hold peers, which may be patched themselves. */
function isPatched({ key, snapshot }: PnpmNode): boolean {
  return /^[^(]*\(patch_hash=/.test(key) || snapshot.fields.raw('patched') === true
}

/** The exact version, then a range, then the name alone. */
function findPatch(patches: readonly Patch[], { name, version }: PnpmNode): Patch | undefined {
  const ofName = patches.filter(({ selector }) => selector === name || selector.startsWith(`${name}@`))
  return (
    ofName.find(({ selector }) => selector === `${name}@${version}`) ??
    ofName.find(({ selector }) => selector !== name && satisfies(version, selector.slice(name.length + 1)) === true) ??
    ofName.find(({ selector }) => selector === name || selector === `${name}@*`)
  )
}

function checkPatch({ path, hash, where }: Patch, files: ProjectFiles, report: Patching['report']): void {
  const fault = pathFault(path)
  if (fault !== undefined) {
    const message = `${fault.message}: ${shown(path)}`
    report({ code: fault.code, message, where, hint: 'keep patch files inside the project' })
    return
  }
  const text = files.find(path)
  const hint = RELOCK
  if (text === undefined) {
    report({ code: 'manifest-mismatch', message: `the patch file ${shown(path)} is not there`, where, hint })
  } else if (hash !== undefined && !hashesOf(text).includes(hash)) {
    const message = `the patch file ${shown(path)} is not the one that the lock file was made with`
    report({ code: 'manifest-mismatch', message, where, hint })
  }
}

/** pnpm 10 and newer, then older ones; line breaks count as one character. */
function hashesOf(text: string): readonly string[] {
  const plain = text.replaceAll('\r\n', '\n')
  return [createHash('sha256').update(plain).digest('hex'), base32(createHash('md5').update(plain).digest())]
}
