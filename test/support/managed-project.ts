/** What the tests of yarn, pnpm and Bun share: each package manager's own installation, ours of the same project, the comparison. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { removeTree } from '../../src/io/store-space.ts'
import { installProgram } from './cli.ts'
import { compareTrees, printDifferences, type TreeException } from './fidelity-compare.ts'
import { buildEmbedded } from './fidelity-embedded.ts'
import { findModules, type Project } from './fidelity.ts'
import { startGit, type LoopbackGit } from './loopback-git.ts'
import { nodeOf, runTool, type PackageManagerTool } from './package-managers.ts'

export interface Workshop {
  /** The built program, see installProgram. */
  readonly program: string
  /** Of this test file alone. */
  readonly cache: string
  readonly git: LoopbackGit
}

/** Set up before the tests of a file, and taken down after them. */
export function useWorkshop(): Workshop {
  const cache = mkdtempSync(join(tmpdir(), 'lock2build-embedded-'))
  let program = ''
  let git: LoopbackGit | undefined
  beforeAll(async () => {
    program = await installProgram()
    git = await startGit()
  })
  afterAll(async () => {
    removeTree(cache)
    await git?.close()
  })
  return {
    cache,
    get program() {
      return program
    },
    get git() {
      if (git === undefined) throw new Error('the tests have not begun yet')
      return git
    },
  }
}

/** What the package manager installs, in a copy of the project. */
export async function installManaged(
  tool: PackageManagerTool,
  project: Project,
  { args = tool.install, env = () => ({}) }: InstallOptions = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-reference-'))
  cpSync(project.folder, folder, { recursive: true })
  rmSync(join(folder, 'lock2build'), { recursive: true, force: true })
  await runTool(tool, { folder, env: { ...project.env, ...env(folder) } }, args)
  return folder
}

export interface InstallOptions {
  readonly args?: readonly string[]
  /** Of the directory in which it runs. */
  readonly env?: (folder: string) => Readonly<Record<string, string>>
}

/** By the embedded builder, as the package manager leaves it. */
export function buildManaged(
  { program, cache }: Pick<Workshop, 'program' | 'cache'>,
  tool: PackageManagerTool,
  project: Project,
  attribute = 'nodeModules',
): Promise<string> {
  return buildEmbedded(program, project, { cache, attribute, node: nodeOf(tool) })
}

export interface Compared {
  readonly files: number
  readonly differences: readonly string[]
}

/** Less the package manager's own notes. */
export function compareManaged(
  tool: PackageManagerTool,
  reference: string,
  result: string,
  exceptions: readonly TreeException[] = [],
): Compared {
  const parts = [...new Set([...findModules(reference), ...findModules(result)])].sort()
  const options = { parts, exceptions: [...tool.exceptions, ...exceptions] }
  const { files, differences } = compareTrees(reference, result, options)
  return { files, differences: printDifferences(differences) }
}
