/** `lock2build remove NAME…`: fewer packages in the collection; what only they needed goes with them. */
import { removeFromCollection } from '../../collection/edit-collection.ts'
import { failIfAny, shown } from '../../problem.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { convertEdited, namerOf, openCollection } from '../edit-packages.ts'
import { findClosest } from '../suggest.ts'

export async function remove(invocation: Invocation): Promise<CommandResult> {
  const { text, tools, entries } = await openCollection(invocation, { mustExist: true })
  const names = entries.map(({ name }) => name)
  const { operands } = invocation.line
  failIfAny(
    operands
      .filter((word) => !names.includes(word))
      .map((word) => {
        const closest = findClosest(word, names)
        const hint =
          closest === undefined ? 'type `lock2build list` for what there is' : `did you mean ${shown(closest)}?`
        return { code: 'usage', message: `the collection has no package ${shown(word)}`, hint }
      }),
  )
  return convertEdited(invocation, { collection: removeFromCollection(text, new Set(operands), namerOf(tools)) })
}
