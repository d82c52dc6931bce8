/** `resolutions` of package.json: where they apply, and what yarn asks for there instead. */
import { isGlobMatch } from '../workspaces.ts'
import type { NamedRange } from './asks.ts'

export interface Resolution {
  readonly name: string
  readonly glob: string
  readonly pattern: string
}

/** From the member "resolutions" of package.json; entries that name no package are left out. In the order in which yarn asks for them. */
export function readResolutions(entries: readonly NamedRange[]): readonly Resolution[] {
  const resolutions = entries.flatMap(([path, range]) => {
    const name = /(?:^|\/)((?:@[^/]+\/)?[^/@][^/]*)$/.exec(path)?.[1]
    if (name === undefined) return []
    return [{ name, glob: name === path ? `**/${name}` : path, pattern: `${name}@${range}` }]
  })
  const names = [...new Set(resolutions.map(({ name }) => name))]
  return names.flatMap((name) => resolutions.filter((resolution) => resolution.name === name))
}

/** The one that says what `name` means to who stands at `parents`: names from the top down, with slashes. */
export function findResolution(
  resolutions: readonly Resolution[],
  name: string,
  parents: string,
): Resolution | undefined {
  return resolutions.find((each) => each.name === name && isGlobMatch(each.glob, `${parents}/${name}`))
}
