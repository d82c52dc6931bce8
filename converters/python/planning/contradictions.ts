/**
 * Lock files that are lists (requirements.txt, pylock.toml, Pipfile.lock) may name a package twice, for different targets. Where both
 * are for one target, and the same part of the project, nothing says which of them counts.
 */
import type { Lock, LockedPackage } from '../../../src/model/lock.ts'
import { shown, type Problem } from '../../../src/problem.ts'
import { byName } from '../readers/ask.ts'
import type { Membership } from './membership.ts'
import type { PlannedTargets } from './planned-targets.ts'
import { isList } from './settled-versions.ts'

export function findContradictions(
  { format }: Lock,
  wanted: readonly (readonly [LockedPackage, Membership])[],
  targets: PlannedTargets,
): readonly Problem[] {
  if (!isList(format.name)) return []
  const memberships = new Map(wanted)
  return [...byName(memberships.keys()).values()].flatMap((named) =>
    named.flatMap((pkg, at) =>
      named.slice(0, at).flatMap((other): readonly Problem[] => {
        const both = overlapOf(memberships.get(other), memberships.get(pkg))
        return both === 0n ? [] : [contradiction([other, pkg], targets.list.find(({ bit }) => (bit & both) !== 0n)?.id)]
      }),
    ),
  )
}

function overlapOf(a: Membership | undefined, b: Membership | undefined): bigint {
  let both = 0n
  for (const [selector, set] of a ?? []) both |= set & (b?.get(selector) ?? 0n)
  return both
}

function contradiction([first, second]: readonly [LockedPackage, LockedPackage], target = ''): Problem {
  const [earlier, later] = (first.where.line ?? 0) > (second.where.line ?? 0) ? [second, first] : [first, second]
  const { file, line } = earlier.where
  const place = line === undefined ? file : `${file}:${line}`
  return {
    code: 'lock-inconsistent',
    message: `${shown(later.name)} stands here a second time for ${target}; the first one is in ${place}`,
    where: later.where,
    hint: 'remove one of the two, or give them markers that exclude each other',
  }
}
