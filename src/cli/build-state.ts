/** Everything that decides what an embedded build gives, looked at without reading the project: for builds that have nothing to do. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ecosystems } from '../../converters/index.ts'
import type { BuildTool } from '../build/build-tool.ts'
import { hostIdentity } from '../build/host-identity.ts'
import { assetPath } from '../io/assets.ts'
import { filesAround } from '../io/project-files.ts'
import { fingerprintFiles, fingerprintProject } from '../io/project-fingerprint.ts'
import { findKind, isThere } from '../io/surroundings.ts'
import { loadOwnUserConfig } from '../io/user-config.ts'
import type { BuildRequest } from './commands/build.ts'
import { loadUserConfig } from './ecosystem-config.ts'

declare const LOCK2BUILD_VERSION: string

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
  const { directory, environment, line } = invocation
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
  // Ecosystems are called as the tools are.
  const users = await Promise.all(tools.map(({ kind }) => loadUserConfig(kind, environment)))
  const configs = [...users, loadOwnUserConfig(environment) ?? []].flat()
  const text = JSON.stringify([
    ...installation(),
    question,
    settings,
    tools,
    hostIdentity(),
    digest,
    surroundings(directory),
    configs,
    variables(environment, configs.map(({ text }) => text).join('\n')),
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

/** What readers find around the project, where there is a lock file of theirs. */
function surroundings(directory: string): readonly (string | undefined)[] {
  const formats = ecosystems.flatMap(({ formats }) => formats)
  return formats.flatMap(({ files, around: [first, ...others] = [] }) => {
    if (first === undefined || !files.some((file) => isThere(join(directory, file)))) return []
    return [...filesAround(directory)].flatMap(({ path, files: there }) => {
      const text = there.find(first)
      return text === undefined ? [] : [path, text, ...others.map((name) => there.find(name))]
    })
  })
}

/** The program's first file names all others by their contents; the static files have no such names. */
function installation(): readonly string[] {
  const assets = ecosystems.flatMap(({ name, buildFiles }) => buildFiles.map((file) => `${name}/${file}`))
  const files = ['default.nix', 'flake.nix', 'project.nix', ...assets].map(assetPath)
  return [LOCK2BUILD_VERSION, ...fingerprintFiles([process.argv[1] ?? '', ...files])]
}

/** What no build reads: other packages' trees, the repository, and links to results. */
function isNoInput(path: string, isLink: boolean): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name === 'node_modules' || name === '.git' || (isLink && /^result(?:-[^/]*)?$/.test(path))
}

/** What package managers' configuration is made of, beside files: their own variables, and those that the files mention. */
function variables(environment: BuildRequest['invocation']['environment'], text: string) {
  const mentioned = new Set([...text.matchAll(/\$\{([^}?]+)\??\}/g)].map(([, name]) => name))
  return Object.entries(environment)
    .filter(
      ([name]) =>
        /^(?:(?:npm_config|LOCK2BUILD|PIP|UV|PDM|POETRY|COMPOSER|PHP)_|PREFIX$)/i.test(name) || mentioned.has(name),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
