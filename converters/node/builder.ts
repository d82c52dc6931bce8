/** What can be built from the node part of a spec, for the embedded builder: the same jobs that node.nix writes. */
import { buildName, plainName, skipNoSource } from '../../src/model/built-project.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { lazy } from '../../src/model/lazy.ts'
import type { Builder, BuildPart, BuildSettings, Recipe, RecipeInputs, RunHere } from '../../src/model/recipe.ts'
import { fail, shown } from '../../src/problem.ts'
import { readManifest, type BuildManifest } from './build-manifest.ts'
import { readPlan, type ReadPlace, type ReadPlan } from './plan-reader.ts'

export const nodeBuilder: Builder = {
  neededSources: (part, { system, omit }) => {
    const plan = readPlan(part.plan)
    const keys = sourcesOf(plan, selectedPaths(plan, { system, omit: leftOut(part, omit) }))
    return distinct([...keys, ...managerSource(plan, system)])
  },
  recipes,
  tool: (part, settings, supplements) =>
    install({ part, settings, plan: readPlan(part.plan) }, leftOut(part, settings.omit), { supplements }),
}

function recipes(part: BuildPart, settings: BuildSettings): ReadonlyMap<string, Recipe> {
  const project: Project = { part, settings, plan: readPlan(part.plan) }
  const left = leftOut(part, settings.omit)
  const nodeModules = install(project, left)
  const productionLeft = productionOmit(project, left)
  const production = productionLeft === left ? nodeModules : install(project, productionLeft)
  const trees: Trees = { modules: nodeModules, production, omit: left }
  const found = new Map<string, Recipe>([
    ['package', application(project, trees, '', 'package')],
    ['nodeModules', nodeModules],
    ['nodeModules.production', production],
    ['tarball', application(project, trees, '', 'pack')],
  ])
  for (const [dir, { name = dir, isMember }] of project.plan.local) {
    if (!isMember) continue
    // A member may be called as one of the attributes above; as in the Nix files it is then found under `workspaces`.
    const attribute = found.has(name) ? `workspaces.${name}` : name
    found.set(attribute, application(project, trees, dir, 'package'))
    found.set(`${attribute}.tarball`, application(project, trees, dir, 'pack'))
  }
  return found
}

interface Project {
  readonly part: BuildPart
  readonly settings: BuildSettings
  readonly plan: ReadPlan
}

interface Trees {
  readonly modules: Recipe
  /** What `modules` lacks. */
  readonly omit: readonly string[]
  readonly production: Recipe
}

interface Selection {
  readonly system: string
  readonly omit: readonly string[]
}

function leftOut(part: BuildPart, omit: readonly string[]): readonly string[] {
  return distinct([...part.omit, ...omit])
}

/** Where nothing is left out beyond it, the same list: then it is the same build. */
function productionOmit({ plan, settings: { system } }: Project, omit: readonly string[]): readonly string[] {
  const less = distinct([...omit, 'dev'])
  const [all, some] = [omit, less].map((each) => selectedPaths(plan, { system, omit: each }).length)
  return all === some ? omit : less
}

function selectedPaths({ places }: ReadPlan, selection: Selection): readonly string[] {
  return [...places].flatMap(([path, place]) => (isSelected(place, selection) ? [path] : []))
}

/** node.nix and the shim select by the same rule. */
function isSelected({ systems, flags }: ReadPlace, { system, omit }: Selection): boolean {
  const isHere = systems === undefined || systems.includes(system)
  const isOmitted = flags.some((flag) =>
    flag === 'devOptional' ? omit.includes('dev') && omit.includes('optional') : omit.includes(flag),
  )
  return isHere && !isOmitted
}

function sourcesOf({ places }: ReadPlan, paths: readonly string[]): readonly string[] {
  return distinct(paths.flatMap((path) => places.get(path)?.source ?? []))
}

function managerSource({ manager }: ReadPlan, system: string): readonly string[] {
  const source = manager?.source ?? manager?.binaries.get(system)
  return source === undefined ? [] : [source]
}

/** Of a package that is installed for its programs. */
interface ToolOptions {
  readonly supplements: readonly Recipe[]
}

