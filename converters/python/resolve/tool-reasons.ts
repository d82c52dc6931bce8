/** Which tool locks a Python project: the one that pyproject.toml asks for, else the first one on PATH that can. */
import type { ResolverProject } from '../../../src/model/resolver.ts'
import { findKind, type ProjectKind, type ToolWord } from './project-kind.ts'

export type PythonToolName = ToolWord | 'pipenv' | 'pip-compile' | 'pip'

/** Why it is this one's, as a part of a message; undefined: it is not. Throws as `findKind`. */
export function findToolReason(name: PythonToolName, project: ResolverProject): string | undefined {
  const kind = findKind(project)
  if (kind === undefined) return undefined
  const chosen = choose(kind, (program) => project.findProgram(program) !== undefined)
  return chosen.name === name ? chosen.why : undefined
}

interface Choice {
  readonly name: PythonToolName
  readonly why: string
}

function choose(kind: ProjectKind, isThere: (program: string) => boolean): Choice {
  const first = <T extends PythonToolName>(names: readonly T[], otherwise: T): Choice => {
    const name = names.find(isThere)
    return name === undefined
      ? { name: otherwise, why: 'no other tool is on PATH' }
      : { name, why: `${name} is on PATH` }
  }
  switch (kind.kind) {
    case 'pyproject':
      if (kind.asks !== undefined) return { name: kind.asks.tool, why: kind.asks.why }
      if (kind.builtBy !== undefined && isThere(kind.builtBy)) {
        return { name: kind.builtBy, why: 'pyproject.toml names its build backend' }
      }
      return first<PythonToolName>(['uv', 'poetry', 'pdm'], 'pip')
    case 'pipfile':
      return { name: 'pipenv', why: 'there is a Pipfile' }
    case 'compiled':
      return first<PythonToolName>(['uv', 'pip-compile'], 'pip')
    case 'files':
    case 'script':
      return first<PythonToolName>(['uv'], 'pip')
  }
}
