/** `update --latest`: PDM raises the ranges of pyproject.toml by itself; of the others, what their users type is told. */
import type { RaisedRange, RaiseRanges } from '../../../src/model/raise.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { fail } from '../../../src/problem.ts'
import { normalizeName } from '../standards/name.ts'
import { pdmAsks, updateWithPdm } from './pdm.ts'

const MANIFEST = 'pyproject.toml'

export const raiseRanges: RaiseRanges = async (request, world, names, tool) => {
  if (tool !== 'pdm') failCommand(tool)
  const wanted = names === 'all' ? [] : ownNames(request.files, names)
  if (names !== 'all' && wanted.length === 0) return { files: new Map(), ranges: [] }
  const update = { names: wanted, options: ['--unconstrained'], read: [MANIFEST] } as const
  const { files } = await updateWithPdm(request, world, update)
  const text = files.get(MANIFEST) ?? ''
  const ranges = compareRanges(request.files, { ...request.files, find: () => text })
  return { files: ranges.length === 0 ? new Map() : new Map([[MANIFEST, text]]), ranges }
}

/** Those that the project itself asks for. */
function ownNames(files: ProjectFiles, names: readonly string[]): readonly string[] {
  const own = new Set(pdmAsks(files).map(({ name }) => name))
  return names.filter((name) => own.has(normalizeName(name)))
}

/** In the order of the manifest. */
function compareRanges(before: ProjectFiles, after: ProjectFiles): readonly RaisedRange[] {
  const raised = pdmAsks(after)
  return pdmAsks(before).flatMap(({ name, group, range: from = '*' }): readonly RaisedRange[] => {
    const to = raised.find((ask) => ask.name === name && ask.group === group)?.range ?? '*'
    return from === to ? [] : [{ file: MANIFEST, name, from, to }]
  })
}

/** By resolver. */
const commands: Readonly<Record<string, string>> = {
  uv: '`uv remove NAME` and `uv add NAME` ask for the newest release; or raise the range in the manifest yourself',
  poetry: '`poetry add NAME@latest` does, one by one; or raise the range in pyproject.toml yourself',
  pipenv: '`pipenv update --outdated` shows them; raise the ranges in the Pipfile yourself',
}

/** Throws `usage`. */
function failCommand(tool: string): never {
  fail({
    code: 'usage',
    message: `${tool} raises no ranges by itself, which --latest asks for`,
    hint: `${commands[tool] ?? 'raise them where they stand'}, then type \`lock2build update\``,
  })
}
