/**
 * Resolves as npm does, with npm's own resolver: what comes out is the package-lock.json (or npm-shrinkwrap.json) that
 * `npm install --package-lock-only` of the same release writes. https://github.com/npm/cli/tree/latest/workspaces/arborist
 */
import type { Resolution, ResolveRequest, ResolveWorld } from '../../../src/model/resolver.ts'
import { npmOptions } from './npm-options.ts'
import { findRemembered, keyOf, remember } from './remembered.ts'
import { isFresh } from './starting-point.ts'

/** npm's modules are many, and loaded only where something is to be resolved. */
export async function resolveWithNpm(request: ResolveRequest, world: ResolveWorld): Promise<Resolution> {
  const options = npmOptions(request, world)
  const key = isFresh(request) ? keyOf(request, options) : undefined
  const known = key === undefined ? undefined : await findRemembered(key, world)
  if (known !== undefined) return known
  const { resolveAnew } = await import('./resolve-anew.ts')
  const resolved = await resolveAnew(request, world, options)
  if (key !== undefined) await remember(key, resolved, world)
  return resolved.resolution
}
