/** What `-A` names: the recipe, and what it is planned from. */
import { join } from 'node:path'
import { ecosystems } from '../../converters/index.ts'
import { projectFiles } from '../io/project-files.ts'
import { thisSystem } from '../io/this-system.ts'
import { packageFolder } from '../model/collection.ts'
import type { Ecosystem } from '../model/converter.ts'
import type { BuildSettings, Builder, Recipe } from '../model/recipe.ts'
import { fail, shown } from '../problem.ts'
import type { BuildSpec, SpecPart } from '../spec/build-spec.ts'
import { specOfPart, specParts, type NamedPart } from '../spec/collection-parts.ts'
import { printSpec } from '../spec/print.ts'
import type { BuildRequest } from './commands/build.ts'
import { findTool } from './find-tool.ts'
import { findClosest } from './suggest.ts'

export interface Target {
  readonly ecosystem: Ecosystem
  readonly part: SpecPart
  readonly recipe: Recipe
  /** Absolute: the project, or what stands in its place. */
  readonly directory: string
  /** spec.json, as the build sees it; undefined: as it stands. */
  readonly specText?: string
  /** What the recipe takes from other targets. */
  readonly supplements: readonly Target[]
}

/**
 * An attribute of the only ecosystem, `node.package` where there are several, or a package of a collection, with its version or
 * without. Throws `usage` with what there is.
 */
export async function findTarget(request: BuildRequest, spec: BuildSpec): Promise<Target> {
  const system = thisSystem()
  if (!spec.systems.includes(system)) {
    fail({
      code: 'usage',
      message: `lock2build/spec.json was made for ${spec.systems.join(', ')}, and this is ${system}`,
      hint: `type \`lock2build --system ${system}\``,
    })
  }
  const parts = specParts(spec)
  return spec.collection === undefined
    ? findInProject(request, spec, parts)
    : findPackage(request, spec, { parts, attribute: findAttribute(parts, request.attribute) })
}

/** The name of the package that an attribute means. Throws `usage`. */
export function findAttribute(parts: readonly NamedPart[], wanted: string): string {
  const names = parts.flatMap(({ attribute }) => attribute ?? [])
  const found =
    parts.find(({ attribute }) => attribute === wanted || `packages.${attribute}` === wanted) ??
    parts.find(({ attribute, part }) => `${attribute}-${part.project.version}` === wanted)
  if (found?.attribute !== undefined) return found.attribute
  // The default: nobody asked for it.
  if (wanted === 'package') {
    const hint = `type \`-A NAME\`: there is ${names.join(', ')}`
    fail({ code: 'usage', message: 'this is a collection of packages, and none is named', hint })
  }
  return failAttribute(wanted, names)
}

async function findInProject(request: BuildRequest, spec: BuildSpec, parts: readonly NamedPart[]): Promise<Target> {
  const { directory } = request.invocation
  const targets = new Map<string, Target>()
  for (const named of parts) {
    const { ecosystem: name, part } = named
    const { ecosystem, builder } = await loadBuilder(name)
    const seen = part.env === undefined ? {} : { specText: withoutVariables(spec, named) }
    for (const [attribute, recipe] of builder.recipes(part, settingsOf(request, directory))) {
      const key = parts.length === 1 ? attribute : `${name}.${attribute}`
      targets.set(key, { ecosystem, part, recipe, directory, ...seen, supplements: [] })
    }
  }
  const target = targets.get(request.attribute) ?? failAttribute(request.attribute, [...targets.keys()])
  const isOther = target.recipe.tool !== 'python' && (request.groups !== undefined || request.extras.length > 0)
  if (isOther) fail({ code: 'usage', message: '--group and --extra are for what is built of a Python project' })
  return target
}

/** Jobs hold them: another value of one installs nothing anew. */
function withoutVariables(spec: BuildSpec, named: NamedPart): string {
  const { env: _, ...part } = named.part
  return printSpec(specOfPart(spec, { ...named, part }))
}

interface Wanted {
  readonly parts: readonly NamedPart[]
  readonly attribute: string
}

/** Supplements do not go round in a circle: packages.json is refused then. */
async function findPackage(request: BuildRequest, spec: BuildSpec, { parts, attribute }: Wanted): Promise<Target> {
  const named = parts.find((each) => each.attribute === attribute) ?? failAttribute(attribute, [])
  const supplements: Target[] = []
  for (const each of named.supplements) supplements.push(await findPackage(request, spec, { parts, attribute: each }))
  const { ecosystem, builder } = await loadBuilder(named.ecosystem)
  const directory = join(request.invocation.directory, packageFolder(attribute))
  const recipe = builder.tool(
    named.part,
    settingsOf(request, directory),
    supplements.map((supplement) => supplement.recipe),
  )
  return { ecosystem, part: named.part, recipe, directory, specText: printSpec(specOfPart(spec, named)), supplements }
}

async function loadBuilder(name: string): Promise<{ readonly ecosystem: Ecosystem; readonly builder: Builder }> {
  const ecosystem = ecosystems.find((each) => each.name === name)
  if (ecosystem === undefined) {
    return fail({
      code: 'spec-invalid',
      message: `lock2build/spec.json has an ecosystem ${shown(name)}, which is not known`,
    })
  }
  return { ecosystem, builder: await ecosystem.loadBuilder() }
}

function settingsOf(request: BuildRequest, directory: string): BuildSettings {
  return {
    system: thisSystem(),
    omit: request.omit,
    groups: request.groups,
    extras: request.extras,
    installScripts: request.installScripts,
    toolVersion: () => findTool(request, 'python').version,
    findText: (path) => projectFiles(directory).find(path),
  }
}

function failAttribute(attribute: string, known: readonly string[]): never {
  const closest = findClosest(attribute, known)
  fail({
    code: 'usage',
    message: `there is no attribute ${shown(attribute)}`,
    hint: `${closest === undefined ? '' : `did you mean \`-A ${closest}\`? `}there is ${known.join(', ')}`,
  })
}
