/**
 * The one error type. A problem says what is wrong in the words of the user's file, where, and what to type next.
 * A warning is the same object, reported instead of thrown. Anything else that is thrown is a bug of ours.
 */

/** Every code there is: public, stable, listed in the README, each produced by a fixture or test. */
export const codes = {
  usage: { exit: 2, text: 'the command line or the configuration cannot be understood' },
  'nothing-here': { exit: 2, text: 'there is nothing to convert in this directory' },
  'lock-ambiguous': { exit: 2, text: 'several lock files stand in this directory and nothing says which one counts' },
  stale: { exit: 3, text: 'the committed files are not what the lock file gives now' },
  differs: { exit: 3, text: 'there are differences, and --exit-code asked for a failure' },
  'lock-syntax': { exit: 4, text: 'the lock file is not well-formed' },
  'lock-encoding': { exit: 4, text: 'the lock file is not plain UTF-8' },
  'lock-conflict': { exit: 4, text: 'the lock file holds merge-conflict markers' },
  'lock-duplicate-key': { exit: 4, text: 'a key occurs twice in the same object' },
  'lock-version': { exit: 4, text: 'this version of the lock format is not known' },
  'lock-type': { exit: 4, text: 'a value has the wrong type' },
  'lock-limit': { exit: 4, text: 'the lock file is larger or deeper than the limit' },
  'lock-inconsistent': { exit: 4, text: 'two parts of the lock file contradict each other' },
  'text-invalid': { exit: 4, text: 'a string holds characters that cannot stand there' },
  'name-invalid': { exit: 4, text: 'a package name or version is not valid' },
  'requirement-invalid': { exit: 4, text: 'a requirement, marker or version specifier could not be read' },
  'path-escapes': { exit: 5, text: 'a path leaves the project directory, or its repository' },
  'url-invalid': { exit: 4, text: 'a URL cannot be read or has a scheme that is not supported' },
  'url-credentials': { exit: 5, text: 'a URL carries credentials, which must not be written into an output' },
  'integrity-invalid': { exit: 4, text: 'an integrity string could not be read' },
  'integrity-missing': { exit: 5, text: 'a source has no integrity' },
  'integrity-weak': { exit: 5, text: 'a source has only a weak digest' },
  'integrity-changed': { exit: 5, text: 'a package kept its version and has another digest, or none any more' },
  'integrity-mismatch': { exit: 5, text: 'the bytes are not the ones the lock file names' },
  'source-missing': { exit: 4, text: 'an entry says neither where its bytes come from nor which registry has them' },
  'source-unsupported': { exit: 4, text: 'this kind of source is not supported' },
  'manifest-syntax': { exit: 4, text: 'the manifest is not well-formed' },
  'manifest-mismatch': { exit: 4, text: 'the lock file disagrees with the manifest' },
  'collection-invalid': { exit: 4, text: 'packages.json is not a collection of packages' },
  'no-programs': { exit: 4, text: 'a package that was to be installed for its programs has none' },
  'config-invalid': { exit: 2, text: 'a configuration file could not be read' },
  'setting-ignored': { exit: 2, text: 'a setting of the package manager changes its tree, and is not followed' },
  'script-unlocked': { exit: 5, text: 'a script would need packages that are not locked' },
  'spec-invalid': { exit: 4, text: 'lock2build/spec.json could not be read' },
  network: { exit: 6, text: 'a request failed after all retries' },
  'network-needed': { exit: 6, text: 'something must be looked up, and the network is switched off' },
  'not-found': { exit: 6, text: 'the server does not have what the lock file names' },
  git: { exit: 6, text: 'git could not fetch the commit' },
  nix: { exit: 1, text: 'Nix could not be started, or it failed' },
  'not-ours': { exit: 8, text: 'a file that lock2build did not write stands in the way' },
  busy: { exit: 9, text: 'another run holds the project' },
  io: { exit: 1, text: 'a file could not be read or written' },
  'sandbox-missing': { exit: 1, text: 'this machine cannot isolate a build' },
  'not-reproducible': { exit: 5, text: 'the same build gives another result' },
  'resolve-conflict': { exit: 7, text: 'two requirements cannot both be met' },
  'resolve-no-match': { exit: 7, text: 'nothing that is published fits what is asked for' },
  'tool-missing': { exit: 10, text: 'the program that resolves this project is not there, or is of another version' },
  'tool-failed': { exit: 7, text: 'the program that resolves this project says that it cannot' },
  'build-failed': { exit: 1, text: 'the build failed' },
  internal: { exit: 70, text: 'a bug in lock2build' },
} as const satisfies Record<string, { exit: number; text: string }>

export type Code = keyof typeof codes

/** A place in a file of the user's. `key` is a path like `packages["node_modules/ms"].integrity`; `line` counts from 1. */
export interface Where {
  readonly file: string
  readonly key?: string | undefined
  readonly line?: number | undefined
}

export interface Problem {
  readonly code: Code
  /** One sentence. Text taken from input is passed through {@link shown} first. */
  readonly message: string
  readonly where?: Where | undefined
  /** What another program said of it, line by line. */
  readonly details?: readonly string[] | undefined
  /** What to type or change next. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** Thrown for everything that is the input's or the world's fault; carries all problems found, at least one. */
export class ProblemError extends Error {
  readonly problems: readonly [Problem, ...Problem[]]
  constructor(problems: readonly [Problem, ...Problem[]]) {
    super(problems.map((p) => `${p.code}: ${p.message}`).join('\n'))
    this.name = 'ProblemError'
    this.problems = problems
  }
}

/** Throws one problem. */
export function fail(problem: Problem): never {
  throw new ProblemError([problem])
}

/** Throws if the list holds anything; used by readers that report every problem of a file. */
/** What goes wrong there without saying where is said to be at `where`. */
export function placing<T>(where: Where, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const [first, ...others] = error.problems
    throw new ProblemError([{ where, ...first }, ...others.map((problem) => ({ where, ...problem }))])
  }
}

export function failIfAny(problems: readonly Problem[]): void {
  const [first, ...rest] = problems
  if (first !== undefined) throw new ProblemError([first, ...rest])
}

const SHOWN_LENGTH = 120

/** Untrusted text, quoted so that it can stand in a message: control characters escaped, shortened, URL credentials removed. */
export function shown(text: string): string {
  const safe = text.replace(/\/\/[^/\s@]*@/g, '//…@')
  const short = safe.length > SHOWN_LENGTH ? `${safe.slice(0, SHOWN_LENGTH)}…` : safe
  // JSON leaves DEL, C1 controls and bidirectional overrides as they are; a terminal or a reader would obey them.
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const exitPriority = [70, 5, 4, 7, 6, 8, 9, 10, 2, 1, 3]

/** The exit code for a set of problems: the gravest one decides (DESIGN: 70, 5, 4, 7, 6, 8, …). */
export function exitCode(problems: readonly Problem[]): number {
  const found = new Set<number>(problems.map((p) => codes[p.code].exit))
  return exitPriority.find((exit) => found.has(exit)) ?? 0
}
