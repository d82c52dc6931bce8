/** Which scripts of the project `npm ci` runs: arborist's rebuild.js for members and links, then npm's own commands/ci.js. */
import { installEvents } from '../../manifest.ts'
import type { Npm } from '../../npm.ts'
import type { OwnScriptRules } from '../../own-scripts/own-scripts.ts'

const prepare = ['preprepare', 'prepare', 'postprepare']

export function npmOwnScripts({ major }: Pick<Npm, 'major'>): OwnScriptRules {
  if (major <= 6) {
    const project = ['install', 'postinstall', 'prepublish', 'prepare']
    return { first: ['preinstall'], member: installEvents, project, hasLinks: true }
  }
  const changed = major === 7 ? [] : ['dependencies']
  const members = { member: ['preinstall', 'prepare', 'install', 'postinstall'], by: 'stages', hasLinks: true } as const
  if (major <= 11) {
    return { ...members, project: [...changed, ...installEvents, 'prepublish', ...prepare], neverIgnored: ['prepare'] }
  }
  return {
    ...members,
    first: ['preinstall'],
    project: [...changed, 'install', 'postinstall', 'prepublish', ...prepare],
  }
}
