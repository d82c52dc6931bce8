/**
 * Recipe → what is built: every input with its place inside the sandbox, which is made from its contents, and the key, which is made
 * from all of them. Nothing is built or fetched here, so a key is cheap to have.
 */
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Skip } from '../model/built-project.ts'
import type { JsonObject } from '../model/json.ts'
import type { Recipe, RecipeInputs, ToolPart } from '../model/recipe.ts'
import { fail, shown } from '../problem.ts'
import { findSourceKey } from '../fetch/source-key.ts'
import type { SpecSource } from '../spec/build-spec.ts'
import type { BuildTool } from './build-tool.ts'
import { digestProject, findDirectory, listProject, skipAround, type ProjectEntry } from './project-tree.ts'
import { isolatedPlaces, type Places } from './sandbox.ts'
import { isolatedPart, shimPath, toolIdentity } from './tool-traits.ts'

export interface PlannedBuild {
  readonly recipe: Recipe
  /** Hex of a sha256 over everything that can make a difference. */
  readonly key: string
  readonly inputs: readonly Input[]
  /** What `inputs` names, to be built first. */
  readonly dependencies: readonly PlannedBuild[]
  /** The job file. */
  job(surroundings: JobSurroundings): JsonObject
}

/** Where a build runs. */
export interface JobSurroundings {
  /** The build directory, as the build sees it. */
  readonly build: string
  readonly workers: number
  /** Path of an input, as the build sees it. */
  readonly locate: (input: Input) => string
  readonly tool: (part: ToolPart) => string
  readonly unpacked?: string
}

/** Inside a sandbox, where every input stands under its own name. */
export function inSandbox({ build, inputs }: Places, workers: number, tool: BuildTool): JobSurroundings {
  return {
    build,
    workers,
    locate: ({ at }) => `${inputs}/${at}`,
    tool: (part) => isolatedPart(tool, part, inputs),
  }
}

/** `at`: relative to the directory of inputs. */
export type Input =
  | { readonly kind: 'file'; readonly at: string; readonly bytes: Buffer }
  | { readonly kind: 'source'; readonly at: string; readonly id: string; readonly isTree: boolean }
  | {
      readonly kind: 'project'
      readonly at: string
      /** Where it stands on the disk; absolute. */
      readonly root: string
      readonly entries: readonly ProjectEntry[]
      readonly digest: string
    }
  | { readonly kind: 'output'; readonly at: string; readonly build: PlannedBuild }

export interface PlanContext {
  /** Absolute. */
  readonly project: string
  readonly specText: string
  readonly sources: Readonly<Record<string, SpecSource>>
  /** Bytes of a file of the project. Throws when it is not there, or not inside. */
  readonly readFile: (path: string) => Buffer
  /** Text of a static file of this installation. */
  readonly asset: (path: string) => string
  readonly tool: BuildTool
  /** What else of this machine may make a difference: compilers. */
  readonly host: string
  /** What is planned already, with other tools and sources. */
  readonly planned?: ReadonlyMap<Recipe, PlannedBuild>
  /** Results made without a sandbox are never taken for the others. */
  readonly isIsolated: boolean
}

/** As it stands in the job file. */
export function jobText(job: JsonObject): string {
  return `${JSON.stringify(job)}\n`
}

/** Changes when the sandbox shows a build something else than before. */
const SANDBOX_VERSION = 1

/** Throws `spec-invalid`, `io`, and what the recipe throws. */
export function planBuild(recipe: Recipe, context: PlanContext): PlannedBuild {
  return new Planner(context).plan(recipe)
}

class Planner {
  readonly #context: PlanContext
  readonly #planned: Map<Recipe, PlannedBuild>
  /** A job is printed more than once; what it is made of is read once. */
  readonly #files = new Map<string, Input>()
  readonly #sources = new Map<string, Input>()
  readonly #projects = new Map<string, Map<Skip, Input>>()

  readonly #spec: Input

