/** All that the builder must know of a kind of tool, one line each: whatever else it does is the same for every ecosystem. */
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ToolName, ToolPart } from '../model/recipe.ts'
import type { BuildTool } from './build-tool.ts'
import { pythonCommand } from './python-tool.ts'

/** Where the shim stands, below the directory of inputs. */
export function shimPath(tool: ToolName): string {
  switch (tool) {
    case 'node':
      return 'shim.mjs'
    case 'python':
      return 'shim.py'
    case 'php':
      return 'shim.php'
  }
}

/** Below the directory of inputs: where node stands. The others are where they are on this machine. */
export const toolPath = 'tool'
export const npmPath = `${toolPath}/lib/node_modules/npm`
const npmCliPath = `${npmPath}/bin/npm-cli.js`

/** What of it can make a difference, as a part of a build's key. */
export function toolIdentity(tool: BuildTool): readonly (string | boolean)[] {
  switch (tool.kind) {
    case 'node':
      return [tool.version, tool.digest, tool.npmVersion, tool.headers !== undefined]
    case 'python':
      // Its path stands in every environment.
      return [tool.version, tool.digest, tool.python]
    case 'php':
      return [tool.version, tool.composerVersion, tool.digest]
  }
}

/** For people, in the record of a build. */
export function toolVersions(tool: BuildTool): Readonly<Record<string, string>> {
  switch (tool.kind) {
    case 'node':
      return { node: tool.version, npm: tool.npmVersion }
    case 'python':
      return { python: tool.version }
    case 'php':
      return { php: tool.version, composer: tool.composerVersion }
  }
}

export interface Running {
  /** What comes before the shim's path. */
  readonly command: readonly [string, ...string[]]
  /** A directory of programs, before those of the system. */
  readonly programs?: string
  /** Host paths that are visible where they are. */
  readonly shared: readonly string[]
}

/** In a sandbox whose directory of inputs is `inputs`. */
export function runningIsolated(tool: BuildTool, inputs: string): Running {
  switch (tool.kind) {
    case 'node': {
      const programs = `${inputs}/${toolPath}/bin`
      return { command: [`${programs}/node`], programs, shared: [] }
    }
    case 'python':
      return { command: pythonCommand(tool), shared: [tool.prefix] }
    case 'php':
      return { command: [tool.php], programs: dirname(tool.php), shared: tool.directories }
  }
}

export interface RunningPure extends Running {
  /** It shares files of its results with packages that are kept unpacked. */
  readonly keepsUnpacked: boolean
  /** See FinishOptions. */
  readonly areFilesSealed: boolean
  /** It is what runs this process. */
  readonly isOwn: boolean
}

/** Outside of a sandbox. */
export function runningPure(tool: BuildTool): RunningPure {
  switch (tool.kind) {
    case 'node': {
      const areFilesSealed = Number.parseInt(tool.npmVersion, 10) >= 7
      const isOwn = tool.node === realpathSync(process.execPath)
      return {
        command: [tool.node],
        programs: dirname(tool.node),
        shared: [],
        keepsUnpacked: true,
        areFilesSealed,
        isOwn,
      }
    }
    case 'python':
      return { command: pythonCommand(tool), shared: [], keepsUnpacked: false, areFilesSealed: false, isOwn: false }
    case 'php':
      return { ...runningIsolated(tool, ''), keepsUnpacked: false, areFilesSealed: false, isOwn: false }
  }
}

/** See RecipeInputs: in a sandbox, and outside of one. */
export function isolatedPart(tool: BuildTool, part: ToolPart, inputs: string): string {
  return tool.kind === 'node' ? `${inputs}/${part === 'npm' ? npmCliPath : toolPath}` : toolPart(tool, part)
}

export function toolPart(tool: BuildTool, part: ToolPart): string {
  switch (tool.kind) {
    case 'node':
      return part === 'npm' ? join(tool.npm, 'bin', 'npm-cli.js') : dirname(dirname(tool.headers ?? tool.node))
    case 'python':
      return tool.prefix
    case 'php':
      return tool.composer
  }
}
