/**
 * Install paths of an npm lock file: `''` (the project), `packages/a` (a directory of the project), `node_modules/@s/a`,
 * `packages/a/node_modules/b/node_modules/c`. They become paths on disk, so nothing else is let through.
 */
import type { Code } from '../../../src/problem.ts'
import { besideProblem } from '../../../src/text/locations.ts'
import { isPackageName } from '../package-name.ts'

export type InstallPath =
  | { readonly kind: 'project' }
  /** `inner`: inside an installed package, with which it comes. */
  | { readonly kind: 'directory'; readonly inner: boolean }
  /** `name` is the directory's name (an alias, perhaps); `parent` is what the `node_modules` belongs to. */
  | { readonly kind: 'package'; readonly name: string; readonly parent: string }

export interface PathFault {
  readonly kind: 'fault'
  readonly code: Code
  readonly message: string
  /** What to do about it, where that is clear. */
  readonly hint?: string | undefined
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
const MODULES = 'node_modules'
const MODULES_OF = 'node_modules/'

const COMMON_NAME = String.raw`(?!node_modules(?:/|$)|favicon\.ico(?:/|$))(?:@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*`
/** Nearly every path, no name in it being too long: judged in one step, because a large lock file has thousands. */
const COMMON_PATH = new RegExp(`^node_modules/${COMMON_NAME}(?:/node_modules/${COMMON_NAME})*$`)
const COMMON_LENGTH = 200

/** Reads a path of the lock file, or says what is wrong with it. */
export function parseInstallPath(path: string): InstallPath | PathFault {
  if (path === '') return { kind: 'project' }
  if (path.length <= COMMON_LENGTH && COMMON_PATH.test(path)) {
    const start = path.lastIndexOf(MODULES_OF)
    return {
      kind: 'package',
      name: path.slice(start + MODULES_OF.length),
      parent: path.slice(0, Math.max(0, start - 1)),
    }
  }
  const fault = pathFault(path)
  if (fault !== undefined) return fault
  const segments = path.split('/')
  let name: string | undefined
  let parentEnd = 0
  for (let at = 0; at < segments.length;) {
    if (segments[at] !== MODULES) {
      name = undefined
      at += 1
      continue
    }
    const length = segments[at + 1]?.startsWith('@') ? 2 : 1
    name = segments.slice(at + 1, at + 1 + length).join('/')
    if (!isPackageName(name))
      return { kind: 'fault', code: 'name-invalid', message: 'npm accepts no such package name' }
    parentEnd = at
    at += 1 + length
  }
  if (name === undefined) return { kind: 'directory', inner: segments.includes(MODULES) }
  return { kind: 'package', name, parent: segments.slice(0, parentEnd).join('/') }
}

const TOGETHER = 'lock both as members of one workspace, in a directory above them, or move it below the lock file'

/** The same for what may also stand beside the project, in its repository. `reach`: see ProjectFiles. */
export function nearPathFault(path: string, reach: number | undefined): PathFault | undefined {
  const [up = ''] = /^(?:\.\.\/)*/.exec(path) ?? []
  const fault = pathFault(path.slice(up.length))
  if (fault !== undefined || up.length / '../'.length <= (reach ?? 0)) return fault
  return { kind: 'fault', ...besideProblem('a path', reach) }
}

/** What forbids a text as a path inside the project: `undefined` when nothing does. */
export function pathFault(path: string): PathFault | undefined {
  const fault = (code: Code, message: string): PathFault => ({ kind: 'fault', code, message })
  if (CONTROL.test(path)) return fault('text-invalid', 'a path holds control characters')
  if (path.includes('\\')) return fault('path-escapes', 'a path holds a backslash')
  if (/^(?:[A-Za-z]:|\/|~)/.test(path)) return fault('path-escapes', 'a path is not relative to the project')
  for (const segment of path.split('/')) {
    if (segment === '..') {
      const leaves = fault('path-escapes', 'a path leaves the project directory')
      return path.startsWith('../') ? { ...leaves, hint: TOGETHER } : leaves
    }
    if (segment === '' || segment === '.') return fault('path-escapes', 'a path is not in its plainest form')
    const folded = segment.toLowerCase()
    if (folded === '.git') return fault('path-escapes', 'a path leads into .git')
    if (folded === MODULES && segment !== MODULES) return fault('path-escapes', 'a path imitates node_modules')
  }
  return undefined
}
