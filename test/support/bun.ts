/** Projects of Bun, locked by the real one. */
import type { JsonObject } from '../../src/model/json.ts'
import { writeProject, type Project } from './fidelity.ts'
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
