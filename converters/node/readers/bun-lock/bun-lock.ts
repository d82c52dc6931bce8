/**
 * Reader of bun.lock (lockfileVersion 0 to 2): JSON with trailing commas; `workspaces` says what the project and its members ask
 * for, `packages` what stands where: https://bun.com/docs/pm/lockfile
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import { fail, failIfAny } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { parseJsonc } from '../../../../src/text/jsonc-document.ts'
import { readNpmConfig } from '../../npmrc.ts'
import { findNamedManager } from '../../package-managers.ts'
import { buildLock } from '../build-lock.ts'
import type { PlaceEntry } from '../build-lock.ts'
import type { LocatingFormat } from '../source.ts'
import { bunBinaries, startsBun } from './bun-binaries.ts'
import { bunRelease } from './bun-release.ts'
import { checkGraph } from './check-graph.ts'
import { checkManifests } from './check-manifests.ts'
import { checkRules } from './check-rules.ts'
import { hoist } from './hoist.ts'
import { hoistedPlaces } from './hoisted-layout.ts'
import { isolatedPlaces } from './isolated-layout.ts'
import { buildStore } from './isolated-store.ts'
import { findLinker, ignoredSettings } from './linker.ts'
import { findLocals } from './local-directories.ts'
import { resolveGraph } from './lock-graph.ts'
import type { GraphPackage, LockGraph } from './lock-graph.ts'
import { isIgnored, isNative, nativeRules } from './native-packages.ts'
import type { NativeRules } from './native-packages.ts'
import { readPatches } from './patched-packages.ts'
import { buildPeerTree } from './peer-tree.ts'
import type { PlaceDetails } from './plain-entry.ts'
import { readPackages, readWorkspaces } from './read-packages.ts'
import { trustedScripts } from './trusted-scripts.ts'
import { lockText } from '../project-files.ts'

export const bunLock: LockReader = { read: readBunLock }

function readBunLock(context: ReadContext): ReadResult {
  const { file } = context
  const { registries } = readNpmConfig(context)
  const document = parseJsonc(lockText(context), { file, purpose: 'lock' })
  const root = rootFields(document)
  const version = root === undefined ? undefined : readVersion(root)
  failIfAny(document.problems.map(hinted))
  if (root === undefined || version === undefined) throw new Error('a lock without a version is a problem')

  const problems: Problem[] = []
  const warnings: Problem[] = []
  const told = new Set<string>()
  // A package that stands in several places is looked at in each.
  const report = (problem: Problem): void => {
    const text = `${problem.where?.key} ${problem.message}`
    if (!told.has(text)) problems.push(hinted(problem))
    told.add(text)
  }
  const warn = (problem: Problem): void => void warnings.push(hinted(problem))
  const workspaces = readWorkspaces(root)
  const entries = readPackages(root, { recordsScripts: version === '2' })
  const trusted = root.texts('trustedDependencies')
  const patches = readPatches(root, report)
  const configVersion = root.integer('configVersion')
  failIfAny(document.problems.map(hinted))
  checkGraph({ workspaces, entries, report }, context.files.reach)
  failIfAny(problems)
  const graph = resolveGraph({ workspaces, entries, report })
  const release = bunRelease(nameOfBun(context), { version, configVersion })
  const manifests = checkManifests(graph, { context, report })
  if (manifests[0] !== undefined) checkRules(graph, { manifest: manifests[0], lock: root, report })
  const linker = findLinker(context, { configVersion, hasMembers: graph.members.length > 0, release })
  const native = nativeRules(release, linker, manifests[0])
  const places = layOut(graph, native, patches)
  const binaries = bunBinaries({ version: release.version, registries, context })
  const format = { name: 'bun-lock', version, file }
  const parts = { format, locals: findLocals(graph), places, others: binaries.packages }
  const lock = buildLock(parts, { registries, report, warn, reach: context.files.reach, format: bunFormat })
  failIfAny(problems)
  const isTop = ({ entry }: GraphPackage): boolean =>
    places.get(`node_modules/${entry.name}`)?.entry.where === entry.where
  const isNeedless = (pkg: GraphPackage): boolean => isIgnored(pkg, native) || isNative(pkg, isTop(pkg), native)
  const scripts = trustedScripts(graph, { trusted, bun: release.version, isNeedless })
  return {
    lock: {
      ...lock,
      manager: {
        name: 'bun',
        version: release.version,
        leavesOut: 'each',
        scripts,
        binaries: binaries.bySystem,
        isStarted: manifests.some(startsBun),
        files: [file, ...(context.files.find(BUNFIG) === undefined ? [] : [BUNFIG])],
      },
      ignored: ignoredSettings(context, linker),
      // Before version 2 it is not written who has install scripts.
      ...(version === '2' ? {} : { leftToManifests: ['scripts'] }),
    },
    warnings,
  }
}

function layOut(
  graph: LockGraph,
  native: NativeRules,
  patches: ReadonlyMap<string, string>,
): ReadonlyMap<string, PlaceEntry> {
  const { mindsPeers, addsOptionalPeers, takesAgain } = native.release
  const details: PlaceDetails = (pkg, isTop) => {
    const patch = patches.get(pkg.entry.id)
    return {
      patches: patch === undefined ? undefined : [patch],
      native: isNative(pkg, isTop, native) ? true : undefined,
      copyOf: pkg.entry.resolution.kind === 'folder' ? pkg.entry.resolution.path : undefined,
    }
  }
  if (native.linker === 'hoisted') return hoistedPlaces(hoist(graph, { mindsPeers }), details)
  const tree = buildPeerTree(graph, { ancestorsAreProvided: mindsPeers, addsOptionalPeers, takesAgain })
  return isolatedPlaces(buildStore(tree, { isLater: mindsPeers }), details)
}

function nameOfBun(context: ReadContext): string | undefined {
  const named = findNamedManager(context)
  return named?.word === 'bun' ? named.version : undefined
}

/** What to do about what is wrong in a file that Bun wrote is nearly always the same. */
function hinted(problem: Problem): Problem {
  return {
    ...problem,
    hint: problem.hint ?? 'restore the file from version control, or run bun install, which writes it anew',
  }
}

/** Lists have no names for their elements: of npm packages the second is the registry's, the last is the digest. */
const bunFormat: LocatingFormat = {
  command: 'bun install',
  keyOf: (field, { version }) =>
    field === 'integrity' ? `[${version === undefined ? 2 : 3}]` : `[${version === undefined ? 0 : 1}]`,
}

const BUNFIG = 'bunfig.toml'

const versions = ['0', '1', '2']

/** Throws `lock-version`; a value that is no number is collected as a problem. */
function readVersion(root: Fields): string | undefined {
  const hint =
    'let a release of Bun that knows it write the file anew: bun install --save-text-lockfile --lockfile-only'
  if (!root.has('lockfileVersion')) {
    const message = 'there is no lockfileVersion: this is no lock file of Bun'
    return fail({ code: 'lock-version', message, where: { file: root.document.file, line: 1 }, hint })
  }
  const version = root.integer('lockfileVersion')
  if (version === undefined || versions.includes(String(version))) return version?.toString()
  const message = `lockfileVersion ${version} is not known (0, 1 and 2 are)`
  return fail({ code: 'lock-version', message, where: root.where('lockfileVersion'), hint })
}
