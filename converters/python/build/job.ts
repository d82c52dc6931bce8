/**
 * What the shim is asked to do: a JSON file, `python3 -I -S -B python-shim.py <command> job.json`. Written by python.nix and by the
 * embedded builder. Paths are absolute; the Python that runs the shim is the one that the result uses.
 *
 * An environment is what pip makes, but for: the first lines of programs, RECORD, INSTALLER, no REQUESTED, direct_url.json only
 * where the lock file names a URL, no lib64, and scripts of wheels are always executable.
 */
import type { JsonObject } from '../../../src/model/json.ts'

export interface WheelJob {
  /** PEP 503 name. */
  readonly name: string
  readonly version?: string
  /** The wheel, or a directory that holds it alone. */
  readonly file: string
  /** direct_url.json. */
  readonly direct?: JsonObject
}

interface Places {
  readonly workers: number
  readonly work: string
  /** Not there yet. */
  readonly out: string
}

interface TreeJob extends Places {
  /** `patched`: programs name the environment's interpreter by its path. `pristine`: they find it beside themselves. */
  readonly shebangs: 'patched' | 'pristine'
  readonly bytecode: boolean
  /** Of different files of one name: an error, or the one of the package with the first name. */
  readonly collisions: 'refused' | 'first'
}

/** `install`: `out` becomes a virtual environment. */
export interface InstallJob extends TreeJob {
  readonly wheels: readonly WheelJob[]
}

/**
 * `build`: `out` becomes a directory that holds the wheel. `environment` makes only what it is built with, `work/environment`, for
 * whoever has something to do there before `build`, which then takes it as it is.
 */
export interface BuildJob extends Places {
  readonly name: string
  readonly version?: string
  /** An archive, or a directory. */
  readonly source: string
  readonly subdir?: string
  readonly backend: string
  readonly backendPath: readonly string[]
  readonly needs: readonly WheelJob[]
  readonly patches: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Directories that are put before those of PATH. */
  readonly path?: readonly string[]
}

/** `package`: `out/bin` has the project's programs, `out/lib/environment` everything. Without wheels, `source` is laid out. */
export interface PackageJob extends TreeJob {
  /** Output of an install job. */
  readonly environment: string
  readonly wheels: readonly WheelJob[]
  readonly source?: string
}

/** `tool`: the same of one package instead of a project; `out/lib/environment` is its own. */
export interface ToolJob extends TreeJob {
  readonly wheels: readonly WheelJob[]
  /** PEP 503 name of the package. */
  readonly tool: string
}

/** `shell`: an environment in which projects stand where LOCK2BUILD_PROJECT says. */
export interface ShellJob extends TreeJob {
  readonly environment: string
  /** Packages of it that are directories of the project, and are taken from there. Not those with compiled modules: they have none there. */
  readonly editable: readonly { readonly name: string; readonly directory: string }[]
  readonly projects: readonly {
    readonly name: string
    readonly version?: string
    readonly directory: string
    readonly scripts: Readonly<Record<string, string>>
  }[]
}
