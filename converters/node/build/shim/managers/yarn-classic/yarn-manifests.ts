/** The manifests of the project and its workspace as yarn 1 reads them, for hoisting. */
import { existsSync } from 'node:fs'
import { tidyAsks } from '../../../../readers/yarn-classic/asks.ts'
import { readResolutions } from '../../../../readers/yarn-classic/resolutions.ts'
import type { Resolution } from '../../../../readers/yarn-classic/resolutions.ts'
import type { LocalManifest } from '../../../../readers/yarn-classic/yarn-graph.ts'
import { findMembers } from '../../../../readers/workspaces.ts'
import type { NodePlan } from '../../../../node-plan.ts'
import type { InstallJob } from '../../../job.ts'
import { fail } from '../../failure.ts'
import { findOwn, isRecord, listAt, loadRecord, recordAt, textAt, textsAt } from '../../json-value.ts'
import type { JsonRecord } from '../../json-value.ts'

export interface YarnLocal extends LocalManifest {
  /** Names and ranges. */
  readonly peers: readonly (readonly [string, string])[]
}

export interface YarnManifests {
  readonly root: YarnLocal
  /** By name, in the order of the workspace's patterns. */
  readonly members: ReadonlyMap<string, YarnLocal>
  readonly hasWorkspace: boolean
  readonly resolutions: readonly Resolution[]
  readonly findManifest: (dir: string) => YarnLocal | undefined
}

export function loadYarnManifests({ manifests, directories }: InstallJob, { local }: NodePlan): YarnManifests {
  const find = (dir: string): YarnLocal | undefined => {
    const copied = findOwn(directories ?? {}, dir)
    const file = findOwn(manifests, dir) ?? (copied === undefined ? undefined : `${copied}/package.json`)
    return file === undefined || !existsSync(file) ? undefined : readLocal(loadRecord(file), dir)
  }
  const json = loadRecord(findOwn(manifests, '') ?? fail('The job gives no package.json for the project.'))
  const patterns = listAt(json, 'workspaces') ?? listAt(recordAt(json, 'workspaces'), 'packages') ?? []
  const dirs = Object.keys(local).filter((dir) => local[dir]?.workspace === true)
  const members = new Map<string, YarnLocal>()
  for (const dir of inOrder(patterns, dirs)) {
    const member = find(dir)
    if (member?.name !== undefined) members.set(member.name, member)
  }
  return {
    root: readLocal(json, ''),
    members,
    hasWorkspace: patterns.length > 0,
    resolutions: readResolutions(Object.entries(textsAt(json, 'resolutions'))),
    findManifest: find,
  }
}

function inOrder(patterns: readonly string[], dirs: readonly string[]): readonly string[] {
  const prefixes = new Set(dirs.map((dir) => `${dir}/package.json`))
  return findMembers(patterns, {
    find: (path) => (prefixes.has(path) ? '' : undefined),
    directories: (path) => {
      const start = path === '' ? '' : `${path}/`
      const names = dirs.flatMap((dir) =>
        dir.startsWith(start) ? [dir.slice(start.length).split('/', 1)[0] ?? ''] : [],
      )
      return [...new Set(names)].filter((name) => name !== '').sort()
    },
  })
}

function readLocal(json: JsonRecord, dir: string): YarnLocal {
  const ranges = (key: string): readonly (readonly [string, string])[] => Object.entries(textsAt(json, key))
  const workspaces = json['workspaces']
  return {
    dir,
    name: textAt(json, 'name'),
    version: textAt(json, 'version'),
    asks: tidyAsks({
      dependencies: ranges('dependencies'),
      optionalDependencies: ranges('optionalDependencies'),
      devDependencies: ranges('devDependencies'),
    }),
    peers: ranges('peerDependencies'),
    nohoist: json['private'] === true && isRecord(workspaces) ? (listAt(workspaces, 'nohoist') ?? []) : [],
  }
}
