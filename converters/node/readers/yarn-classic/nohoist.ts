/** `nohoist` of workspaces: globs over the way that a package is asked for by, `_project_` for the project, each below who has it. */
import { isGlobMatch } from '../workspaces.ts'
import type { FoundPackage, YarnPackage } from './pattern.ts'

/** Of one place. */
export interface NohoistRules {
  readonly path: string
  /** What may not be hoisted out of here. */
  readonly globs: readonly string[]
  /** Whether it may not be hoisted itself. */
  readonly isNohoist: boolean
}

export class Nohoist {
  readonly #aggregator: string
  readonly #top: NohoistRules

  /** `found`: the package that stands for the workspace. */
  constructor(found: FoundPackage) {
    this.#aggregator = found.name
    this.#top = { path: PROJECT, globs: globsOf(found, PROJECT), isNohoist: false }
  }

  /** `parent`: of who asks; undefined at the top. */
  rulesOf(found: FoundPackage, parent: NohoistRules | undefined, isTop: boolean): NohoistRules {
    if (found.name === this.#aggregator && parent === undefined) return this.#top
    const { path: above, globs: inherited } = parent ?? this.#top
    const path = `${above}/${found.name}`
    const globs = [...globsOf(found, path), ...inherited]
    return { path, globs, isNohoist: !isTop && globs.some((glob) => isGlobMatch(glob, path)) }
  }
}

/** Most workspaces have none. */
export function findNohoist(packages: readonly YarnPackage[], aggregator: string | undefined): Nohoist | undefined {
  if (aggregator === undefined || packages.every(({ found: { nohoist } }) => (nohoist?.length ?? 0) === 0))
    return undefined
  const project = packages.find(({ found }) => found.name === aggregator)
  return project === undefined ? undefined : new Nohoist(project.found)
}

const PROJECT = '/_project_'

function globsOf({ nohoist = [] }: FoundPackage, path: string): readonly string[] {
  return nohoist.map((glob) => `${path}/${glob}`)
}
