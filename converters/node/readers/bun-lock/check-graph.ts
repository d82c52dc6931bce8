/** What is written into a tree by the words of the lock file: names, paths and versions that may be none. */
import { shown } from '../../../../src/problem.ts'
import type { Code, Where } from '../../../../src/problem.ts'
import { isPackageName, isVersion } from '../../package-name.ts'
import { nearPathFault, pathFault } from '../install-path.ts'
import type { GraphParts } from './lock-graph.ts'
import type { BunEntry, BunWorkspace } from './read-packages.ts'

/** Reports every name and path that no tree may have, and what is not supported. `reach`: see ProjectFiles. */
export function checkGraph({ workspaces, entries, report }: GraphParts, reach: number | undefined): void {
  const at: At = (code, message, where, hint) =>
    report({ code, message, where, ...(hint === undefined ? {} : { hint }) })
  const paths = new Set<string>()
  for (const workspace of workspaces) checkWorkspace(workspace, at)
  for (const { path } of workspaces) paths.add(path)
  if (!paths.has(''))
    report({
      code: 'lock-inconsistent',
      message: 'the project itself ("") is not among "workspaces"',
      where: { file: fileOf(workspaces, entries), key: 'workspaces' },
    })
  const names = new Map<string, string>()
  for (const { name, path, where } of workspaces) {
    const other = path === '' ? undefined : names.get(name ?? '')
    if (other !== undefined)
      at('lock-inconsistent', `${shown(path)} and ${shown(other)} are both called ${shown(name ?? '')}`, where)
    if (path !== '') names.set(name ?? '', path)
  }
  const accepted = new Set<string>()
  entries.forEach((entry) => {
    checkNames(entry, accepted, at)
    checkResolution(entry, at, reach)
    const { resolution, where } = entry
    if (resolution.kind === 'workspace' && !paths.has(resolution.path)) {
      at(
        'lock-inconsistent',
        `${shown(entry.key)} is the workspace ${shown(resolution.path)}, which "workspaces" does not hold`,
        where,
      )
    }
  })
}

type At = (code: Code, message: string, where: Where, hint?: string) => void

function fileOf(workspaces: readonly BunWorkspace[], entries: readonly BunEntry[]): string {
  return workspaces[0]?.where.file ?? entries[0]?.where.file ?? 'bun.lock'
}

function checkWorkspace({ path, name, where, asks }: BunWorkspace, at: At): void {
  checkPath(path, where, at)
  // The project's own name is never a directory's.
  if (path !== '' && name !== undefined && !isPackageName(name)) at('name-invalid', noName(name), where)
  for (const ask of asks) if (!isPackageName(ask.name)) at('name-invalid', noName(ask.name), where)
}

/** `accepted`: names that were looked at. */
function checkNames({ key, name, where, resolution, asks }: BunEntry, accepted: Set<string>, at: At): void {
  const checkName = (text: string): void => {
    if (!isAccepted(text, accepted)) at('name-invalid', noName(text), where)
  }
  const isNamed = resolution.kind !== 'root'
  // Nearly always the key is the package's own name.
  if (!isNamed || key !== name || !isAccepted(name, accepted)) {
    new Set(segmentsOf(key)).forEach(checkName)
    if (isNamed) checkName(name)
  }
  asks.forEach((ask) => checkName(ask.name))
}

function isAccepted(name: string, accepted: Set<string>): boolean {
  if (accepted.has(name)) return true
  if (!isPackageName(name)) return false
  accepted.add(name)
  return true
}

function checkResolution({ key, where, resolution }: BunEntry, at: At, reach: number | undefined): void {
  switch (resolution.kind) {
    case 'npm':
      if (!isVersion(resolution.version))
        at('name-invalid', `${shown(resolution.version)} is not a version that Bun accepts`, where)
      return
    case 'workspace':
      checkPath(resolution.path, where, at)
      return
    case 'folder':
      checkPath(resolution.path, where, at, (path) => nearPathFault(path, reach))
      return
    case 'link':
      at('source-unsupported', `${shown(key)} is linked on one machine (bun link)`, where)
      return
    case 'unknown':
      at('source-unsupported', `${shown(resolution.text)} is not a source that is known`, where)
      return
    case 'root':
    case 'tarball':
    case 'git':
    case 'github':
  }
}

function checkPath(path: string, where: Where, at: At, judge = pathFault): void {
  const fault = path === '' ? undefined : judge(path)
  if (fault !== undefined) at(fault.code, `${fault.message}: ${shown(path)}`, where, fault.hint)
}

function noName(text: string): string {
  return `${shown(text)} is not a package name`
}

/** `@s/a/b` → `@s/a`, `b`. */
function segmentsOf(key: string): readonly string[] {
  return key.match(/@[^/]*\/[^/]*|[^/]+|(?<=\/)$|^$/g) ?? ['']
}
