/** What the project's `.npmrc` says that makes `npm ci` install less, or otherwise, than the lock file says. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { IgnoredSetting, Lock, PlaceFlag } from '../../../../src/model/lock.ts'
import { parseIni } from '../../ini.ts'

const NPMRC = '.npmrc'
const kinds = ['dev', 'optional', 'peer'] as const

/** https://docs.npmjs.com/cli/using-npm/config; `production`, `only` and `optional` are older names, which npm still knows. */
export function ignoredSettings({ files }: Pick<ReadContext, 'files'>, lock: Lock): readonly IgnoredSetting[] {
  const text = files.find(NPMRC)
  if (text === undefined) return []
  return parseIni(text).flatMap(({ key, isItem, value, line }) => {
    const setting = { text: `${key}${isItem ? '[]' : ''}=${value}`, where: { file: NPMRC, key, line } }
    const leavesOut = kinds.find((kind) => omits(`${key}=${value}`, kind, lock))
    if (leavesOut !== undefined) return [{ ...setting, leavesOut }]
    if (isOther.has(`${key}=${value}`)) return [setting]
    return `${key}=${value}` === 'ignore-scripts=true' && hasScripts(lock) ? [{ ...setting, hint: ONE_BY_ONE }] : []
  })
}

const isOther: ReadonlySet<string> = new Set(['bin-links=false', 'install-strategy=linked'])

const ONE_BY_ONE =
  'install scripts run in the build, without network; `"allowScripts": { "NAME": false }` in package.json stops those of a package'

function omits(setting: string, kind: (typeof kinds)[number], lock: Lock): boolean {
  switch (kind) {
    case 'dev':
      return /^(?:omit=dev|production=true|only=prod(?:uction)?)$/.test(setting)
    case 'optional':
      return /^(?:omit=optional|optional=false)$/.test(setting)
    case 'peer':
      // What is there for peers alone is left out then.
      return setting === 'omit=peer' || (setting === 'legacy-peer-deps=true' && hasFlag(lock, 'peer'))
  }
}

function hasFlag({ layout = new Map() }: Lock, flag: PlaceFlag): boolean {
  return [...layout.values()].some(({ flags }) => flags.includes(flag))
}

function hasScripts({ packages }: Lock): boolean {
  return [...packages.values()].some(({ hasInstallScript }) => hasInstallScript === true)
}
