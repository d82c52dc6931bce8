/** Every option there is, once. Parsing, help, completion, environment variables and configuration files are made from this table. */

export interface OptionRow {
  /** Long name, without dashes. */
  readonly name: string
  readonly short?: string
  /** Name of its value in the help; absent: a switch. */
  readonly value?: string
  readonly repeatable?: true
  readonly choices?: readonly string[]
  readonly summary: string
  /** May also stand in a configuration file under this key, and in the environment as LOCK2BUILD_<NAME>. */
  readonly setting?: string
  /** A switch that is on by default; the option is `--no-<name>`. */
  readonly on?: true
  /** An option with a value that `--no-<name>` takes away altogether. */
  readonly negatable?: true
}

/** Nix system names the spec is made for unless told otherwise. */
export const defaultSystems: readonly string[] = ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux']

const rows = {
  lock: { value: 'FILE', setting: 'lock', summary: 'the lock file to read, when there are several' },
  omit: {
    value: 'KIND',
    repeatable: true,
    choices: ['dev', 'optional', 'peer'],
    setting: 'omit',
    summary: 'leave these dependencies out altogether',
  },
  system: {
    value: 'NAME',
    repeatable: true,
    setting: 'systems',
    summary: 'make it for these Nix systems (default: Linux and macOS, x86_64 and aarch64)',
  },
  registry: { value: 'URL', setting: 'registry', summary: 'the registry of packages whose lock entry has no URL' },
  flake: { setting: 'flake', summary: 'write a flake.nix too' },
  'use-package-manager': {
    setting: 'usePackageManager',
    summary: "let yarn, pnpm or Bun install by itself, offline, instead of lock2build's own layout",
  },
  offline: { setting: 'offline', summary: 'never use the network; fail with the list of what is missing' },
  'dry-run': { summary: 'say what would be written or removed, and change nothing' },
  force: { summary: 'overwrite your default.nix and flake.nix as well' },
  'all-systems': { summary: 'the sources of every system of the spec, not of this machine alone' },
  from: { value: 'DIR', summary: 'read this mirror instead of the network' },
  nix: { summary: 'add the sources to the Nix store, so that a build fetches nothing' },
  store: { value: 'URI', summary: "another Nix store than this machine's (with --nix)" },
  cache: { value: 'DIR', summary: 'write them as a static binary cache, which Nix substitutes from' },
  compression: {
    value: 'NAME',
    choices: ['none', 'zstd'],
    summary: 'of what --cache adds (default: none, because archives are compressed already)',
  },
  sign: { value: 'FILE', summary: 'sign what --cache adds with this secret key of Nix' },
  mirror: { value: 'DIR', summary: 'write them as files by hash, for --from and for hashed-mirrors of Nix' },
  attribute: {
    short: 'A',
    value: 'ATTR',
    summary: 'what to build (default: package); an unknown one lists what there is',
  },
  with: {
    value: 'BUILDER',
    choices: ['nix', 'embedded'],
    summary: 'who builds (default: Nix where it is installed and finds nixpkgs)',
  },
  'out-link': {
    short: 'o',
    value: 'FILE',
    negatable: true,
    summary: 'where to put the link to the result (default: result); --no-out-link: nowhere',
  },
  rebuild: { summary: 'build again, compare with the result there is, and show the first difference' },
  'keep-failed': { summary: 'keep the directory of a build that failed' },
  sandbox: { on: true, summary: 'build without isolation, where the machine allows none' },
  'install-scripts': {
    on: true,
    summary: "do not run the project's own install scripts (postinstall, prepare)",
  },
  node: {
    value: 'PATH',
    summary: 'build with this node, and the npm beside it (default: the one that runs lock2build)',
  },
  python: {
    value: 'PATH',
    summary: 'build with this Python (default: the python3 on PATH)',
  },
  php: {
    value: 'PATH',
    summary: 'build with this PHP (default: the php on PATH), and the composer on PATH',
  },
  group: {
    value: 'NAME',
    repeatable: true,
    summary: "of pythonEnv: this dependency group, instead of those that the project's tool installs by itself",
  },
  extra: { value: 'NAME', repeatable: true, summary: 'with this extra of the Python project' },
  'older-than': { value: 'AGE', summary: 'prune sources that were not used for so long: 12h, 30d (the default), 8w' },
  to: {
    value: 'SPELLING',
    choices: ['sri', 'hex', 'base64', 'nix32'],
    summary: 'print one spelling only (default: all of them)',
  },
  algorithm: {
    value: 'NAME',
    choices: ['md5', 'sha1', 'sha256', 'sha384', 'sha512'],
    summary: 'what to compute, or what a bare digest is (default: sha256)',
  },
  file: { value: 'FILE', summary: 'hash the bytes of a file' },
  nar: { value: 'PATH', summary: 'hash a file or directory as Nix does: its NAR archive' },
  'store-path': { value: 'NAME', summary: 'print the store path of a fixed output of this name, too' },
  'exit-code': { summary: 'exit 3 when there are differences, 5 when a package kept its version and not its digest' },
  markdown: { summary: 'print a table for a pull request' },
  resolve: { summary: 'where there is no lock file, resolve the manifest first and write one' },
  before: { value: 'DATE', summary: 'as if nothing had been published since (2026-01-31)' },
  tool: { value: 'NAME', summary: 'resolve with this tool (npm, …), whatever the project says' },
  'write-lock': {
    on: true,
    summary: 'keep the lock file in lock2build/ instead of writing one into the project; converts, too',
  },
  ecosystem: {
    value: 'NAME',
    choices: ['node', 'python'],
    summary: 'where the packages are from (default: the only one of the collection, or node)',
  },
  latest: { summary: 'raise the ranges of the manifest to the newest releases, too' },
  'min-age': { value: 'AGE', summary: 'take nothing that was published in the last hours, days or weeks: 12h, 7d, 2w' },
  write: { summary: 'write what takes the place of the earlier files; nothing of yours is removed' },
  directory: { short: 'C', value: 'DIR', summary: 'work as if started in this directory' },
  json: { summary: 'one JSON object on stdout; its schema is schema/report.json' },
  quiet: { short: 'q', summary: 'print warnings and problems only' },
  verbose: { short: 'v', summary: 'print everything, where it is shortened otherwise' },
  color: { on: true, summary: 'no colours (also: NO_COLOR=1)' },
  help: { short: 'h', summary: 'this text' },
  version: { short: 'V', summary: 'the version' },
} as const satisfies Record<string, Omit<OptionRow, 'name'>>

export type OptionName = keyof typeof rows

export function optionRow(name: OptionName): OptionRow {
  return { name, ...rows[name] }
}

export const allOptions: readonly OptionRow[] = Object.entries(rows).map(([name, row]) => ({ name, ...row }))

/** Understood by every command. */
export const commonOptions: readonly OptionName[] = [
  'directory',
  'json',
  'quiet',
  'verbose',
  'color',
  'help',
  'version',
]

/** `LOCK2BUILD_OMIT` */
export function environmentName(row: OptionRow): string {
  return `LOCK2BUILD_${row.name.toUpperCase().replaceAll('-', '_')}`
}

/** `-C, --directory DIR` */
export function printOption(row: OptionRow): string {
  const long = row.on === true ? `--no-${row.name}` : `--${row.name}`
  return `${row.short === undefined ? '    ' : `-${row.short}, `}${long}${row.value === undefined ? '' : ` ${row.value}`}`
}
