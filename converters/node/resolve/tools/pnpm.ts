/** pnpm-lock.yaml by pnpm itself. https://pnpm.io/cli/install#--lockfile-only */
import type { Resolve } from '../../../../src/model/resolver.ts'
import { findAge, MINUTE } from '../../../../src/resolve/release-age.ts'
import { atVersion, openManager } from './open-manager.ts'

const LOCK = 'pnpm-lock.yaml'

export const resolveWithPnpm: Resolve = async (request, world) => {
  const { offline, registry, update } = request
  const pnpm = await openManager({ word: 'pnpm', archive: (version) => atVersion('pnpm', version) }, request, world)
  const age = findAge(request, world.clock, { name: 'pnpm', version: pnpm.version, since: [10, 16] }, MINUTE)
  const options = [
    '--lockfile-only',
    '--ignore-scripts',
    ...(offline ? ['--offline'] : []),
    ...(registry === undefined ? [] : [`--registry=${registry}`]),
    ...(age === undefined ? [] : [`--config.minimum-release-age=${age}`]),
  ]
  if (update !== undefined && update !== 'all') {
    // Ranges of the manifests stay: what is saved of them is lost with the copy, and the lock would say otherwise.
    const args = ['update', '--recursive', '--depth=Infinity', '--no-save', ...options, ...update]
    return pnpm.lock({ args, read: [LOCK] })
  }
  // In a CI, pnpm takes an old lock file for frozen.
  const args = ['install', '--no-frozen-lockfile', ...options]
  return pnpm.lock({ args, read: [LOCK], remove: update === 'all' ? [LOCK] : [] })
}
