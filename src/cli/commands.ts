/** Every command there is, once: parsing, help, completion and loading are made from this table. */
import type { JsonObject } from '../model/json.ts'
import type { Problem } from '../problem.ts'
import type { ParsedLine } from './arguments.ts'
import type { OptionName } from './options.ts'
import type { Line } from './printable.ts'
import type { Progress } from './progress.ts'

export interface CommandRow {
  readonly name: string
  readonly summary: string
  readonly usage: string
  readonly operands: Operands
  /** Beside the common ones. */
  readonly options: readonly OptionName[]
  readonly examples: readonly Example[]
  load(): Promise<Command>
}

export interface Operands {
  /** `directory`: the project. */
  readonly kind: 'directory' | 'text'
  readonly min: number
  readonly max: number
  readonly choices?: readonly string[]
}

export interface Example {
  readonly type: string
  readonly does: string
}

/** What a command is given: the command line, and the parts of the world it may look at. */
export interface Invocation {
  readonly line: ParsedLine
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Absolute: the project, or for commands without one the working directory (`-C`). */
  readonly directory: string
  readonly progress: Progress
}

/** What a command gives back; the report prints it. */
export interface CommandResult {
  /** Data for stdout. With `--json` the object of `json` is printed instead. */
  readonly output?: string
  /** For people, on stderr. */
  readonly lines?: readonly Line[]
  /** The command's own members of the JSON report; asked for with `--json` only. */
  readonly json: () => JsonObject
  readonly warnings?: readonly Problem[]
  /** Decide the exit code. */
  readonly problems?: readonly Problem[]
}

/** Throws a ProblemError. */
export type Command = (invocation: Invocation) => Promise<CommandResult>

const projectOptions = ['lock', 'omit', 'system', 'registry', 'use-package-manager', 'flake', 'offline'] as const

const convert: CommandRow = {
  name: 'convert',
  summary: 'read the lock file, pin what it leaves open, write lock2build/ and default.nix',
  usage: 'lock2build [options] [dir]',
  operands: { kind: 'directory', min: 0, max: 1 },
  options: [...projectOptions, 'resolve', 'dry-run', 'force'],
  examples: [
    { type: 'lock2build', does: 'convert the project in this directory' },
    { type: 'lock2build --omit dev --flake', does: 'production dependencies only, and a flake.nix' },
    { type: 'lock2build --dry-run', does: 'see what would change' },
    { type: 'lock2build --resolve', does: 'without a lock file: write one first' },
    { type: 'lock2build --json packages/api | jq .changes', does: 'another directory, for a program' },
  ],
  load: async () => (await import('./commands/convert.ts')).convert,
}

const resolve: CommandRow = {
  name: 'resolve',
  summary: "no lock file: resolve the ranges of the manifest and write one, in the package manager's own format",
  usage: 'lock2build resolve [options] [dir]',
  operands: { kind: 'directory', min: 0, max: 1 },
  options: ['before', 'tool', 'write-lock', 'omit', 'registry', 'offline', 'dry-run'],
  examples: [
    { type: 'lock2build resolve', does: 'package-lock.json, as npm itself would write it' },
    { type: 'lock2build resolve --before 2026-01-31', does: 'as it would have been resolved then' },
    { type: 'lock2build resolve --no-write-lock', does: 'convert without a lock file in the project' },
    { type: 'lock2build resolve --dry-run --json', does: 'see what it would be, for a program' },
  ],
  load: async () => (await import('./commands/resolve.ts')).resolve,
}

const add: CommandRow = {
  name: 'add',
  summary: 'packages to install for their programs: writes packages.json, locks them, leaves all others as they are',
  usage: 'lock2build add [options] name[@range]…',
  operands: { kind: 'text', min: 1, max: Number.POSITIVE_INFINITY },
  options: ['ecosystem', 'system', 'omit', 'registry', 'flake', 'offline', 'dry-run'],
  examples: [
    { type: 'lock2build add prettier typescript@5', does: 'in an empty directory: a collection of two' },
    { type: "lock2build add --ecosystem python black 'httpie>=3'", does: 'each in an environment of its own' },
    { type: 'lock2build add ts4@npm:typescript@4', does: 'a second version, by another name' },
  ],
  load: async () => (await import('./commands/add.ts')).add,
}

const remove: CommandRow = {
  name: 'remove',
  summary: 'take packages out of the collection, with all that only they needed',
  usage: 'lock2build remove [options] name…',
  operands: { kind: 'text', min: 1, max: Number.POSITIVE_INFINITY },
  options: ['registry', 'offline', 'dry-run'],
  examples: [{ type: 'lock2build remove prettier', does: 'all others stay as they are' }],
  load: async () => (await import('./commands/remove.ts')).remove,
}

