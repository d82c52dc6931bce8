/** What can be built from the python part of a spec, for the embedded builder: the same jobs that python.nix writes. */
import { buildName, plainName, skipNoSource } from '../../src/model/built-project.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { lazy } from '../../src/model/lazy.ts'
import type { Builder, BuildPart, BuildSettings, Recipe, RecipeInputs } from '../../src/model/recipe.ts'
import { fail, shown } from '../../src/problem.ts'
import { chosenExtras, chosenGroups, nothing, selectorsOf } from './chosen-parts.ts'
import { nativeHint } from './native-libraries.ts'
import {
  readPlan,
  type ReadBuild,
  type ReadPackage,
  type ReadPlan,
  type ReadProject,
  type ReadTargets,
} from './plan-reader.ts'

export const pythonBuilder: Builder = {
  neededSources: (part, { system, python }) => {
    const { targets, packages } = readPlan(part.plan)
    const own = targets.filter((target) => target.startsWith(`${system}/`))
    const here = python === undefined || own.length === 0 ? own : [checkedTarget(`${system}/${python}`, own)]
    const keys = [...packages.values()].flatMap(({ files }) =>
      [...files].flatMap(([key, used]) => (here.some((target) => isFor(used, target)) ? [key] : [])),
    )
    return [...new Set(keys)].sort()
  },
  recipes: (part, settings) => {
    const context = contextOf(part, settings)
    const found = new Map<string, Recipe>()
    if (!context.plan.projects.has('')) return found
    found.set('package', application(context, ''))
    found.set(
      'pythonEnv',
      environment(context, () => selectorsOf('', { groups: chosenGroups(context), extras: chosenExtras(context) })),
    )
    for (const [dir, { name, isMember }] of context.plan.projects) {
      if (isMember && dir !== '') found.set(found.has(name) ? `workspaces.${name}` : name, application(context, dir))
    }
    return found
  },
  tool: (part, settings, supplements) => tool(contextOf(part, settings, supplements)),
}

interface Context {
  readonly part: BuildPart
  readonly settings: BuildSettings
  readonly plan: ReadPlan
  /** By what they build: a recipe is told from another by being another object. */
  readonly made: Map<string, Recipe>
  /** Programs that building a wheel may start. */
  readonly supplements: readonly Recipe[]
}

function contextOf(part: BuildPart, settings: BuildSettings, supplements: readonly Recipe[] = []): Context {
  return { part, settings, plan: readPlan(part.plan), made: new Map(), supplements }
}

/** As python.nix and the plan's type say. */
function isFor(targets: ReadTargets, target: string): boolean {
  const [system = '', version = ''] = target.split('/')
  return targets === 'all' || [target, system, version].some((each) => targets.includes(each))
}

function targetOf({ plan, settings }: Context): string {
  return checkedTarget(`${settings.system}/${settings.toolVersion()}`, plan.targets)
}

function checkedTarget(target: string, targets: readonly string[]): string {
  if (targets.includes(target)) return target
  const message = `lock2build/spec.json was made for ${targets.join(', ')}, and this is ${target}`
  return fail({ code: 'usage', message, hint: 'name a Python of one of these versions: `--python PATH`' })
}

