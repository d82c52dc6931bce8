/** What the project's `.npmrc` says that makes `npm ci` install less, or otherwise, than the lock file says. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { IgnoredSetting, Lock } from '../../../../src/model/lock.ts'
import { parseIni } from '../../ini.ts'

const NPMRC = '.npmrc'

/** https://docs.npmjs.com/cli/using-npm/config; `production`, `only` and `optional` are older names, which npm still knows. */
const leavingOut: ReadonlyMap<string, NonNullable<IgnoredSetting['leavesOut']>> = new Map([
  ['omit=dev', 'dev'],
  ['production=true', 'dev'],
  ['only=prod', 'dev'],
  ['only=production', 'dev'],
  ['omit=optional', 'optional'],
  ['optional=false', 'optional'],
  ['omit=peer', 'peer'],
])

const otherwise: ReadonlySet<string> = new Set(['bin-links=false', 'install-strategy=linked'])

const ONE_BY_ONE =
  'install scripts run in the build, without network; `"allowScripts": { "NAME": false }` in package.json stops those of a package'

export function ignoredSettings({ files }: Pick<ReadContext, 'files'>, lock: Lock): readonly IgnoredSetting[] {
  const text = files.find(NPMRC)
  if (text === undefined) return []
  return parseIni(text).flatMap(({ key, isItem, value, line }): readonly IgnoredSetting[] => {
    const setting = { text: `${key}${isItem ? '[]' : ''}=${value}`, where: { file: NPMRC, key, line } }
    const said = `${key}=${value}`
    const leavesOut = leavingOut.get(said)
    if (leavesOut !== undefined) return [{ ...setting, leavesOut }]
    if (otherwise.has(said)) return [setting]
    if (said === 'legacy-peer-deps=true') return hasPeers(lock) ? [{ ...setting, leavesOut: 'peer' }] : []
    return said === 'ignore-scripts=true' && hasScripts(lock) ? [{ ...setting, hint: ONE_BY_ONE }] : []
  })
}

/** Packages that are there for peers alone: npm ci leaves them out when it is told to pass over peers. */
function hasPeers({ layout = new Map() }: Lock): boolean {
  return [...layout.values()].some(({ flags }) => flags.includes('peer'))
}

function hasScripts({ packages }: Lock): boolean {
  return [...packages.values()].some(({ hasInstallScript }) => hasInstallScript === true)
}