const list: CommandRow = {
  name: 'list',
  summary: 'the packages of the collection: what is asked for, and which version is locked',
  usage: 'lock2build list [options] [dir]',
  operands: { kind: 'directory', min: 0, max: 1 },
  options: [],
  examples: [
    { type: 'lock2build list', does: 'name, range, version' },
    { type: "lock2build list --json | jq '.packages[].name'", does: 'for a program' },
  ],
  load: async () => (await import('./commands/list.ts')).list,
}

const check: CommandRow = {
  name: 'check',
  summary: 'exit 3 with a short diff when the written files are stale; no network, writes nothing',
  usage: 'lock2build check [options] [dir]',
  operands: { kind: 'directory', min: 0, max: 1 },
  options: projectOptions,
  examples: [
    { type: 'lock2build check', does: 'in CI: are the committed files what the lock file gives?' },
    { type: 'lock2build check -v', does: 'the whole list of differences' },
  ],
  load: async () => (await import('./commands/check.ts')).check,
}

const diff: CommandRow = {
  name: 'diff',
  summary: 'what differs between two lock files, two revisions, or the lock file and lock2build/',
  usage: 'lock2build diff [options] [from] [to]',
  operands: { kind: 'text', min: 0, max: 2 },
  options: ['markdown', 'exit-code', 'lock', 'registry'],
  examples: [
    { type: 'lock2build diff', does: 'what the next conversion would change' },
    { type: 'lock2build diff main', does: 'since that branch; `main..HEAD` and `main HEAD` compare two revisions' },
    { type: 'lock2build diff package-lock.json pnpm-lock.yaml', does: 'two files, also of two formats' },
    { type: 'lock2build diff --markdown origin/main', does: 'as a comment of a pull request' },
    { type: 'lock2build diff --exit-code HEAD~1', does: 'exit 3 when packages differ, 5 when digests do' },
  ],
  load: async () => (await import('./commands/diff.ts')).diff,
}

const update: CommandRow = {
  name: 'update',
  summary: 'resolve what is locked anew, within its ranges: everything, or what is named; then convert',
  usage: 'lock2build update [options] [name]…',
  operands: { kind: 'text', min: 0, max: Number.POSITIVE_INFINITY },
  options: ['latest', 'min-age', 'dry-run', 'markdown', 'tool', 'lock', 'registry', 'offline'],
  examples: [
    { type: 'lock2build update --dry-run', does: 'what could be updated, and how far' },
    { type: 'lock2build update', does: 'the lock file and lock2build/' },
    { type: 'lock2build update react react-dom', does: 'these; every other pin stays as it is' },
    { type: 'lock2build update --latest typescript', does: 'past its range, which package.json gets raised' },
    {
      type: 'lock2build update --min-age 7d --markdown',
      does: 'for a pull request; nothing that is younger than a week',
    },
  ],
  load: async () => (await import('./commands/update.ts')).update,
}

const migrate: CommandRow = {
  name: 'migrate',
  summary: 'what node2nix, yarn2nix, poetry2nix and others did here, and what takes its place',
  usage: 'lock2build migrate [options] [dir]',
  operands: { kind: 'directory', min: 0, max: 1 },
  options: ['write', 'force', ...projectOptions],
  examples: [
    { type: 'lock2build migrate', does: 'see what is found, what is carried over and what is not' },
    { type: 'lock2build migrate --write', does: 'convert, and write default.nix, or lock2build.nix beside it' },
  ],
  load: async () => (await import('./commands/migrate.ts')).migrate,
}

const fetch: CommandRow = {
  name: 'fetch',
  summary: 'every source that the build needs into the store, verified; what is there is not fetched again',
  usage: 'lock2build fetch [options] [dir]',
  operands: { kind: 'directory', min: 0, max: 1 },
  options: [
    'omit',
    'registry',
    'offline',
    'all-systems',
    'python',
    'from',
    'nix',
    'store',
    'cache',
    'compression',
    'sign',
    'mirror',
  ],
  examples: [
    { type: 'lock2build fetch', does: 'what this machine needs, many at once' },
    { type: 'lock2build fetch --offline', does: 'is everything there, and unharmed?' },
    { type: 'lock2build fetch --nix && nix-build -A package', does: 'many times faster than nix-build alone' },
    { type: 'lock2build fetch --all-systems --mirror /media/mirror', does: 'to carry to where there is no network' },
    { type: 'lock2build fetch --from /media/mirror', does: 'from a directory that somebody brought' },
  ],
  load: async () => (await import('./commands/fetch.ts')).fetch,
}

