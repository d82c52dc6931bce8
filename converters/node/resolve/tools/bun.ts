/** bun.lock by Bun itself. https://bun.sh/docs/pm/cli/install */
import type { Resolve, ResolveRequest } from '../../../../src/model/resolver.ts'
import { fail, shown } from '../../../../src/problem.ts'
import { findAge } from '../../../../src/resolve/release-age.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import { parseJson } from '../../../../src/text/json-document.ts'
import { atVersion, openManager } from './open-manager.ts'

const LOCK = 'bun.lock'
const MANIFEST = 'package.json'

export const resolveWithBun: Resolve = async (request, world) => {
  const { files, registry, update } = request
  const names = update === undefined || update === 'all' ? [] : update
  checkOwn(request, names)
  const bun = await openManager({ word: 'bun', archive: (version) => atVersion('bun', version) }, request, world)
  const age = findAge(request, world.clock, { name: 'bun', version: bun.version, since: [1, 3] }, 1)
  const options = [
    '--lockfile-only',
    '--save-text-lockfile',
    '--ignore-scripts',
    ...(registry === undefined ? [] : [`--registry=${registry}`]),
    ...(age === undefined ? [] : [`--minimum-release-age=${age}`]),
  ]
  const args = ['install', ...options]
  if (names.length === 0) return bun.lock({ args, read: [LOCK], remove: update === 'all' ? [LOCK, 'bun.lockb'] : [] })
  await bun.lock({ args: ['update', ...options, ...names], read: [LOCK] })
  // It has raised the ranges, too; with those of the project, what it took stays.
  return bun.lock({ args, read: [LOCK], write: new Map([[MANIFEST, files.find(MANIFEST) ?? '{}']]) })
}

/** What the project itself does not ask for, `bun update` would add to package.json. Throws `usage`. */
function checkOwn({ files }: ResolveRequest, names: readonly string[]): void {
  const fields = rootFields(parseJson(files.find(MANIFEST) ?? '{}', { file: MANIFEST, purpose: 'manifest' }))
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies']
  const own = new Set(kinds.flatMap((kind) => fields?.object(kind)?.keys() ?? []))
  const other = names.find((name) => !own.has(name))
  if (other === undefined) return
  fail({
    code: 'usage',
    message: `Bun updates by name only what package.json itself asks for, and ${shown(other)} is none of that`,
    hint: 'name what needs it, or update everything',
  })
}
