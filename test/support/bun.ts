/** Projects of Bun: locked by the real one, built by the embedded builder, compared with what Bun itself installs. */
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import { compareTrees, printDifferences } from './fidelity-compare.ts'
import { buildEmbedded } from './fidelity-embedded.ts'
import { findModules, writeProject, type Project } from './fidelity.ts'
import { runTool, tools, type PackageManagerTool } from './package-managers.ts'

export const buns = tools.filter(({ archive }) => archive.startsWith('bun@'))

export interface BunProject {
  readonly manifest: JsonObject
  readonly files?: Readonly<Record<string, string | Uint8Array | JsonObject>>
}

/** A project with the lock file that this Bun writes for it, and with it named in package.json. */
export async function lockBun(
  tool: PackageManagerTool,
  { manifest, files = {} }: BunProject,
  args: readonly string[] = tool.lock,
): Promise<Project> {
  const project = writeProject({ ...files, 'package.json': { ...manifest, packageManager: tool.archive } })
  await runTool(tool, project, args)
  return project
}

/** What Bun installs, in a copy of the project. */
export async function installBun(tool: PackageManagerTool, project: Project): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-reference-'))
  cpSync(project.folder, folder, { recursive: true })
  await runTool(tool, { ...project, folder }, tool.install)
  return folder
}

/** `nodeModules` by the embedded builder, as Bun leaves it. */
export function buildBun(program: string, project: Project, cache: string): Promise<string> {
  return buildEmbedded(program, project, { cache, attribute: 'nodeModules' })
}

export interface Compared {
  readonly files: number
  readonly differences: readonly string[]
}

/** Less Bun's notes. */
export function compareBun(tool: PackageManagerTool, reference: string, result: string): Compared {
  const parts = [...new Set([...findModules(reference), ...findModules(result)])].sort()
  const { files, differences } = compareTrees(reference, result, { parts, exceptions: tool.exceptions })
  return { files, differences: printDifferences(differences) }
}