const build: CommandRow = {
  name: 'build',
  summary: 'build the project, with or without Nix, and link the result; converts first where that is needed',
  usage: 'lock2build build [options] [dir]',
  operands: { kind: 'directory', min: 0, max: 1 },
  options: [
    'attribute',
    'with',
    'out-link',
    'rebuild',
    'keep-failed',
    'sandbox',
    'install-scripts',
    'node',
    'python',
    'php',
    'group',
    'extra',
    'from',
    'offline',
    'omit',
    'lock',
    'registry',
    'resolve',
  ],
  examples: [
    { type: 'lock2build build', does: 'the application, linked as ./result' },
    { type: 'lock2build build -A nodeModules -o result-modules', does: 'its dependencies alone' },
    { type: 'lock2build build -A pythonEnv --group docs --extra postgres', does: 'an environment of Python' },
    { type: 'lock2build build --resolve', does: 'of a project without a lock file: it gets one first' },
    { type: 'lock2build build --rebuild', does: 'does the same build give the same result?' },
    { type: 'lock2build build --offline --from mirror', does: 'on a machine without network' },
  ],
  load: async () => (await import('./commands/build.ts')).build,
}

const cache: CommandRow = {
  name: 'cache',
  summary: 'what the store of sources and builds holds; verify it, or make room',
  usage: 'lock2build cache info|verify|prune|clear',
  operands: { kind: 'text', min: 1, max: 1, choices: ['info', 'verify', 'prune', 'clear'] },
  options: ['older-than', 'dry-run'],
  examples: [
    { type: 'lock2build cache info', does: 'where it is, and how much of what it holds' },
    { type: 'lock2build cache verify', does: 'every source against its name; exit 5 when one was damaged' },
    { type: 'lock2build cache prune --older-than 8w', does: 'builds without a link, sources long unused' },
    { type: 'lock2build cache clear --dry-run', does: 'what would go if everything went' },
  ],
  load: async () => (await import('./commands/cache.ts')).cache,
}

const verify: CommandRow = {
  name: 'verify',
  summary: 'check the stored sources against the spec, build anew, and compare with what was built',
  usage: 'lock2build verify [options] [dir]',
  operands: { kind: 'directory', min: 0, max: 1 },
  options: [
    'attribute',
    'sandbox',
    'install-scripts',
    'node',
    'python',
    'php',
    'from',
    'offline',
    'omit',
    'lock',
    'registry',
  ],
  examples: [
    { type: 'lock2build verify', does: 'exit 5 when anything is not as it was built' },
    { type: 'lock2build verify -A nodeModules --json', does: 'for a program' },
  ],
  load: async () => (await import('./commands/verify.ts')).verify,
}

const hash: CommandRow = {
  name: 'hash',
  summary: 'convert a digest to another spelling, or compute one',
  usage: 'lock2build hash [options] [digest]',
  operands: { kind: 'text', min: 0, max: 1 },
  options: ['to', 'algorithm', 'file', 'nar', 'store-path'],
  examples: [
    { type: 'lock2build hash sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= --to nix32', does: 'convert' },
    { type: 'lock2build hash --file ms-2.1.3.tgz --algorithm sha512', does: 'compute' },
    { type: 'lock2build hash --nar ./checkout', does: 'as `nix-hash --type sha256` does' },
    { type: 'lock2build hash --file ms-2.1.3.tgz --store-path ms-2.1.3.tgz', does: 'where fetchurl puts it' },
  ],
  load: async () => (await import('./commands/hash.ts')).hash,
}

const completion: CommandRow = {
  name: 'completion',
  summary: 'print a completion script for a shell',
  usage: 'lock2build completion bash|zsh|fish',
  operands: { kind: 'text', min: 1, max: 1, choices: ['bash', 'zsh', 'fish'] },
  options: [],
  examples: [
    { type: 'eval "$(lock2build completion bash)"', does: 'in ~/.bashrc' },
    { type: 'lock2build completion fish > ~/.config/fish/completions/lock2build.fish', does: 'once' },
  ],
  load: async () => (await import('./commands/completion.ts')).completion,
}

/** What runs when no command is named. */
export const bareCommand = convert

/** The first one is the bare command; its name may be typed, too. */
export const commands: readonly CommandRow[] = [
  convert,
  resolve,
  check,
  diff,
  build,
  verify,
  fetch,
  add,
  remove,
  list,
  cache,
  hash,
  update,
  migrate,
  completion,
]

export function findCommand(name: string): CommandRow | undefined {
  return commands.find((command) => command.name === name)
}
