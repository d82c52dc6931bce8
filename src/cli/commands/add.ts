/** `lock2build add NAME[@RANGE]…`: more packages for the collection, locked and written with it, all or none. */
import { addToCollection, type Addition } from '../../collection/edit-collection.ts'
import { projectFiles } from '../../io/project-files.ts'
import { COLLECTION_FILE } from '../../model/collection.ts'
import { failIfAny, type Problem } from '../../problem.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { convertEdited, namerOf, openCollection } from '../edit-packages.ts'

export async function add(invocation: Invocation): Promise<CommandResult> {
  const { line, directory } = invocation
  const { tools, entries } = await openCollection(invocation, { mustExist: false })
  const ecosystem = chooseEcosystem(line.values.ecosystem, [...new Set(entries.map((entry) => entry.ecosystem))])
  const own = tools.get(ecosystem)
  const problems: Problem[] = []
  const additions = line.operands.flatMap((word): readonly Addition[] => {
    const [key, range] = own?.split(word) ?? [word, '*']
    const request = own?.read(key, range)
    if (request === undefined || 'code' in request) {
      if (request !== undefined) problems.push(request)
      return []
    }
    const known = entries.find(({ name }) => name === request.name)
    // Without a range, who is there already stays as it is.
    return known !== undefined && request.range === '*' ? [] : [{ ecosystem, key, range: request.range }]
  })
  failIfAny(problems)
  const text = projectFiles(directory).find(COLLECTION_FILE)
  return convertEdited(invocation, { collection: addToCollection(text, additions, namerOf(tools)) })
}

/** The one that is typed, or the only one of the collection. */
function chooseEcosystem(typed: unknown, used: readonly string[]): string {
  if (typeof typed === 'string') return typed
  const [only, ...others] = used
  return only !== undefined && others.length === 0 ? only : 'node'
}
