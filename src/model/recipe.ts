/**
 * What an ecosystem can build from its part of a spec, for the embedded builder: the counterpart of its Nix file. A recipe is one
 * run of the ecosystem's shim on a job file; every path in that job is asked for, so that the builder knows all inputs, puts them
 * into the sandbox under paths made from their contents, and so can name a build by the text of its job.
 */
import type { Skip } from './built-project.ts'
import type { JsonObject } from './json.ts'

/** An ecosystem's part of spec.json, as far as a recipe needs it; SpecPart of src/spec fits. */
export interface BuildPart {
  readonly project: { readonly name: string; readonly version?: string }
  readonly omit: readonly string[]
  /** Variables of the project's own scripts and of its own build. */
  readonly env?: Readonly<Record<string, string>>
  readonly sources: Readonly<Record<string, unknown>>
  readonly plan: JsonObject
}

export interface BuildSettings {
  /** Nix system name of this machine; one of the spec's. */
  readonly system: string
  /** Left out beside the part's own `omit`. */
  readonly omit: readonly string[]
  /** Dependency groups and extras that were asked for (Python's). Undefined groups: those that the project's own tool installs. */
  readonly groups?: readonly string[] | undefined
  readonly extras?: readonly string[]
  /** false: the project's own install scripts are not run. */
  readonly installScripts?: boolean
  /** Version of the tool that runs the recipes (`3.12`), where what is built depends on it. Throws when there is none. */
  readonly toolVersion: () => string
  /** Strict text of a project file, or undefined. */
  readonly findText: (path: string) => string | undefined
}

export interface SourceSelection {
  readonly system: string
  readonly omit: readonly string[]
  /** `3.12`: what builds with this Python need; undefined: with any that the spec is made for. */
  readonly python?: string | undefined
}

/** By ecosystem; loaded only by the commands that build or fetch. */
export interface Builder {
  /** Keys of the part's sources that a machine of this system needs; sorted. */
  neededSources(part: BuildPart, selection: SourceSelection): readonly string[]
  /** By attribute, as in the Nix files: `package`, `nodeModules`, `tarball`, a workspace member's name. Throws what is wrong with a manifest. */
  recipes(part: BuildPart, settings: BuildSettings): ReadonlyMap<string, Recipe>
  /**
   * A package of a collection, which the part's `project` names, as the ecosystem's own installer of programs leaves it. The results
   * of `supplements` have programs that its build may start.
   */
  tool(part: BuildPart, settings: BuildSettings, supplements: readonly Recipe[]): Recipe
}

export interface Recipe {
  /** For people and for the directory's name: the same name that the Nix derivation has. */
  readonly name: string
  /** What runs the shim. */
  readonly tool: ToolName
  /** Asset path: `node/node-shim.mjs`, `python/python-shim.py`. */
  readonly shim: string
  readonly command: string
  /**
   * No code of a package runs in it, as far as the spec says, so it needs no sandbox. The shim ends with exit code 75 when it finds
   * that some would.
   */
  readonly isPure: boolean
  /** What may be missing where this build fails, for its user. */
  hint?(): string | undefined
  /**
   * How the shim calls what it keeps unpacked of a source, whose digest is `name` (`sha512-` and hexadecimal digits); undefined: it
   * needs the archive. Absent: as the digest.
   */
  keptAs?(source: string, name: string): string | undefined
  /** The same run in this process, which is one of the same tool, where everything is kept unpacked. Begins what takes time to start. */
  startHere?(): Promise<RunHere>
  /** The job file. Called once per build; each answer of `inputs` is a path inside the sandbox. */
  job(inputs: RecipeInputs): JsonObject
}

/** Ended by whoever started it, whether it has run or not. */
export interface RunHere {
  /** Takes the job and the path of the shim. False: it was not made, and the shim has to say why; what was begun is left. */
  run(job: JsonObject, shim: string): Promise<boolean>
  /** What takes time to start runs, or never will. */
  readonly started: Promise<void>
  end(): Promise<void>
}

export type ToolName = 'node' | 'python' | 'php'

/** See {@link RecipeInputs.tool}. */
export type ToolPart = 'npm' | 'prefix' | 'composer'

export interface RecipeInputs {
  /** spec.json. */
  readonly spec: string
  /** Where the shim works (`/build/work`), and how many threads it may use. */
  readonly work: string
  readonly workers: number
  /** Where the result goes: a directory that does not exist yet. */
  readonly out: string
  /** Only outside of a sandbox: a directory of unpacked packages, which the result shares files with. No part of what a build is. */
  readonly unpacked: string | undefined
  /** A source of the part: an archive, or the directory of a git checkout. */
  source(key: string): string
  /** One file of the project. */
  file(path: string): string
  /** A directory of the project, or beside it, without what `skip` names; '' is the project's own. */
  project(skip: Skip, directory?: string): string
  /** The result of another recipe, which is built first. */
  output(recipe: Recipe): string
  /** Of node: `npm-cli.js` of its npm, and the prefix that holds include/node. Of php: Composer. */
  tool(part: ToolPart): string
}
