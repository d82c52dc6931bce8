/**
 * The workspace that a project with a lock file of its own is a member of: with `sharedWorkspaceLockfile: false` each member has one,
 * and the settings of the workspace count in each.
 * https://pnpm.io/settings#sharedworkspacelockfile
 */
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { parseJson } from '../../../../src/text/json-document.ts'
import { parseYaml } from '../../../../src/text/yaml-document.ts'
import { fail, shown } from '../../../../src/problem.ts'
import { parseIni } from '../../ini.ts'
import { isMember } from '../workspaces.ts'
import type { PnpmLock } from './lock-file.ts'
import type { PnpmSettings } from './settings.ts'

export const WORKSPACE = 'pnpm-workspace.yaml'

export interface WorkspaceAbove {
  /** From the project: `../..`. */
  readonly path: string
  readonly files: ProjectFiles
  /** Its package.json, if there is one. */
  readonly manifest: Fields | undefined
}

/** Undefined: the project stands for itself, or shares its lock file. Throws `config-invalid` and `manifest-syntax`. */
export function findWorkspaceAbove({ files, around }: ReadContext): WorkspaceAbove | undefined {
  if (files.find(WORKSPACE) !== undefined) return undefined
  for (const { path, inside, files: above } of around?.() ?? []) {
    const text = above.find(WORKSPACE)
    if (text === undefined) continue
    const workspace = rootFields(parseYaml(text, { file: `${path}/${WORKSPACE}`, purpose: 'config' }))
    const patterns = workspace?.texts('packages') ?? []
    if (!isMember(patterns, inside) || !isSeparate(workspace, above)) return undefined
    return { path, files: above, manifest: readManifest(path, above) }
  }
  return undefined
}

function isSeparate(workspace: Fields | undefined, files: ProjectFiles): boolean {
  const shared = workspace?.boolean('sharedWorkspaceLockfile')
  if (shared !== undefined) return !shared
  const lines = parseIni(files.find('.npmrc') ?? '').filter(({ key }) => key === 'shared-workspace-lockfile')
  return lines.at(-1)?.value === 'false'
}

function readManifest(path: string, files: ProjectFiles): Fields | undefined {
  const text = files.find('package.json')
  if (text === undefined) return undefined
  return rootFields(parseJson(text, { file: `${path}/package.json`, purpose: 'manifest' }))
}

interface Outside {
  readonly lock: PnpmLock
  readonly settings: PnpmSettings
  readonly major: number
}

/** Throws `source-unsupported` where settings of the workspace want files that stand there: a build of the member does not see them. */
export function refuseOutside(above: WorkspaceAbove, { lock, settings, major }: Outside): void {
  const hint = shareHint(above)
  if (major >= 10 && settings.patches.value.size > 0) {
    const message = `the patches of the workspace ${shown(above.path)} are outside of this member`
    fail({ code: 'source-unsupported', message, where: settings.patches.where, hint })
  }
  if (settings.nodeLinker === 'hoisted') {
    const message = `with nodeLinker hoisted pnpm itself installs, and it would not see ${shown(above.path)}`
    fail({ code: 'source-unsupported', message, where: { file: lock.file }, hint })
  }
}

/** What to do about a member that needs what stands elsewhere in its workspace. */
export function shareHint({ path }: WorkspaceAbove): string {
  return `let the members of ${shown(path)} share a lock file: remove sharedWorkspaceLockfile there, type \`pnpm install --lockfile-only\` and \`lock2build -C ${shown(path)}\``
}
