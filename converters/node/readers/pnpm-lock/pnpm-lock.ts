/** The reader of pnpm-lock.yaml: versions 5.1 to 5.4 (pnpm 7), 6.0 and 6.1 (8), 9.0 (9 and newer, also as the second of two documents). */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import type { Lock, Place } from '../../../../src/model/lock.ts'
import type { Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { readNpmConfig } from '../../npmrc.ts'
import { managerPackage } from '../../package-managers.ts'
import { loadManifest, lockText, needManifest } from '../project-files.ts'
import type { ManifestLoading } from '../project-files.ts'
import { findMembers } from '../workspaces.ts'
import { checkManifests } from './check-manifests.ts'
import { layOutIsolated } from './isolated-layout.ts'
import { readPnpmLock } from './lock-file.ts'
import { buildGraph } from './lock-graph.ts'
import type { PnpmGraph } from './lock-graph.ts'
import { choosePnpm, linksPeers, scriptPolicy } from './manager.ts'
import { buildPackages } from './packages.ts'
import { patchFinder } from './patches.ts'
import { filesOfPnpm, settingsOfPnpm, withoutAbsent } from './project-files.ts'
import { readSettings } from './settings.ts'
import { findWorkspaceAbove, refuseOutside, shareHint } from './workspace-above.ts'
import type { PnpmSettings } from './settings.ts'

export const pnpmLock: LockReader = { read }

function read(context: ReadContext): ReadResult {
  const { file, files } = context
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const warn = (problem: Problem): void => void warnings.push(problem)
  const whole = readPnpmLock(lockText(context), file)
  // What cannot be read would be missed everywhere.
  whole.document.failIfAny()
  const lock = withoutAbsent(whole, { files, warn })
  const loading: ManifestLoading = { context, report }
  const project = needManifest('', loading, wholeManifest)
  const above = findWorkspaceAbove(context)
  const pnpm = choosePnpm(lock, { context, above, manifest: project, warn })
  const settings = readSettings({ context, above, major: pnpm.major, manifest: project, report })
  if (above !== undefined) refuseOutside(above, { lock, settings, major: pnpm.major })
  const rules = { grammar: lock.grammar, major: pnpm.major, longest: settings.virtualStoreDirMaxLength }
  const outside = above && shareHint(above)
  const graph = buildGraph(lock, { rules, report, outside, warn: settings.nodeLinker === 'hoisted' ? undefined : warn })
  const manifests = loadManifests(graph, settings, { ...loading, project })
  checkManifests({ lock, settings, manifests, report })
  const { registries } = readNpmConfig(context)
  const { packages, idOf, roots } = buildPackages(graph, {
    lock,
    settings,
    manifests,
    registries,
    report,
    reach: files.reach,
    findManifest: (path) => loadManifest(path, loading, wholeManifest.read),
  })
  const patchesOf = patchFinder({ files, lock, settings: settings.patches, report })
  const members = new Map([...manifests].flatMap(([path, fields]) => (path === '' ? [] : nameOf(path, fields))))
  const layout: ReadonlyMap<string, Place> =
    problems.length > 0 || lock.document.problems.length > 0
      ? new Map()
      : layOutIsolated(graph, {
          settings,
          major: pnpm.major,
          linksPeers: linksPeers(pnpm, settings),
          members,
          idOf,
          patchesOf,
        })
  lock.document.failIfAny(problems)
  const manager = managerPackage('pnpm', { version: pnpm.version, digests: pnpm.digests, registries, file })
  const result: Lock = {
    ecosystem: 'node',
    format: { name: 'pnpm-lock', version: lock.version, file },
    roots,
    packages: new Map([...packages, [manager.id, manager]]),
    layout,
    manager: {
      name: 'pnpm',
      version: pnpm.version,
      package: manager.id,
      scripts: scriptPolicy(pnpm.major, settings.builds),
      files: filesOfPnpm(file, settings, files),
      settings: settingsOfPnpm(settings, pnpm.major),
      ...(above === undefined ? {} : { settingsOutside: above.path, buildsLater: true }),
      // Its hoisting is Yarn's, which nobody but pnpm itself repeats here.
      ...(settings.nodeLinker === 'hoisted' ? { installs: true } : {}),
    },
    ignored: settings.ignored,
    // Until version 9 the lock file says which packages have scripts.
    ...(lock.grammar === 9 ? { leftToManifests: ['scripts'] } : {}),
  }
  return { lock: result, warnings }
}

function nameOf(path: string, fields: Fields): readonly (readonly [string, string])[] {
  const name = fields.raw('name')
  return typeof name === 'string' && name !== '' ? [[path, name]] : []
}

const wholeManifest = { read: (fields: Fields): Fields => fields, relock: 'pnpm install --lockfile-only' }

/** Of the project, of the importers, and of the members that the workspace's patterns name. Sorted, the project first. */
function loadManifests(
  graph: PnpmGraph,
  { members }: PnpmSettings,
  { project, ...loading }: ManifestLoading & { readonly project: Fields | undefined },
): ReadonlyMap<string, Fields> {
  const paths = new Set([
    ...graph.importers.keys(),
    ...(members === undefined ? [] : findMembers(members, loading.context.files)),
  ])
  const manifests = new Map<string, Fields>()
  if (project !== undefined) manifests.set('', project)
  for (const path of [...paths].sort()) {
    const manifest = path === '' ? undefined : needManifest(path, loading, wholeManifest)
    if (manifest !== undefined) manifests.set(path, manifest)
  }
  return manifests
}
