/** bun.lock by Bun itself. https://bun.sh/docs/pm/cli/install */
import type { Resolve } from '../../../../src/model/resolver.ts'
import { fail } from '../../../../src/problem.ts'
import { atVersion, openManager } from './open-manager.ts'

const LOCK = 'bun.lock'

export const resolveWithBun: Resolve = async (request, world) => {
  const { registry, update } = request
  if (update !== undefined && update !== 'all') {
    const message = 'Bun cannot update some packages within their ranges and leave the manifests alone'
    fail({ code: 'usage', message, hint: 'update all of them, or type `bun update NAME`' })
  }
  const bun = await openManager({ word: 'bun', archive: (version) => atVersion('bun', version) }, request, world)
  const args = [
    'install',
    '--lockfile-only',
    '--save-text-lockfile',
    '--ignore-scripts',
    ...(registry === undefined ? [] : [`--registry=${registry}`]),
  ]
  return bun.lock({ args, read: [LOCK], remove: update === 'all' ? [LOCK, 'bun.lockb'] : [] })
}
