/** The job file that php-shim.php reads, whoever writes it: php.nix or the embedded builder. Type aliases, because they fit the JSON type. */

export type PhpJob = {
  /** Composer as it is installed: a program of PHP, or one that starts it. */
  readonly composer: string
  /** The project's files; the lock file is where `lock` says, below it. */
  readonly project: string
  readonly lock: string
  readonly packages: readonly (JobArchive | JobCheckout | JobDirectory)[]
  readonly dev: boolean
  /** Whether the project's own scripts are run. */
  readonly scripts: boolean
  /** Whether plugins are, as far as `allow-plugins` of composer.json lets them. */
  readonly plugins: boolean
  readonly vendorDir: string
  /** Of `package`: variables that the project sets for its own scripts. */
  readonly env?: Readonly<Record<string, string>>
  /** Of `package`: its name as a directory, its programs, and what starts them. */
  readonly name?: string
  readonly bin?: readonly string[]
  readonly php?: string
  readonly work: string
  readonly workers: number
  readonly out: string
}

type JobPackage = {
  readonly name: string
  readonly version: string
}

/** What Composer would download from any of `urls`. */
export type JobArchive = JobPackage & {
  readonly urls: readonly string[]
  readonly type: string
  readonly file: string
}

/** What Composer would clone: the files of the commit. */
export type JobCheckout = JobPackage & {
  readonly reference: string
  readonly directory: string
}

/** A directory of the project. `from`: of one that stands beside it (`path` begins with `../`), its files. */
export type JobDirectory = JobPackage & {
  readonly path: string
  readonly from?: string
}
