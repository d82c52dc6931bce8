/** Which directories are members of a workspace: patterns such as `packages/*`, `apps/**`, `!packages/old`. */
import type { ProjectFiles } from '../../../src/model/world.ts'

/** The last pattern that matches decides; a `!` excludes. */
export function isMember(patterns: readonly string[], path: string): boolean {
  let member = false
  for (const pattern of patterns) {
    const excludes = pattern.startsWith('!')
    const glob = plainGlob(excludes ? pattern.slice(1) : pattern)
    if (matches(glob.split('/'), path.split('/'))) member = !excludes
  }
  return member
}

/** Patterns without wildcards name a directory that must be there. */
export function literalMembers(patterns: readonly string[]): readonly string[] {
  const literal = patterns.filter((pattern) => !/[*?[\]{}!()]/.test(pattern)).map(plainGlob)
  return literal.filter((path) => path !== '')
}

/**
 * Directories of the project that patterns name and that hold a package.json, without looking into node_modules and hidden
 * directories; in the patterns' order, each once. The last pattern that matches a directory decides whether it counts.
 */
export function findMembers(patterns: readonly string[], files: ProjectFiles): readonly string[] {
  const found = new Set<string>()
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) continue
    for (const path of expand('', plainGlob(pattern).split('/'), files)) {
      if (!found.has(path) && isMember(patterns, path)) found.add(path)
    }
  }
  return [...found]
}

function expand(path: string, [first, ...rest]: readonly string[], files: ProjectFiles): readonly string[] {
  const below = (name: string): string => (path === '' ? name : `${path}/${name}`)
  if (first === undefined) return path !== '' && files.find(below('package.json')) !== undefined ? [path] : []
  if (!/[*?{[]/.test(first)) return expand(below(first), rest, files)
  const names = files.directories(path).filter((name) => name !== 'node_modules' && !name.startsWith('.'))
  if (first !== '**') {
    const wanted = segmentPattern(first)
    return names.filter((name) => wanted.test(name)).flatMap((name) => expand(below(name), rest, files))
  }
  return [...expand(path, rest, files), ...names.flatMap((name) => expand(below(name), [first, ...rest], files))]
}

/** `.` is the project itself, which is no member of its workspace: nothing is left of it. */
function plainGlob(pattern: string): string {
  return pattern
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/+$/, '')
    .replace(/^\.$/, '')
}

/** Whether a path matches a glob, segment by segment: `**`, `*`, `?`, `{a,b}`. At the end, `**` stands for one segment or more. */
export function isGlobMatch(glob: string, path: string): boolean {
  const whole = glob.endsWith('/**') ? `${glob}/*` : glob
  return matches(whole.split('/'), path.split('/'))
}

function matches(glob: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = glob
  if (first === undefined) return path.length === 0
  if (first === '**') return matches(rest, path) || (path.length > 0 && matches(glob, path.slice(1)))
  const [segment, ...below] = path
  return segment !== undefined && segmentPattern(first).test(segment) && matches(rest, below)
}

/** One path component: `*`, `?` and `{a,b}`; everything else stands for itself. */
function segmentPattern(glob: string): RegExp {
  const source = glob.replace(/\*+|\?|\{[^{}/]*\}|[\\^$.|+()[\]{}]/g, (part) => {
    if (part.startsWith('*')) return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.length > 1) return `(?:${part.slice(1, -1).split(',').map(escapePattern).join('|')})`
    return `\\${part}`
  })
  return new RegExp(`^${source}$`)
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.|+()[\]{}*?]/g, '\\$&')
}
