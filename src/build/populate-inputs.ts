/** The directory of a build's inputs: files that are there already get a second name, directories are mounted, the rest is written. */
import { chmodSync, copyFileSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { failIo, hasCode } from '../io/inside.ts'
import { fail } from '../problem.ts'
import type { BuildTool, NodeTool } from './build-tool.ts'
import type { Input, PlannedBuild } from './plan-build.ts'
import { copyProject, digestProject, listProject } from './project-tree.ts'
import type { Mount } from './sandbox.ts'
import { npmPath, toolPath } from './tool-traits.ts'

export interface PopulateRequest {
  /** Does not exist yet. */
  readonly directory: string
  readonly inputs: readonly Input[]
  readonly tool: BuildTool
  /** Source id → path in the store. */
  readonly sources: ReadonlyMap<string, string>
  /** Where the result of another build is. */
  readonly outputOf: (build: PlannedBuild) => string
}

/** What must be mounted into it. Throws `io`. */
export function populateInputs(request: PopulateRequest): readonly Mount[] {
  const { directory, inputs } = request
  mkdirSync(directory, { mode: 0o755 })
  try {
    return [...inputs.flatMap((input) => populate(input, request)), ...populateTool(request)]
  } catch (error) {
    return failIo(error, 'preparing', directory)
  }
}

function populate(input: Input, { directory, sources, outputOf }: PopulateRequest): readonly Mount[] {
  const to = join(directory, input.at)
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
  switch (input.kind) {
    case 'file':
      writeFileSync(to, input.bytes, { mode: 0o644 })
      return []
    case 'source': {
      const from = sources.get(input.id)
      if (from === undefined) throw new Error(`${input.id} was not fetched`)
      if (input.isTree) return [mountPoint(from, to, input.at)]
      nameAgain(from, to)
      return []
    }
    case 'project':
      populateProject(input, to)
      return []
    case 'output':
      return [mountPoint(outputOf(input.build), to, input.at)]
  }
}

/** Copies what of the project is an input. Throws `io`, also when it is not any more what it was. */
export function populateProject({ root, entries, digest }: Extract<Input, { kind: 'project' }>, to: string): void {
  copyProject(root, entries, to)
  failIfChanged(to, digest)
}

function mountPoint(from: string, to: string, at: string): Mount {
  mkdirSync(to, { recursive: true, mode: 0o755 })
  return { from, to: at }
}

/** Two ids may have the same bytes. */
function nameAgain(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return
    if (!hasCode(error, 'EMLINK', 'EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP')) throw error
    copyFileSync(from, to)
    chmodSync(to, 0o444)
  }
}

/** The key was made from what stood there before; a file that was saved meanwhile would be built under a wrong name. */
function failIfChanged(copy: string, digest: string): void {
  if (
    digestProject(
      copy,
      listProject(copy, () => false),
    ) === digest
  )
    return
  fail({ code: 'io', message: 'the project changed while it was copied', hint: 'run it again' })
}

/** Only node has a place of its own: the others are where they are on this machine (`shared` of a sandbox's run). */
function populateTool({ directory, tool }: PopulateRequest): readonly Mount[] {
  switch (tool.kind) {
    case 'node':
      return populateNode(directory, tool)
    case 'python':
    case 'php':
      return []
  }
}

/** At one place wherever node is installed: an executable, npm, and the headers that addons are compiled with. */
function populateNode(directory: string, { node, npm, headers }: NodeTool): readonly Mount[] {
  mkdirSync(join(directory, toolPath, 'bin'), { recursive: true, mode: 0o755 })
  writeFileSync(join(directory, toolPath, 'bin', 'node'), '')
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(directory, toolPath, 'bin', name))
  }
  const directories = [
    [npm, npmPath] as const,
    ...(headers === undefined ? [] : [[headers, `${toolPath}/include/node`] as const]),
  ]
  return [
    { from: node, to: `${toolPath}/bin/node` },
    ...directories.map(([from, at]) => mountPoint(from, join(directory, at), at)),
  ]
}
