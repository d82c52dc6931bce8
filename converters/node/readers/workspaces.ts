/** Which directories are members of an npm workspace: patterns such as `packages/*`, `apps/**`, `!packages/old`. */

/** The last pattern that matches decides; a `!` excludes. */
export function isMember(patterns: readonly string[], path: string): boolean {
  let member = false
  for (const pattern of patterns) {
    const excludes = pattern.startsWith('!')
    const glob = (excludes ? pattern.slice(1) : pattern).replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '')
    if (matches(glob.split('/'), path.split('/'))) member = !excludes
  }
  return member
}

/** Patterns without wildcards name a directory that must be there. */
export function literalMembers(patterns: readonly string[]): readonly string[] {
  return patterns
    .filter((pattern) => !/[*?[\]{}!()]/.test(pattern))
    .map((pattern) => pattern.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, ''))
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