  constructor(context: PlanContext) {
    this.#context = context
    this.#planned = new Map(context.planned)
    this.#spec = fileInput('spec.json', Buffer.from(context.specText))
  }

  plan(recipe: Recipe): PlannedBuild {
    const known = this.#planned.get(recipe)
    if (known !== undefined) return known
    const inputs = new Map<string, Input>()
    const add = (input: Input): Input => {
      inputs.set(input.at, input)
      return input
    }
    add({ kind: 'file', at: shimPath(recipe.tool), bytes: Buffer.from(this.#context.asset(recipe.shim)) })
    const job = (surroundings: JobSurroundings) => this.#job(recipe, surroundings, add)
    const key = this.#key(recipe, jobText(job(inSandbox(isolatedPlaces, 1, this.#context.tool))))
    const all = [...inputs.values()]
    const planned: PlannedBuild = {
      recipe,
      key,
      inputs: all,
      dependencies: all.flatMap((input) => (input.kind === 'output' ? [input.build] : [])),
      job,
    }
    this.#planned.set(recipe, planned)
    return planned
  }

  #job(recipe: Recipe, surroundings: JobSurroundings, add: (input: Input) => Input): JsonObject {
    const { build, workers, locate, tool, unpacked } = surroundings
    const at = (input: Input) => locate(add(input))
    const inputs: RecipeInputs = {
      spec: at(this.#spec),
      work: posix.join(build, 'work'),
      workers,
      out: posix.join(build, 'out'),
      unpacked,
      source: (id) => at(this.#source(id)),
      file: (path) => at(this.#file(path)),
      project: (skip, directory = '') => at(this.#project(skip, directory)),
      output: (other) => {
        const build = this.plan(other)
        return at({ kind: 'output', at: `outputs/${build.key}`, build })
      },
      tool,
    }
    return recipe.job(inputs)
  }

  #source(id: string): Input {
    const input = this.#sources.get(id) ?? this.#newSource(id)
    this.#sources.set(id, input)
    return input
  }

  #newSource(id: string): Input {
    const source = Object.hasOwn(this.#context.sources, id) ? this.#context.sources[id] : undefined
    if (source === undefined) return fail({ code: 'spec-invalid', message: `the spec has no source ${shown(id)}` })
    const key = findSourceKey(source)
    if (key !== undefined) {
      const isTree = key.form === 'tree'
      return { kind: 'source', at: `sources/${key.digest.algorithm}-${key.digest.hex}`, id, isTree }
    }
    const file = this.#file('path' in source ? source.path : '')
    return { kind: 'source', at: `sources/${posix.dirname(file.at)}`, id, isTree: false }
  }

  #file(path: string): Input {
    const input = this.#files.get(path) ?? fileInput(posix.basename(path), this.#context.readFile(path))
    this.#files.set(path, input)
    return input
  }

  #project(skip: Skip, directory: string): Input {
    const known = this.#projects.get(directory) ?? new Map<Skip, Input>()
    this.#projects.set(directory, known)
    const input = known.get(skip) ?? projectInput(this.#context.project, directory, skip)
    known.set(skip, input)
    return input
  }

  #key({ command, shim, isPure }: Recipe, job: string): string {
    const { tool, host, isIsolated, asset } = this.#context
    const parts = [
      SANDBOX_VERSION,
      isPure || isIsolated,
      command,
      sha256(asset(shim)),
      ...toolIdentity(tool),
      host,
      job,
    ]
    return sha256(JSON.stringify(parts))
  }
}

function projectInput(project: string, directory: string, skip: Skip): Input {
  const root = findDirectory(project, directory)
  const entries = listProject(root, skipAround(root, project, skip))
  const digest = digestProject(root, entries)
  return { kind: 'project', at: `project/${digest}`, root, entries, digest }
}

function fileInput(name: string, bytes: Buffer): Input {
  return { kind: 'file', at: `files/${sha256(bytes)}/${name}`, bytes }
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