/** `out/node_modules`, and `out/<dir>/node_modules` for local directories that have one. */
function install({ part, settings, plan }: Project, omit: readonly string[], tool?: ToolOptions): Recipe {
  const { system } = settings
  const selected = selectedPaths(plan, { system, omit })
  const keys = sourcesOf(plan, selected)
  const patches = distinct(selected.flatMap((path) => plan.places.get(path)?.patches ?? []))
  const { files = [], directories = [] } = plan.manager ?? {}
  const copies = distinct(selected.flatMap((path) => plan.places.get(path)?.copy ?? []))
  const manager = plan.manager?.name ?? 'npm'
  const patched = new Set(
    selected.flatMap((path) => {
      const { source, patches: own = [] } = plan.places.get(path) ?? {}
      return source === undefined || own.length === 0 ? [] : [source]
    }),
  )
  const isPure =
    plan.manager?.installs !== true &&
    plan.knowsScripts &&
    !selected.some((path) => plan.places.get(path)?.hasScripts === true)
  return {
    name: tool === undefined ? treeName(part, omit) : buildName(part.project),
    tool: 'node',
    shim: 'node/node-shim.mjs',
    command: 'install',
    isPure,
    ...(tool === undefined ? { startHere: () => startHere(part, keys.length) } : {}),
    // Package managers unpack differently, and what is patched is unpacked anew.
    keptAs: (key, name) => (patched.has(key) ? undefined : manager === 'npm' ? name : `${manager}-${name}`),
    job: (inputs): JsonObject => ({
      ...commonJob(inputs),
      ...(inputs.unpacked === undefined ? {} : { unpacked: inputs.unpacked, scripts: 'refused' }),
      system,
      omit,
      sealed: true,
      shebangs: 'pristine',
      sources: Object.fromEntries(keys.map((key) => [key, inputs.source(key)])),
      replaced: [],
      manifests: Object.fromEntries([...plan.local.keys()].map((dir) => [dir, inputs.file(manifestOf(dir))])),
      ...(patches.length === 0 ? {} : { patches: filesAt(patches, inputs) }),
      ...(files.length + directories.length === 0
        ? {}
        : { files: { ...filesAt(files, inputs), ...directoriesAt(directories, inputs) } }),
      ...(copies.length === 0 ? {} : { directories: directoriesAt(copies, inputs) }),
      ...(plan.manager?.installs === true ? managerJob(plan, system, inputs) : {}),
      ...(tool === undefined ? {} : { tool: part.project.name }),
      // Nobody starts them where no script runs.
      ...(tool === undefined || isPure || tool.supplements.length === 0
        ? {}
        : { path: tool.supplements.map((supplement) => `${inputs.output(supplement)}/bin`) }),
      overrides: {},
      // Where nothing was overridden, as in node.nix.
      check: 'own',
    }),
  }
}

async function startHere(part: BuildPart, sources: number): Promise<RunHere> {
  const { InstallHere } = await import('./build/shim/install-here.ts')
  const here = new InstallHere(sources)
  return { run: (job, shim) => here.run(job, { ...part }, shim), started: here.started, end: () => here.end() }
}

/** As node.nix calls it. */
function treeName({ project }: BuildPart, omit: readonly string[]): string {
  return `${plainName(project.name)}-node-modules${omit.includes('dev') ? '-production' : ''}`
}

function filesAt(paths: readonly string[], inputs: RecipeInputs): JsonObject {
  return Object.fromEntries(paths.map((path) => [path, inputs.file(path)]))
}

function directoriesAt(dirs: readonly string[], inputs: RecipeInputs): JsonObject {
  return Object.fromEntries(dirs.map((dir) => [dir, inputs.project(isInstalled, dir)]))
}

/** What is installed, and what git keeps. One for all recipes: see isNoSource. */
function isInstalled(path: string): boolean {
  return ['node_modules', '.git'].includes(path.slice(path.lastIndexOf('/') + 1))
}

/** The package manager's own archive. */
function managerJob(plan: ReadPlan, system: string, inputs: RecipeInputs): JsonObject {
  const [source] = managerSource(plan, system)
  return source === undefined ? {} : { manager: inputs.source(source) }
}

/** The project itself (dir: ''), or a workspace member. */
function application(
  { part, settings, plan }: Project,
  trees: Trees,
  dir: string,
  command: 'package' | 'pack',
): Recipe {
  const file = manifestOf(dir)
  // Read when it is built, so that a broken manifest of one member stops that member only.
  const manifest = lazy(() => loadManifest(settings, file))
  const projectName = part.project.name
  return {
    get name() {
      const { name = projectName, version } = manifest()
      return `${buildName({ name, version })}${command === 'pack' ? '-tarball' : ''}`
    },
    tool: 'node',
    shim: 'node/node-shim.mjs',
    command,
    isPure: false,
    job: (inputs): JsonObject => ({
      ...commonJob(inputs),
      ...managerJob(plan, settings.system, inputs),
      src: inputs.project(isNoSource),
      modules: inputs.output(trees.modules),
      productionModules: inputs.output(trees.production),
      shebangs: 'pristine',
      member: dir === '' ? null : dir,
      omit: trees.omit,
      installScripts: settings.installScripts !== false,
      ...(part.env === undefined ? {} : { env: part.env }),
      buildScript: manifest().scripts.has('build') ? 'build' : null,
    }),
  }
}

function commonJob(inputs: RecipeInputs): JsonObject {
  return {
    spec: inputs.spec,
    npm: inputs.tool('npm'),
    nodedir: inputs.tool('prefix'),
    npmFlags: [],
    workers: inputs.workers,
    work: inputs.work,
    out: inputs.out,
  }
}

function loadManifest({ findText }: BuildSettings, file: string): BuildManifest {
  const text = findText(file)
  if (text === undefined) {
    fail({ code: 'io', message: `there is no ${shown(file)}, which the build needs`, where: { file } })
  }
  return readManifest(text, file)
}

/** A filter is told from another by being another object: one for all recipes, so the project is looked at once. */
const isNoSource = skipNoSource(['node_modules'])

function manifestOf(dir: string): string {
  return dir === '' ? 'package.json' : `${dir}/package.json`
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}
