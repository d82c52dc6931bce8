/** The project, the members of its workspace, and packages that are directories of it. */
import type { Lock } from '../../../src/model/lock.ts'
import type { PythonProject } from '../../../src/model/python.ts'
import { sortedRecordOf } from '../../../src/model/sorted.ts'
import type { PackagePlan, ProjectPlan, PythonPlan } from '../python-plan.ts'
import { addedNeeds, planBuild, type AddedNeeds } from './build-plan.ts'
import { isPartOmitted } from './selectors.ts'

/** Of directories that are packages, those that the plan names. */
export function planProjects(
  lock: Lock,
  packages: ReadonlyMap<string, PackagePlan>,
  omit: readonly string[],
): PythonPlan['projects'] {
  const plans = new Map<string, ProjectPlan>()
  const members = new Set(lock.roots.map(({ path }) => path).filter((path) => path !== ''))
  for (const { path, name = 'project', version } of lock.roots) {
    const project = lock.python?.projects.get(path)
    const added = addedNeeds(lock, name)
    plans.set(path, planProject({ name, version, project, added, isRoot: true, isMember: members.has(path), omit }))
  }
  for (const { directory, name, version } of packages.values()) {
    if (directory === undefined || plans.has(directory)) continue
    const project = lock.python?.projects.get(directory)
    const added = addedNeeds(lock, name)
    plans.set(directory, planProject({ name, version, project, added, isRoot: false, isMember: false, omit }))
  }
  return sortedRecordOf(plans)
}

interface Described {
  readonly name: string
  readonly version: string | undefined
  readonly project: PythonProject | undefined
  readonly added: AddedNeeds
  /** Its sources are laid out where nothing says how it is built; what others depend on is built then by setuptools. */
  readonly isRoot: boolean
  readonly isMember: boolean
  readonly omit: readonly string[]
}

function planProject({ name, version, project, added, isRoot, isMember, omit }: Described): ProjectPlan {
  const isKept = (part: (name: string) => string) => (each: string) => !isPartOmitted(part(each), omit)
  const isKeptGroup = isKept((group) => group)
  const known = project?.version ?? version
  return {
    name: project?.name ?? name,
    ...(known === undefined ? {} : { version: known }),
    ...(isMember ? { member: true } : {}),
    ...(project?.virtual === true ? { virtual: true } : {}),
    ...(project?.virtual === true || (isRoot && project?.build === undefined)
      ? {}
      : { build: planBuild(project?.build, added) }),
    groups: (project?.groups ?? []).filter(isKeptGroup).sort(),
    extras: (project?.extras ?? []).filter(isKept((extra) => `extra:${extra}`)).sort(),
    defaultGroups: (project?.defaultGroups ?? []).filter(isKeptGroup).sort(),
    ...(project?.scripts === undefined ? {} : { scripts: project.scripts }),
    ...(project?.guiScripts === undefined ? {} : { guiScripts: project.guiScripts }),
  }
}
