/** Projects of Yarn 2 and later: locked by the real one, compared with what Yarn itself installs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import { compareTrees, printDifferences } from './fidelity-compare.ts'
import { pnpParts, writeProject, type Project } from './fidelity.ts'
import { installManaged, type Compared } from './managed-project.ts'
import { getTool, runTool, type PackageManagerTool } from './package-managers.ts'

export type Linker = 'node-modules' | 'pnpm' | 'pnp'

export type ProjectContent = Readonly<Record<string, string | Uint8Array | JsonObject>>

/** A project with the lock file that this Yarn writes for it. `settings`: further lines of `.yarnrc.yml`. */
export async function lockBerry(
  tool: PackageManagerTool,
  files: ProjectContent,
  { linker = 'node-modules', settings = '' }: { readonly linker?: Linker; readonly settings?: string } = {},
): Promise<Project> {
  const project = writeProject({ ...files, 'yarn.lock': '', '.yarnrc.yml': `nodeLinker: ${linker}\n${settings}` })
  await runTool(tool, project, tool.lock)
  return project
}

/** What Yarn installs, in a copy of the project: with its cache inside of it, as for zero-installs. */
export function installBerry(tool: PackageManagerTool, project: Project, args = tool.install): Promise<string> {
  const env = (folder: string) => ({ YARN_ENABLE_GLOBAL_CACHE: '0', YARN_CACHE_FOLDER: join(folder, '.yarn/cache') })
  return installManaged(tool, project, { args, env })
}

/** Both ways to find packages: node_modules (also of members), and what Plug'n'Play needs. */
export function compareBerry(reference: string, result: string, dirs: readonly string[] = []): Compared {
  const modules = ['', ...dirs].map((dir) => join(dir, 'node_modules'))
  const parts = existsSync(join(reference, '.pnp.cjs')) ? pnpParts : modules
  const { files, differences } = compareTrees(reference, result, { parts, exceptions: [] })
  return { files, differences: printDifferences(differences) }
}

export const berries = ['yarn-3.8', 'yarn-4.9', 'yarn-4.18'].map(getTool)
