/**
 * Where a lock file says that bytes are: URLs, git repositories, paths in the project. All of it is other people's text, so each is
 * checked here before it becomes a source; a fault is reported and gives undefined.
 */
import type { GitSource } from '../model/source.ts'
import { shown, type Code, type Problem } from '../problem.ts'

/** Collects a fault at the place that is being read. */
export type Report = (code: Code, message: string, hint?: string) => undefined

export const RELOCK = 'let your package manager lock it again'

/** An http(s) URL without credentials. `ownPlace`: where the user is to put those. */
export function readHttpUrl(text: string, report: Report, ownPlace: string): URL | undefined {
  if (/[\u0000-\u0020\u007f-\u009f"<>\\^`{|}]/.test(text)) {
    return report('url-invalid', `${shown(text)} holds characters that no URL may hold`)
  }
  if (/^file:/i.test(text)) {
    return report('source-unsupported', `${shown(text)} is a file of one machine`, 'use a path inside the project')
  }
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return report('url-invalid', `${shown(text)} is not an http or https URL`)
  }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    return report(
      'url-credentials',
      'a URL carries credentials, and would take them into files that are committed',
      ownCredentials(ownPlace),
    )
  }
  return url
}

function ownCredentials(ownPlace: string): string {
  return `remove them from the URL, put them into your ${ownPlace}, and lock again`
}

export interface GitLocation {
  /** `https://…`, `ssh://…`, `git@host:path`, with or without `git+`. */
  readonly url: string
  readonly rev: string | undefined
  readonly subdir?: string | undefined
}

/** `ownPlace`: where the user is to put credentials. */
export function readGitSource(
  { url: written, rev, subdir }: GitLocation,
  report: Report,
  ownPlace: string,
): GitSource | undefined {
  const url = written.replace(/^git\+/, '')
  if (/[\u0000-\u0020\u007f-\u009f"<>\\^`{|}]/.test(url)) {
    return report('url-invalid', `${shown(written)} holds characters that no URL may hold`)
  }
  if (/^(?:https?|git):\/\/[^/]*@/i.test(url) || /^ssh:\/\/[^/@]*:[^/@]*@/i.test(url)) {
    return report(
      'url-credentials',
      'a URL carries credentials, and would take them into files that are committed',
      ownCredentials(ownPlace),
    )
  }
  if (!/^(?:(?:https?|git|ssh):\/\/[^/]|[A-Za-z0-9][\w.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^/])/i.test(url)) {
    return report(
      'source-unsupported',
      `${shown(written)} is no repository that other machines can reach`,
      'use an https or ssh URL',
    )
  }
  if (rev === undefined || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(rev)) {
    return report('url-invalid', `${shown(rev ?? '')} is not a full git commit`, RELOCK)
  }
  const inside = subdir === undefined ? undefined : readPath(subdir, report)
  if (subdir !== undefined && inside === undefined) return undefined
  return { kind: 'git', url, rev, ...(inside === undefined || inside === '' ? {} : { subdir: inside }) }
}

/** A path as the lock file writes it, relative to `base` → project-relative and plain; '' is the project itself. */
export function readPath(text: string, report: Report, base = ''): string | undefined {
  const path = readAnyPath(text, report, base)
  return path !== undefined && climbsOf(path) > 0 ? failInside(text, 'leaves the project directory', report) : path
}

/** `reach`: see ProjectFiles. */
export interface NearPath {
  readonly reach?: number | undefined
  readonly base?: string
}

/** The same of what may also stand beside the project, in its repository, and then begins with `../`. */
export function readNearPath(text: string, report: Report, { reach, base = '' }: NearPath): string | undefined {
  const path = readAnyPath(text, report, base)
  if (path === undefined || climbsOf(path) <= (reach ?? 0)) return path
  const { code, message, hint } = besideProblem(shown(text), reach)
  return report(code, message, hint)
}

/** Of a path that climbs further than it may. `path`: as it is shown. */
export function besideProblem(path: string, reach: number | undefined): Problem {
  return {
    code: 'path-escapes',
    message:
      reach === undefined
        ? `${path} leaves the project directory, and no git repository holds both`
        : `${path} leaves the git repository that the project is in`,
    hint:
      reach === undefined
        ? 'type `git init` in the directory above that holds both, or move what is needed below the lock file'
        : 'move what is needed into the repository, or below the lock file',
  }
}

function readAnyPath(text: string, report: Report, base: string): string | undefined {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) {
    return report('text-invalid', `${shown(text)} holds control characters`)
  }
  if (text.includes('\\')) return report('path-escapes', `${shown(text)} holds a backslash`)
  if (/^(?:[A-Za-z]:|\/|~|file:)/.test(text)) {
    return failInside(text, 'is not relative to the project', report)
  }
  const path = plainPath(base === '' ? text : `${base}/${text}`)
  if (path.toLowerCase().split('/').includes('.git')) return report('path-escapes', `${shown(text)} leads into .git`)
  return path
}

function failInside(text: string, what: string, report: Report): undefined {
  const hint = 'move what is needed below the directory of the lock file, or lock both as one workspace'
  return report('path-escapes', `${shown(text)} ${what}`, hint)
}

/** How many directories above the project a plain path begins. */
function climbsOf(path: string): number {
  return path.split('/').filter((segment) => segment === '..').length
}

/** `./a/../b/` → `b`; a path that climbs out keeps its `..`, and an absolute one is left as it is, to be refused. */
export function plainPath(path: string): string {
  if (path.startsWith('/')) return path
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else kept.push(segment)
  }
  return kept.join('/')
}
