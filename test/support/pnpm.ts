/** Projects of pnpm: locked by the real one, built by the embedded builder, compared with what pnpm itself installs. */
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import { compareTrees, printDifferences } from './fidelity-compare.ts'
import { buildEmbedded } from './fidelity-embedded.ts'
import { convert, findModules, writeProject, type Project } from './fidelity.ts'
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

/** What pnpm installs, in a copy of the project. */
export async function installPnpm(tool: PackageManagerTool, project: Project): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-reference-'))
  cpSync(project.folder, folder, { recursive: true })
  await runTool(tool, { ...project, folder }, tool.install)
  return folder
}

/** `nodeModules` by the embedded builder, as pnpm leaves it. */
export async function buildPnpm(
  program: string,
  project: Project,
  { cache, args = [] }: { readonly cache: string; readonly args?: readonly string[] },
): Promise<string> {
  await convert(project, args)
  return buildEmbedded(program, project, { cache, attribute: 'nodeModules' })
}

export interface Compared {
  readonly files: number
  readonly differences: readonly string[]
}

/** Less pnpm's notes, and the text of programs: there pnpm has absolute paths. */
export function comparePnpm(tool: PackageManagerTool, reference: string, result: string): Compared {
  const parts = [...new Set([...findModules(reference), ...findModules(result)])].sort()
  const { files, differences } = compareTrees(reference, result, { parts, exceptions: tool.exceptions })
  return { files, differences: printDifferences(differences) }
}
