/**
 * Lock → NodePlan: what stands where, on which systems. Optional packages that cannot run on a system go together with
 * their optional set, as npm has it; `engines` are left to the shim, which knows the build's node and npm.
 */
import type { Plan, PlanOptions } from '../../src/model/converter.ts'
import type {
  Edge,
  IgnoredSetting,
  Lock,
  LockedPackage,
  PackageId,
  PackageManager,
  Place,
} from '../../src/model/lock.ts'
import { recordFrom, sortedByKey } from '../../src/model/sorted.ts'
import { fail, shown } from '../../src/problem.ts'
import type { Problem } from '../../src/problem.ts'
import { isInert } from './inert-packages.ts'
import { isSelected } from './layout/script-selector.ts'
import { findNeeds } from './layout/find-need.ts'
import { omitPlaces } from './layout/omit-places.ts'
import { isManagerName } from './node-plan.ts'
import type { LocalPlan, ManagerPlan, NodePlan, PlacePlan } from './node-plan.ts'
import { findSelection, type Layout, type Locals, type Selection } from './selected-places.ts'

/** Pure. Keys are sorted by code unit. */
export function planNode(lock: Lock, { systems, omit, usePackageManager }: PlanOptions): Plan {
  if (usePackageManager && lock.manager === undefined) failForNpm(lock)
  if (usePackageManager && lock.manager?.settingsOutside !== undefined)
    failForMember(lock, lock.manager.settingsOutside)
  if (omit.includes('optional') && lock.format.name === 'yarn-berry') failForBerry(lock)
  const whole = sortedByKey(lock.layout ?? new Map<string, Place>())
  const locals = localPackages(lock)
  const layout = omitPlaces(whole, { omit, members: new Set(lock.roots.map(({ path }) => path)) })
  const named = new Set<string>()
  const planning: Planning = {
    lock,
    named,
    ...findSelection(lock, { layout: whole, locals, systems }),
    asked: askedRanges(lock),
    scripted: scriptedDirectories(locals),
  }
  const plan: NodePlan = {
    places: planPlaces(layout, planning),
    local: planLocal(lock, layout, locals),
    ...leftToManifests(lock),
    ...(lacksPeers(lock, whole) ? { legacyPeerDeps: true } : {}),
    ...(lock.manager === undefined ? {} : { manager: planManager(lock.manager, { usePackageManager, systems }) }),
  }
  if (plan.manager?.installs === true) failForNeighbour(lock, usePackageManager)
  namedBy(plan.manager).forEach((id) => named.add(id))
  return { plan, lock: namedOnly(lock, named), warnings: ignoredSettings(lock, omit) }
}

function ignoredSettings({ ignored = [] }: Lock, omit: readonly string[]): readonly Problem[] {
  const isDone = ({ leavesOut }: IgnoredSetting): boolean => leavesOut !== undefined && omit.includes(leavesOut)
  return ignored
    .filter((setting) => !isDone(setting))
    .map(({ text, where, leavesOut, hint = 'remove the setting' }) => ({
      code: 'setting-ignored',
      message: `${shown(text)} makes another tree than the one that is built here`,
      where,
      hint: leavesOut === undefined ? hint : `type --omit ${leavesOut}, which leaves the same packages out`,
    }))
}

/** Whose scripts run is said by what may be ids of packages. */
function namedBy(manager: ManagerPlan | undefined): readonly string[] {
  const { source, binaries = {}, runs } = manager ?? {}
  const selectors = runs !== undefined && 'packages' in runs ? runs.packages : []
  return [...(source === undefined ? [] : [source]), ...Object.values(binaries), ...selectors]
}

/** Only what a plan names is looked up. (See namedPackages, which reads the whole plan for it.) */
function namedOnly(lock: Lock, named: ReadonlySet<string>): Lock {
  const packages = new Map<PackageId, LockedPackage>()
  lock.packages.forEach((pkg, id) => {
    if (named.has(id)) packages.set(id, pkg)
  })
  return packages.size === lock.packages.size ? lock : { ...lock, packages }
}

/** Where only some packages may run scripts, those are taken to have some. */
function leftToManifests({ leftToManifests: left = [], manager }: Lock): Pick<NodePlan, 'conditions' | 'scripts'> {
  const run = manager?.scripts.run ?? 'all'
  return {
    ...(left.includes('conditions') ? { conditions: 'from-manifests' } : {}),
    ...(left.includes('scripts') && (run === 'all' || run === 'but') ? { scripts: 'from-manifests' } : {}),
  }
}

function mayHaveScripts({ manager, leftToManifests: left = [] }: Lock, pkg: LockedPackage): boolean {
  if (isInert(pkg)) return false
  const scripts = manager?.scripts ?? { run: 'all' }
  const isKnown = pkg.hasInstallScript !== undefined || !left.includes('scripts')
  switch (scripts.run) {
    case 'none':
      return false
    case 'only':
      return (!isKnown || pkg.hasInstallScript === true) && isSelected(scripts.packages, pkg)
    case 'all':
    case 'but':
      return pkg.hasInstallScript === true
  }
}

