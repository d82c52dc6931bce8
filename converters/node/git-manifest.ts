/**
 * What the manifest of a git dependency says about building it. npm runs `prepare` of such packages after installing their
 * development dependencies, which no lock file holds; so it is not run here, and whoever needs it should know.
 */
import type { LockedPackage } from '../../src/model/lock.ts'
import { shown, type Problem } from '../../src/problem.ts'
import { rootFields } from '../../src/text/fields.ts'
import { parseJson } from '../../src/text/json-document.ts'

const events = ['prepare', 'prepack'] as const

/** At most one `script-unlocked`. Throws `manifest-syntax`. */
export function gitManifestWarnings(pkg: LockedPackage, text: string): readonly Problem[] {
  const document = parseJson(text, { file: 'package.json', purpose: 'manifest' })
  const scripts = rootFields(document)?.object('scripts')
  const found = events.filter((event) => (scripts?.text(event) ?? '') !== '')
  if (found.length === 0) return []
  return [
    {
      code: 'script-unlocked',
      message: `${shown(pkg.id)} comes from git and has a ${found.join(' and a ')} script, which is not run: what it needs is not in the lock file`,
      where: pkg.where,
      hint: 'if files are missing from it, build them with overrides.<package>.preInstall in default.nix, or depend on a published version',
    },
  ]
}
