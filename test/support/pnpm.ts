/** Projects of pnpm, locked by the real one. */
import { join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import { writeProject, type Project } from './fidelity.ts'
import { runTool, tools, type PackageManagerTool } from './package-managers.ts'

export const pnpms = tools.filter(({ archive }) => archive.startsWith('pnpm@'))

export type Files = Readonly<Record<string, string | Uint8Array | JsonObject>>

export interface PnpmProject {
  readonly manifest: JsonObject
  readonly files: Files
  /** As of pnpm-workspace.yaml; older versions read them from package.json and .npmrc. */
  readonly settings?: PnpmTestSettings
}

export interface PnpmTestSettings {
  readonly overrides?: Readonly<Record<string, string>>
  readonly patchedDependencies?: Readonly<Record<string, string>>
  /** Names whose scripts may run (pnpm 10 and 11 ask). */
  readonly builds?: readonly string[]
  readonly npmrc?: Readonly<Record<string, string>>
  readonly members?: readonly string[]
}

/** A project with the lock file that this pnpm writes for it, and with it named in package.json. */
export async function lockPnpm(tool: PackageManagerTool, project: PnpmProject): Promise<Project> {
  const { manifest, files, settings = {} } = project
  const isNew = majorOf(tool) >= 11
  const { overrides = {}, patchedDependencies = {}, builds = [], npmrc = {}, members } = settings
  const own = { overrides, patchedDependencies, ...(majorOf(tool) >= 10 ? { onlyBuiltDependencies: builds } : {}) }
  const written = writeProject({
    ...files,
    'package.json': { ...manifest, packageManager: tool.archive, ...(isNew ? {} : { pnpm: own }) },
    ...(members === undefined && !isNew ? {} : { 'pnpm-workspace.yaml': workspaceText(settings, isNew) }),
    ...(isNew
      ? {}
      : {
          '.npmrc': Object.entries(npmrc)
            .map(([name, value]) => `${name}=${value}\n`)
            .join(''),
        }),
  })
  await runTool(tool, written, tool.lock)
  return written
}

/** A member of the project that has a lock file of its own (`shared-workspace-lockfile=false`), as a project. */
export function memberOf(project: Project, member: string): Project {
  return { ...project, folder: join(project.folder, member) }
}

function majorOf({ archive }: PackageManagerTool): number {
  return Number.parseInt(archive.slice('pnpm@'.length), 10)
}

function workspaceText({ members = [], ...settings }: PnpmTestSettings, isNew: boolean): string {
  const { overrides = {}, patchedDependencies = {}, builds = [], npmrc = {} } = settings
  const allowBuilds = Object.fromEntries(builds.map((name) => [name, true]))
  const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  const words = Object.entries(npmrc).map(([name, value]) => `${camel(name)}: ${value}\n`)
  // JSON is YAML.
  const lists = { packages: members, ...(isNew ? { overrides, patchedDependencies, allowBuilds } : {}) }
  const objects = Object.entries(lists).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
  return [...objects, ...(isNew ? words : [])].join('')
}