/** A package manager that installs by itself sees a copy of the project, and nothing beside it. */
function failForNeighbour({ packages }: Lock, usePackageManager: boolean): void {
  packages.forEach(({ sources: [source], where }) => {
    if (source.kind !== 'local' || !source.path.startsWith('../')) return
    const message = `${shown(source.path)} stands beside the project, and a package manager that installs by itself would not see it`
    const hint = usePackageManager ? 'leave --use-package-manager out' : 'move it into the project'
    fail({ code: 'source-unsupported', message, where, hint })
  })
}

function failForNpm({ format: { file } }: Lock): never {
  const message = 'npm installs nothing by itself here: its own layout is what lock2build makes, and checks'
  return fail({ code: 'usage', message, where: { file }, hint: 'leave --use-package-manager out' })
}

function failForMember({ format: { file } }: Lock, path: string): never {
  const message = `the settings that count here stand in ${shown(path)}, where a build of this member sees nothing`
  return fail({ code: 'usage', message, where: { file }, hint: 'leave --use-package-manager out' })
}

function failForBerry({ format: { file } }: Lock): never {
  const message = 'Yarn 2 and later have no installation without optional dependencies'
  return fail({ code: 'usage', message, where: { file }, hint: 'leave --omit optional out' })
}

function planManager(
  manager: PackageManager,
  { usePackageManager, systems }: { readonly usePackageManager: boolean; readonly systems: readonly string[] },
): ManagerPlan {
  const { name, version, package: archive, program, scripts, files = [], directories = [], settings = [] } = manager
  if (!isManagerName(name)) throw new Error(`there is no package manager called ${name}`)
  // The patches that Yarn 2 and later bring along are inside of themselves.
  const installs = usePackageManager || manager.installs === true || name === 'yarn-berry'
  // Without pnpm or Bun themselves nobody reads their files: the tree is in the plan.
  const isRead = installs || (name !== 'pnpm' && name !== 'bun')
  const binaries = installs || manager.isStarted === true ? manager.binaries : undefined
  return {
    name,
    version,
    ...(archive === undefined ? {} : { source: archive }),
    ...(binaries === undefined ? {} : { binaries: binariesFor(binaries, systems) }),
    ...(program === undefined ? {} : { program }),
    ...(installs ? { installs: true } : {}),
    ...(manager.buildsLater === true ? { buildsLater: true } : {}),
    ...(scripts.run === 'all' ? {} : { runs: scripts }),
    ...(files.length === 0 || !isRead ? {} : { files: [...files].sort() }),
    ...(directories.length === 0 ? {} : { directories: [...directories].sort() }),
    ...(settings.length === 0 || !isRead ? {} : { settings }),
  }
}

function binariesFor(
  binaries: Readonly<Record<string, PackageId>>,
  systems: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...systems].sort().flatMap((system) => {
      const id = Object.hasOwn(binaries, system) ? binaries[system] : undefined
      return id === undefined ? [] : [[system, id]]
    }),
  )
}

interface Planning extends Selection {
  readonly lock: Lock
  /** Packages that the plan names, as far as it is made. */
  readonly named: Set<string>
  readonly asked: ReadonlyMap<string, string>
  readonly scripted: ReadonlySet<string>
}

function planPlaces(layout: Layout, planning: Planning): NodePlan['places'] {
  // Nothing but this says where the files of Yarn's cache belong, and nothing of them is recorded: those for no system go.
  const isCache = planning.lock.format.name === 'yarn-berry'
  const isHere = (path: string): boolean => !isCache || planning.restricted.get(path)?.length !== 0
  return recordFrom(layout, (place, path) => (isHere(path) ? planPlace(path, place, planning) : undefined))
}

type Unfinished = { -readonly [key in keyof PlacePlan]: PlacePlan[key] }

function planPlace(path: string, place: Place, planning: Planning): PlacePlan {
  const systems = planning.restricted.get(path)
  const plan: Unfinished = {}
  if (place.flags.length > 0) plan.flags = place.flags
  const unneeded = planning.unneeded.get(path)
  if (systems !== undefined) plan.systems = systems
  if (unneeded !== undefined) plan.unneeded = unneeded
  if (place.kind === 'package') return planPackage(path, place, { plan, planning })
  plan.link = place.target
  if (place.peers !== undefined) plan.peers = place.peers
  if (planning.scripted.has(place.target)) plan.scripts = true
  return plan
}

type PackagePlace = Extract<Place, { kind: 'package' }>

