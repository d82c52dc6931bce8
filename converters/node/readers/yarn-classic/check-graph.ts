/** What makes `yarn install --frozen-lockfile` fail, and names that must not become paths. */
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { isPackageName, isVersion } from '../../package-name.ts'
import { nearPathFault, pathFault } from '../install-path.ts'
import { directoryOf } from './yarn-graph.ts'
import type { Found } from './yarn-graph.ts'
import { splitPattern } from './pattern.ts'
import type { Pattern, Request } from './pattern.ts'
import type { YarnEntry } from './yarn-entry.ts'
import type { YarnManifest, YarnProject } from './yarn-project.ts'
import { manifestFile } from '../project-files.ts'

type YarnFound = Found<YarnEntry, YarnManifest>

export interface Checking {
  readonly entries: readonly YarnEntry[]
  readonly project: YarnProject
  readonly report: (problem: Problem) => void
  /** See ProjectFiles. */
  readonly reach: number | undefined
}

export interface GraphCheck {
  /** Whether a directory may be looked into; a problem is reported when not. What is copied may stand beside the project. */
  readonly isInside: (dir: string, kind: 'link' | 'copy') => boolean
  readonly onMissing: (request: Request<YarnFound>) => void
  readonly onMisfit: (pattern: Pattern, found: YarnFound) => void
}

const RELOCK = 'run yarn install, and commit yarn.lock'
const REWRITE = 'remove the entry and run yarn install, which writes it anew'
/** Yarn itself writes such an entry, and then refuses it. */
const COVER =
  '"resolutions" of package.json cover only some of those who ask for it: let one cover all, and run yarn install'

export function checkGraph({ entries, project, report, reach }: Checking): GraphCheck {
  checkEntries(entries, report)
  const refused = new Set<string>()
  return {
    isInside: (dir, kind) => {
      const judge = () => (kind === 'copy' ? nearPathFault(dir, reach) : pathFault(dir))
      const fault = dir === '' ? undefined : judge()
      if (fault === undefined || refused.has(dir)) return fault === undefined
      refused.add(dir)
      const message = `${fault.message}: ${shown(dir)}`
      const hint = `keep directories that are ${kind === 'copy' ? 'copied' : 'linked'} inside the project`
      report({
        code: fault.code,
        message,
        where: askedIn(project, dir),
        hint: (kind === 'copy' ? fault.hint : undefined) ?? hint,
      })
      return false
    },
    onMissing: (request) => report(missing(request, project)),
    onMisfit: ({ text }, found) => {
      const message = `${shown(text)} is locked to version ${shown(found.version)}, which it does not allow`
      const isResolved = project.resolutions.some(({ name }) => name === found.name)
      const hint = isResolved ? COVER : REWRITE
      report({ code: 'lock-inconsistent', message, where: found.entry?.whereOf('version'), hint })
    },
  }
}

function checkEntries(entries: readonly YarnEntry[], report: Checking['report']): void {
  const accepted = new Set<string>()
  const checkName = (wanted: string, entry: YarnEntry): void => {
    if (accepted.has(wanted)) return
    if (isPackageName(wanted)) return void accepted.add(wanted)
    const message = `${shown(wanted)} is not a name that yarn accepts`
    report({ code: 'name-invalid', message, where: entry.where, hint: REWRITE })
  }
  entries.forEach((entry) => {
    const { patterns, name, dependencies, optionalDependencies } = entry
    patterns.forEach((pattern) => checkName(splitPattern(pattern).name, entry))
    if (name !== undefined) checkName(name, entry)
    checkVersion(entry, report)
    // By index: destructuring iterates.
    dependencies.forEach((ask) => checkName(ask[0], entry))
    optionalDependencies.forEach((ask) => checkName(ask[0], entry))
  })
}

function checkVersion(entry: YarnEntry, report: Checking['report']): void {
  const { version } = entry
  if (version === undefined) {
    report({ code: 'lock-type', message: '"version" is missing', where: entry.where, hint: REWRITE })
  } else if (!isVersion(version)) {
    const message = `${shown(version)} is not a version that yarn accepts`
    report({ code: 'name-invalid', message, where: entry.whereOf('version'), hint: REWRITE })
  }
}

function missing({ pattern, parents }: Request<YarnFound>, project: YarnProject): Problem {
  const by = parents?.found
  const asker = by?.link === undefined && by?.copied === undefined ? by : undefined
  if (by === undefined || asker === undefined) {
    const manifest = by?.manifest ?? project.root
    const file = manifestFile(manifest.dir)
    const message = `${file} asks for ${shown(pattern.text)}, which the lock file does not hold`
    return { code: 'manifest-mismatch', message, where: placeOf(manifest, pattern.name), hint: RELOCK }
  }
  const message = `${shown(`${asker.name}@${asker.version}`)} needs ${shown(pattern.text)}, which the lock file does not hold`
  return { code: 'lock-inconsistent', message, where: asker.entry?.where, hint: RELOCK }
}

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies']

function placeOf({ fields }: YarnManifest, name: string): Problem['where'] {
  const kind = kinds.find(
    (candidate) => fields.raw(candidate) !== undefined && fields.object(candidate)?.has(name) === true,
  )
  return kind === undefined ? fields.where() : fields.object(kind)?.where(name)
}

function askedIn({ root, members }: YarnProject, dir: string): Problem['where'] {
  for (const manifest of [root, ...members.values()]) {
    for (const [name, range] of Object.values(manifest.asks).flat()) {
      if (directoryOf(range)?.dir === dir) return placeOf(manifest, name)
    }
  }
  return { file: 'package.json' }
}
