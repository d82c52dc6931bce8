/** The link to a result (`./result`), which keeps the result alive: `cache prune` asks the roots which links there are. */
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { failIo, hasCode } from '../io/inside.ts'
import { fail, shown } from '../problem.ts'
import { BUILDS, ROOTS } from '../store/store-layout.ts'

/** Makes or replaces the link. Throws `not-ours` when something else stands there, `io`. */
export function linkResult(link: string, target: string, cache: string): void {
  checkLink(link, cache)
  try {
    if (findTarget(link) !== target) replaceLink(link, target)
    recordRoot(link, cache)
  } catch (error) {
    if (!hasCode(error, 'EROFS', 'EACCES', 'EPERM')) return failIo(error, 'linking', link)
    fail({
      code: 'io',
      message: `it is built, but ${shown(link)} cannot be written`,
      where: { file: link },
      hint: 'link it elsewhere, `--out-link FILE`, or not at all: `--no-out-link`',
      cause: error,
    })
  }
}

/** Asked before a build, so that nobody waits for one that cannot be linked. Throws `not-ours`. */
export function checkLink(link: string, cache: string): void {
  const stats = lstatSync(link, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (stats.isSymbolicLink() && isResult(readlinkSync(link), cache)) return
  fail({
    code: 'not-ours',
    message: `${shown(link)} is not a link to a result`,
    where: { file: link },
    hint: 'move it away, or choose another place: `--out-link FILE`',
  })
}

/** Whether there is a link, and what it leads to is a result, but not this one. Throws `io`. */
export function leadsElsewhere(link: string, target: string, cache: string): boolean {
  try {
    if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return false
    const found = readlinkSync(link)
    return found !== target && isResult(found, cache)
  } catch (error) {
    return failIo(error, 'reading', link)
  }
}

/** Of this cache or another one, or of a Nix store. */
function isResult(target: string, cache: string): boolean {
  const isOurs = target.startsWith(`${join(cache, BUILDS)}/`) || /\/lock2build\/builds\/[0-9a-f]{64}\/out$/.test(target)
  return isOurs || /(?:^|\/)nix\/store\//.test(target)
}

function findTarget(link: string): string | undefined {
  return lstatSync(link, { throwIfNoEntry: false }) === undefined ? undefined : readlinkSync(link)
}

function replaceLink(link: string, target: string): void {
  // A run that is killed here leaves a name which counts as a result's link, not as a file of the project.
  const fresh = `${link}-${process.pid}.tmp`
  mkdirSync(dirname(link), { recursive: true })
  rmSync(fresh, { force: true })
  symlinkSync(target, fresh)
  renameSync(fresh, link)
}

/** Named by the link's own path: linking again is the same root. */
function recordRoot(link: string, cache: string): void {
  const root = join(cache, ROOTS, createHash('sha256').update(link).digest('hex'))
  if (lstatSync(root, { throwIfNoEntry: false }) !== undefined) return
  mkdirSync(dirname(root), { recursive: true, mode: 0o700 })
  const fresh = `${root}.${process.pid}`
  rmSync(fresh, { force: true })
  symlinkSync(link, fresh)
  renameSync(fresh, root)
}