function planPackage(
  path: string,
  place: PackagePlace,
  { plan, planning }: { plan: Unfinished; planning: Planning },
): PlacePlan {
  const pkg = getPackage(planning.lock, place.id)
  const source = pkg.sources[0]
  if (source.kind === 'bundled') plan.bundled = true
  else if (source.kind === 'local' && source.form === 'directory') plan.copy = source.path
  else {
    plan.source = place.id
    planning.named.add(place.id)
  }
  const somewhere = plan.systems === undefined || plan.systems.length > 0
  const engines = somewhere && place.flags.includes('optional') ? pkg.when?.engines : undefined
  const takes = somewhere ? planning.takes.get(path) : undefined
  const from = source.kind === 'git' ? (place.from ?? planning.asked.get(askedKey(path, place.id))) : undefined
  if (engines !== undefined) plan.engines = engines
  if (takes !== undefined) plan.takes = takes
  if (mayHaveScripts(planning.lock, pkg)) plan.scripts = true
  if (place.resolved !== undefined) plan.resolved = place.resolved
  if (from !== undefined) plan.from = from
  if (place.patches !== undefined) plan.patches = place.patches
  if (place.native === true) plan.native = true
  return plan
}

function getPackage(lock: Lock, id: PackageId): LockedPackage {
  const pkg = lock.packages.get(id)
  if (pkg === undefined) throw new Error(`the layout names ${id}, which is not among the packages`)
  return pkg
}

/** Directories of the project that are packages, by path. */
function localPackages(lock: Lock): Locals {
  const locals = new Map<string, LockedPackage>()
  lock.packages.forEach((pkg) => {
    const source = pkg.sources[0]
    if (source.kind === 'local' && source.form === 'directory') locals.set(source.path, pkg)
  })
  return locals
}

function scriptedDirectories(locals: Locals): ReadonlySet<string> {
  return new Set([...locals].filter(([, pkg]) => pkg.hasInstallScript === true).map(([path]) => path))
}

function planLocal(lock: Lock, layout: Layout, locals: Locals): NodePlan['local'] {
  const plans = new Map<string, LocalPlan>()
  const needsOf = (from: string, edges: readonly Edge[]): readonly string[] =>
    localNeeds(layout, from, findNeeds(layout, from, edges))
  for (const root of lock.roots) {
    const { path, dependencies, ...identity } = root
    const workspace = path !== ''
    plans.set(path, localPlan(identity, needsOf(path, dependencies), workspace))
  }
  for (const place of layout.values()) {
    const pkg = place.kind === 'link' ? locals.get(place.target) : undefined
    if (pkg === undefined || place.kind !== 'link' || plans.has(place.target)) continue
    plans.set(place.target, localPlan(pkg, needsOf(place.target, pkg.dependencies), false))
  }
  return Object.fromEntries(sortedByKey(plans))
}

interface Identity {
  readonly name?: string | undefined
  readonly version?: string | undefined
}

function localPlan({ name, version }: Identity, needs: readonly string[], workspace: boolean): LocalPlan {
  return {
    ...(name === undefined ? {} : { name }),
    ...(version === undefined || version === '' ? {} : { version }),
    ...(workspace ? { workspace: true } : {}),
    ...(needs.length === 0 ? {} : { needs }),
  }
}

function localNeeds(layout: Layout, from: string, paths: readonly string[]): readonly string[] {
  const targets = paths.flatMap((path) => {
    const place = layout.get(path)
    // What leads to another place of node_modules is no directory of the project.
    return place?.kind === 'link' && place.target !== from && !layout.has(place.target) ? [place.target] : []
  })
  return [...new Set(targets)].sort()
}

/** npm 6 wants to see the range a git dependency was asked for with; newer locks leave it to whoever asks. */
function askedRanges(lock: Lock): ReadonlyMap<string, string> {
  const asked = new Map<string, string>()
  const fromGit = new Set<PackageId>()
  lock.packages.forEach(({ id, sources }) => {
    if (sources[0].kind === 'git') fromGit.add(id)
  })
  if (fromGit.size === 0) return asked
  for (const { as, to, range } of [...lock.roots, ...lock.packages.values()].flatMap(
    ({ dependencies }) => dependencies,
  )) {
    const key = askedKey(`node_modules/${as}`, to)
    if (fromGit.has(to) && range !== undefined && !asked.has(key)) asked.set(key, range)
  }
  return asked
}

function askedKey(path: string, id: PackageId): string {
  return `${path.slice(path.lastIndexOf('node_modules/'))} ${id}`
}

/** npm 6 never locked peers; npm 7 and newer mark the ones they add, in version 1 too. */
function lacksPeers({ format }: Lock, layout: Layout): boolean {
  return (
    format.name === 'npm-lock' &&
    format.version === '1' &&
    ![...layout.values()].some(({ flags }) => flags.includes('peer'))
  )
}
