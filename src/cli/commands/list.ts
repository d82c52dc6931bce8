/** `lock2build list`: the packages of the collection, what is asked for and what is locked. */
import { projectFiles } from '../../io/project-files.ts'
import { specParts } from '../../spec/collection-parts.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { openCollection } from '../edit-packages.ts'
import { findPreviousSpec } from '../previous-spec.ts'
import { printable } from '../printable.ts'

export async function list(invocation: Invocation): Promise<CommandResult> {
  const { entries } = await openCollection(invocation, { mustExist: true })
  const { spec } = findPreviousSpec(projectFiles(invocation.directory))
  const parts = new Map((spec === undefined ? [] : specParts(spec)).map((each) => [each.attribute, each]))
  const packages = entries.map(({ name, ecosystem, range, supplements }) => {
    const locked = parts.get(name)?.ecosystem === ecosystem ? parts.get(name)?.part : undefined
    return {
      name,
      ecosystem,
      range,
      version: locked?.project.version ?? null,
      sources: Object.keys(locked?.sources ?? {}).length,
      supplements,
    }
  })
  const width = (column: (row: (typeof packages)[number]) => string) =>
    Math.max(0, ...packages.map((row) => column(row).length))
  const [names, ranges] = [width(({ name }) => name), width(({ range }) => range)]
  const rows = packages.map(({ name, ecosystem, range, version }) =>
    printable(
      `${name.padEnd(names)}  ${range.padEnd(ranges)}  ${version ?? 'not locked'}${ecosystem === 'node' ? '' : `  (${ecosystem})`}`,
    ),
  )
  return { output: rows.map((row) => `${row}\n`).join(''), json: () => ({ packages }) }
}
