/** Everything that decides what an embedded build gives, looked at without reading the project: for builds that have nothing to do. */
import { createHash } from 'node:crypto'
import type { BuildTool } from '../build/build-tool.ts'
import { hostIdentity } from '../build/host-identity.ts'
import { fingerprintFiles, fingerprintProject } from '../io/project-fingerprint.ts'
import { findKind } from '../io/surroundings.ts'
import { circumstances } from './circumstances.ts'
import type { BuildRequest } from './commands/build.ts'

export interface BuildState {
  /** Which build: of two questions at most one answer is kept each. */
  readonly question: string
  /** Hex: equal while nothing that decides has changed. */
  readonly digest: string
  /** See {@link fingerprintProject}. */
  readonly isSettled: boolean
}

export async function buildState(
  { invocation, attribute, omit, groups, extras, installScripts, settings }: BuildRequest,
  tools: readonly BuildTool[],
): Promise<BuildState> {
  const { directory, line } = invocation
  const { sandbox, node, python, php, lock, registry } = line.values
  const question = JSON.stringify([
    directory,
    attribute,
    omit,
    groups ?? null,
    extras,
    installScripts,
    sandbox ?? null,
    node ?? null,
    python ?? null,
    php ?? null,
    lock ?? null,
    registry ?? null,
  ])
  const { digest, isSettled } = fingerprintProject(directory, isNoInput)
  const text = JSON.stringify([
    // Ecosystems are called as the tools are.
    await circumstances(
      invocation,
      tools.map(({ kind }) => kind),
    ),
    question,
    settings,
    tools,
    hostIdentity(),
    digest,
  ])
  return { question, digest: createHash('sha256').update(text).digest('hex'), isSettled }
}

/** The same with what stands beside the project, by real paths. */
export function stateWith(state: BuildState, beside: readonly string[]): Pick<BuildState, 'digest' | 'isSettled'> {
  if (beside.length === 0) return state
  const found = beside.map((path) => (findKind(path) === 'directory' ? fingerprintProject(path, isNoNeighbour) : path))
  const parts = found.map((each) => (typeof each === 'string' ? fingerprintFiles([each]) : [each.digest]))
  return {
    digest: createHash('sha256')
      .update(JSON.stringify([state.digest, beside, parts]))
      .digest('hex'),
    isSettled: state.isSettled && found.every((each) => typeof each === 'string' || each.isSettled),
  }
}

/** The project may stand in it, with its results. */
function isNoNeighbour(path: string, isLink: boolean): boolean {
  return isNoInput(path.slice(path.lastIndexOf('/') + 1), isLink)
}

/** What no build reads: other packages' trees, the repository, and links to results. */
function isNoInput(path: string, isLink: boolean): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name === 'node_modules' || name === '.git' || (isLink && /^result(?:-[^/]*)?$/.test(path))
}
