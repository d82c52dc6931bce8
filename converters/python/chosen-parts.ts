/** Which groups and extras of a project an environment has: what a build asks for, or what the project's own tool installs. */
import type { BuildPart, BuildSettings } from '../../src/model/recipe.ts'
import { fail, shown } from '../../src/problem.ts'
import type { ReadPlan } from './plan-reader.ts'
import { normalizeName } from './standards/name.ts'

export interface Choosing {
  readonly part: BuildPart
  readonly plan: ReadPlan
  readonly settings: BuildSettings
}

export interface ChosenParts {
  readonly groups: readonly string[]
  readonly extras: readonly string[]
}

export const nothing: ChosenParts = { groups: [], extras: [] }

/** Of the project itself. Throws `usage` for one that it does not have. */
export function chosenGroups({ part, plan, settings }: Choosing): readonly string[] {
  const { groups = [], defaultGroups = [] } = plan.projects.get('') ?? {}
  if (settings.groups !== undefined) return checked(settings.groups, groups, 'group')
  return [...part.omit, ...settings.omit].includes('dev') ? [] : defaultGroups
}

/** Of the project itself. Throws `usage` for one that it does not have. */
export function chosenExtras({ plan, settings }: Choosing): readonly string[] {
  return checked(settings.extras ?? [], plan.projects.get('')?.extras ?? [], 'extra')
}

function checked(asked: readonly string[], known: readonly string[], kind: 'group' | 'extra'): readonly string[] {
  return asked.map((written) => {
    const name = normalizeName(written)
    if (known.includes(name)) return name
    const hint = known.length === 0 ? `it has no ${kind}s at all` : `it has ${known.join(', ')}`
    return fail({ code: 'usage', message: `the project has no ${kind} ${shown(written)}`, hint })
  })
}

/** See Selector of python-plan.ts. */
export function selectorsOf(dir: string, { groups, extras }: ChosenParts): readonly string[] {
  const prefix = dir === '' ? '' : `${dir}:`
  return [
    `${prefix}main`,
    ...groups.map((group) => `${prefix}group:${group}`),
    ...extras.map((extra) => `${prefix}extra:${extra}`),
  ]
}
