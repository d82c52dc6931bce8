/** A package manager as its user has it: on PATH, in the version that package.json names. */
import type { ResolveRequest, ResolveWorld, ToolRun } from '../../../../src/model/resolver.ts'
import { openTool, type ProjectTool } from '../../../../src/resolve/project-tool.ts'
import { findNamedManager, type ManagerWord } from '../../package-managers.ts'

export interface ManagerNeed {
  readonly word: ManagerWord
  /** Its package in the registry, for who has none: of this version. */
  archive(version: string | undefined): string
  /** Instead of what is on PATH: the project carries its own. */
  readonly carried?: readonly [string, ...string[]] | undefined
  readonly environment?: ToolRun['environment']
}

/** Throws as `openTool`. */
export async function openManager(
  { word, archive, carried, environment }: ManagerNeed,
  request: ResolveRequest,
  world: ResolveWorld,
): Promise<ProjectTool> {
  const named = findNamedManager(request)
  const wanted = named?.word === word && carried === undefined ? named.version : undefined
  const program = world.findProgram(word)
  const need = {
    name: word,
    command: carried ?? (program === undefined ? undefined : ([program] as const)),
    wanted,
    get: `npm install --global ${archive(wanted)}`,
    environment: { ...quiet, ...environment },
  }
  return openTool(need, request, world)
}

/** Corepack asks before it downloads, and writes into package.json what it chose. */
const quiet = { COREPACK_ENABLE_DOWNLOAD_PROMPT: '0', COREPACK_ENABLE_AUTO_PIN: '0' }

/** `pnpm@9.1.0`, `pnpm` */
export function atVersion(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name}@${version}`
}
