/** What can be built from the php part of a spec, for the embedded builder: the same jobs that php.nix writes. */
import { buildName, plainName, skipNoSource, type Skip } from '../../src/model/built-project.ts'
import type { Builder, BuildPart, BuildSettings, Recipe, RecipeInputs } from '../../src/model/recipe.ts'
import { fail, shown } from '../../src/problem.ts'
import type { PhpJob } from './build/job.ts'
import type { PhpPackage, PhpPlan } from './php-plan.ts'
import { readPlan } from './plan-reader.ts'

export const phpBuilder: Builder = {
  neededSources: (part, { omit }) => {
    const { packages } = readPlan(part.plan)
    const needed = Object.entries(packages).filter(([, pkg]) => isWanted(pkg, !omit.includes('dev')))
    return needed.flatMap(([id, pkg]) => (pkg.directory === undefined ? [id] : [])).sort()
  },
  recipes: (part, settings) => {
    const plan = readPlan(part.plan)
    // A filter is told from another by being another object: one for both recipes, so the project is looked at once.
    const skip = noSource(plan)
    const context = { part, plan, settings, skip }
    return new Map([
      ['package', application(context)],
      ['vendor', vendor(context)],
    ])
  },
  tool: () => fail({ code: 'usage', message: 'collections of PHP packages cannot be built' }),
}

interface Context {
  readonly part: BuildPart
  readonly plan: PhpPlan
  readonly settings: BuildSettings
  readonly skip: Skip
}

const shim = { tool: 'php', shim: 'php/php-shim.php' } as const

/** All dependencies, those for development too unless they are left out; the project's own scripts are not run. */
function vendor(context: Context): Recipe {
  const { part, plan, settings, skip } = context
  const isDev = ![...part.omit, ...settings.omit].includes('dev')
  const needed = plan.scansProject === true ? skip : manifestsOnly(plan, skip)
  return {
    name: `${plainName(part.project.name)}-vendor`,
    ...shim,
    command: 'vendor',
    // Composer follows whatever paths a lock file names (`target-dir`, `bin`), so it is never run outside of a sandbox.
    isPure: false,
    job: (inputs): PhpJob => ({
      project: inputs.project(needed),
      ...jobOf(context, inputs, { isDev, runsScripts: false }),
    }),
  }
}

/** The project with its dependencies, and its programs. */
function application(context: Context): Recipe {
  const { part, plan, settings, skip } = context
  return {
    name: buildName(part.project),
    ...shim,
    command: 'package',
    isPure: false,
    job: (inputs): PhpJob => ({
      project: inputs.project(skip),
      ...jobOf(context, inputs, { isDev: false, runsScripts: settings.installScripts !== false }),
      name: plainName(part.project.name),
      ...(part.env === undefined ? {} : { env: part.env }),
      bin: plan.bin,
      php: 'php',
    }),
  }
}

interface Installing {
  readonly isDev: boolean
  readonly runsScripts: boolean
}

function jobOf(
  { part, plan }: Context,
  inputs: RecipeInputs,
  { isDev, runsScripts }: Installing,
): Omit<PhpJob, 'project'> {
  return {
    composer: inputs.tool('composer'),
    lock: plan.lock,
    packages: Object.entries(plan.packages)
      .filter(([, pkg]) => isWanted(pkg, isDev))
      .map(([id, pkg]) => packageOf(id, pkg, part, inputs)),
    dev: isDev,
    scripts: runsScripts,
    plugins: true,
    vendorDir: plan.vendorDir,
    work: inputs.work,
    workers: inputs.workers,
    out: inputs.out,
  }
}

function packageOf(id: string, pkg: PhpPackage, part: BuildPart, inputs: RecipeInputs): PhpJob['packages'][number] {
  const { name, version, directory, reference, type = 'zip', url } = pkg
  if (directory?.startsWith('../') === true) {
    return { name, version, path: directory, from: inputs.project(isNoSource, directory) }
  }
  if (directory !== undefined) return { name, version, path: directory }
  if (reference !== undefined) return { name, version, reference, directory: inputs.source(id) }
  return { name, version, type, urls: url === undefined ? urlsOf(part, id) : [url], file: inputs.source(id) }
}

/** What Composer would download it from names the file in its cache. */
function urlsOf({ sources }: BuildPart, id: string): readonly string[] {
  const source = sources[id]
  const urls = typeof source === 'object' && source !== null && 'urls' in source ? source.urls : undefined
  if (!Array.isArray(urls)) return fail({ code: 'spec-invalid', message: `the spec has no archive of ${shown(id)}` })
  return urls.map(String)
}

function isWanted({ dev }: PhpPackage, isDev: boolean): boolean {
  return isDev || dev !== true
}

/** Manifests, the lock file, and the directories of packages that are part of the project. */
function manifestsOnly({ lock, packages }: PhpPlan, isNoSource: Skip): Skip {
  const paths = ['composer.json', lock, ...Object.values(packages).flatMap(({ directory }) => directory ?? [])]
  return (path, kind) =>
    isNoSource(path, kind) ||
    !paths.some((kept) => `${path}/`.startsWith(`${kept}/`) || (kind === 'directory' && kept.startsWith(`${path}/`)))
}

/** The lock file may be one that was resolved, in lock2build/. */
function noSource({ lock, vendorDir }: PhpPlan): Skip {
  return (path, kind) => {
    if (path === lock || lock.startsWith(`${path}/`)) return false
    return isNoSource(path, kind) || path === vendorDir || path === 'auth.json' || path.startsWith('lock2build/')
  }
}

const isNoSource = skipNoSource(['node_modules'])
