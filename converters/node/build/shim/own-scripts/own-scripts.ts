/**
 * The project's own install scripts: what the package manager runs of the project and of its members whenever it installs. Which they
 * are, and in which order, is in its rules; members run one after the other here, what a member needs before it.
 */
import { recordAt, textAt } from '../json-value.ts'
import type { Manifest } from '../manifest.ts'

export interface OwnScriptRules {
  /** Events of the project that come before all others, and before any package is there. */
  readonly first?: readonly string[]
  /** Events of a member. */
  readonly member: readonly string[]
  /** `stages`: the first event of all members, then the second. Absent: all events of a member, then those of the next. */
  readonly by?: 'stages'
  /** Events of the project, after its members. */
  readonly project: readonly string[]
  /** The project takes its turn as the members do: before those that it does not need. */
  readonly isProjectMember?: true
  /** Directories that are linked without being members of the workspace count as such. */
  readonly hasLinks?: true
  /** Events of members that run even where scripts are to be ignored. */
  readonly neverIgnored?: readonly string[]
  /** `binding.gyp` alone is no install script. */
  readonly hasNoGyp?: true
}

export interface OwnScript {
  /** Project-relative directory of the package.json; '' for the project itself. */
  readonly dir: string
  readonly event: string
  readonly command: string
}

/** `manifests`: by directory, in the order in which they can be built; the project ('') may stand anywhere among them. */
export function ownScripts(
  manifests: ReadonlyMap<string, Manifest>,
  { first = [], member, by, project, isProjectMember, hasNoGyp }: OwnScriptRules,
): readonly OwnScript[] {
  const dirs = [...manifests.keys()]
  const members = dirs.filter((dir) => dir !== '')
  const each = (dir: string, events: readonly string[]): readonly OwnScript[] =>
    events.flatMap((event) => {
      const command = commandOf(manifests.get(dir), event, hasNoGyp === true)
      return command === undefined ? [] : [{ dir, event, command }]
    })
  if (isProjectMember === true) return [...each('', first), ...dirs.flatMap((dir) => each(dir, member))]
  const ofMembers =
    by === 'stages'
      ? member.flatMap((event) => members.flatMap((dir) => each(dir, [event])))
      : members.flatMap((dir) => each(dir, member))
  return [...each('', first), ...ofMembers, ...each('', project)]
}

function commandOf(manifest: Manifest | undefined, event: string, hasNoGyp: boolean): string | undefined {
  const script = textAt(recordAt(manifest?.json ?? {}, 'scripts'), event)
  if (script !== undefined && script !== '') return script
  // What compiles an addon that says nothing else.
  return event === 'install' && !hasNoGyp ? manifest?.installScripts.get(event) : undefined
}