/** Sorted by id. */
function packagesFor(context: Context, selectors: readonly string[]): readonly (readonly [string, ReadPackage])[] {
  const { packages, conflicts } = context.plan
  const target = targetOf(context)
  const chosen = [...new Set(selectors.filter((selector) => conflicts.some((list) => list.includes(selector))))].sort()
  const clash = conflicts.find((list) => list.filter((selector) => chosen.includes(selector)).length > 1)
  if (clash !== undefined) {
    fail({
      code: 'usage',
      message: `of ${clash.map((selector) => shown(selector)).join(', ')} at most one can be chosen`,
    })
  }
  const choice = chosen.length === 0 ? 'none' : chosen.join('+')
  const keys = selectors.flatMap((selector) => [selector, `${selector}@${choice}`])
  const isWanted = (pkg: ReadPackage) => keys.some((key) => isFor(pkg.for.get(key) ?? [], target))
  return [...packages].filter(([, pkg]) => isWanted(pkg)).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Key of its source; undefined: a directory of the project. */
function fileOf(context: Context, id: string, pkg: ReadPackage): string | undefined {
  if (pkg.directory !== undefined) return undefined
  const target = targetOf(context)
  const found = [...pkg.files].find(([, targets]) => isFor(targets, target))
  if (found !== undefined && !isFor(pkg.missing, target)) return found[0]
  return fail({ code: 'build-failed', message: `${shown(id)} has no file for ${target}` })
}

interface WantedWheel {
  readonly pkg: ReadPackage
  /** Of the wheel itself. */
  readonly key?: string
  /** Of what makes it. */
  readonly recipe?: Recipe
}

function wheelsFor(context: Context, selectors: readonly string[]): readonly WantedWheel[] {
  return packagesFor(context, selectors).map(([id, pkg]): WantedWheel => {
    const key = fileOf(context, id, pkg)
    if (key?.endsWith('.whl') === true) return { pkg, key }
    const source = (inputs: RecipeInputs) =>
      key === undefined ? inputs.project(isNoSource, pkg.directory) : inputs.source(key)
    return {
      pkg,
      recipe: wheel(context, id, { ...pkg, source, isOwn: key === undefined }),
    }
  })
}

function wheelJobs(wheels: readonly WantedWheel[], inputs: RecipeInputs): readonly JsonObject[] {
  return wheels.map(({ pkg, key, recipe }) => ({
    name: pkg.name,
    file: key === undefined ? (recipe === undefined ? '' : inputs.output(recipe)) : inputs.source(key),
    ...(pkg.version === undefined ? {} : { version: pkg.version }),
    ...(pkg.direct === undefined ? {} : { direct: pkg.direct }),
  }))
}

interface WheelRequest extends Pick<ReadPackage, 'name' | 'version' | 'subdir'> {
  readonly build: ReadBuild | undefined
  readonly source: (inputs: RecipeInputs) => string
  /** A directory of the project: built with the variables that the project sets. */
  readonly isOwn: boolean
}

/** A source archive, checkout or directory → its wheel. */
function wheel(context: Context, id: string, request: WheelRequest): Recipe {
  const { name, version, subdir, build, source, isOwn } = request
  const needs = lazy(() => (build?.needs === undefined ? [] : wheelsFor(context, [build.needs])))
  return once(context, `wheel ${id}`, () => ({
    name: `${buildName({ name, version })}-wheel`,
    ...shim,
    command: 'build',
    isPure: false,
    hint: () =>
      nativeHint({ name: normalized(name), backend: build?.backend, needs: needs().map(({ pkg }) => pkg.name) }),
    job: (inputs): JsonObject => ({
      name: normalized(name),
      source: source(inputs),
      backend: build?.backend ?? 'setuptools.build_meta:__legacy__',
      backendPath: build?.backendPath ?? [],
      needs: wheelJobs(needs(), inputs),
      patches: [],
      env: isOwn ? { ...context.part.env } : {},
      ...(context.supplements.length === 0
        ? {}
        : { path: context.supplements.map((supplement) => `${inputs.output(supplement)}/bin`) }),
      ...(version === undefined ? {} : { version }),
      ...(subdir === undefined || subdir === '' ? {} : { subdir }),
      ...placesOf(inputs),
    }),
  }))
}

function environment(context: Context, selectors: () => readonly string[]): Recipe {
  const name = `${plainName(context.part.project.name)}-env`
  return installed(context, selectors, { name, command: 'install', more: {} })
}

/** The package that the part is about, in an environment of its own. */
function tool(context: Context): Recipe {
  const { project } = context.part
  const more = { tool: normalized(project.name) }
  return installed(context, () => selectorsOf('', nothing), { name: buildName(project), command: 'tool', more })
}

interface Installing {
  readonly name: string
  readonly command: string
  /** Further members of the job. */
  readonly more: JsonObject
}

function installed(context: Context, selectors: () => readonly string[], { name, command, more }: Installing): Recipe {
  const wheels = lazy(() => wheelsFor(context, selectors()))
  return {
    name,
    ...shim,
    command,
    get isPure() {
      return wheels().every(({ key }) => key !== undefined)
    },
    job: (inputs): JsonObject => ({
      ...tree,
      ...more,
      wheels: wheelJobs(wheels(), inputs),
      ...placesOf(inputs),
    }),
  }
}

/** The project itself (dir: ''), or a member of its workspace. */
function application(context: Context, dir: string): Recipe {
  const project = getProject(context, dir)
  const extras = dir === '' ? chosenExtras(context) : []
  const base = environment(context, () => selectorsOf(dir, { groups: [], extras }))
  const source = (inputs: RecipeInputs) => inputs.project(isNoSource, dir)
  const own = wheel(context, `directory ${dir}`, { ...project, subdir: undefined, source, isOwn: true })
  return {
    name: buildName(project),
    ...shim,
    command: 'package',
    isPure: false,
    job: (inputs): JsonObject => ({
      ...tree,
      environment: inputs.output(base),
      wheels: project.isVirtual ? [] : [{ name: normalized(project.name), file: inputs.output(own) }],
      ...(project.isVirtual ? { source: source(inputs) } : {}),
      ...placesOf(inputs),
    }),
  }
}

const shim = { tool: 'python', shim: 'python/python-shim.py' } as const
const tree = { shebangs: 'pristine', bytecode: true, collisions: 'refused' }

function placesOf({ work, workers, out }: RecipeInputs): JsonObject {
  return { work, workers, out }
}

function getProject({ plan }: Context, dir: string): ReadProject {
  const project = plan.projects.get(dir)
  if (project === undefined) throw new Error(`the plan has no project ${dir}`)
  return project
}

function once({ made }: Context, id: string, make: () => Recipe): Recipe {
  const recipe = made.get(id) ?? make()
  made.set(id, recipe)
  return recipe
}

/** A filter is told from another by being another object: one for all recipes, so each directory is looked at once. */
const isNoSource = skipNoSource(['.venv', '__pycache__', 'node_modules'])

/** PEP 503. */
function normalized(name: string): string {
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase()
}
