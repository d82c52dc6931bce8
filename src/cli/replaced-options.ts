/** Options of node2nix that users have in their fingers: each is answered with what does the same here. */

const INPUT =
  'name the directory: `lock2build DIR`; package.json and the lock file are found in it, or packages.json, a list of packages'
const FIXED_NAMES = 'the names are fixed: default.nix is yours, lock2build/ is written anew by every run'
const REGISTRY_ACCESS = 'it is read from .npmrc, as npm does'
const NODE_VERSION = 'choose it in default.nix: `nodejs = pkgs.nodejs_22;`'
const NOT_NEEDED = 'leave it out: it is not needed here'

const replacements: Readonly<Record<string, string>> = {
  '-i': INPUT,
  '--input': INPUT,
  '-l': 'type `--lock FILE`; or nothing, when there is only one lock file',
  '--output': FIXED_NAMES,
  '-c': FIXED_NAMES,
  '--composition': FIXED_NAMES,
  '-e': FIXED_NAMES,
  '--node-env': FIXED_NAMES,
  '-d': 'leave it out: development dependencies are included; `--omit dev` or `dev = false` in default.nix leaves them out',
  '--development': 'leave it out: development dependencies are included unless you type `--omit dev`',
  '--strip-optional-dependencies': 'type `--omit optional`',
  '--include-peer-dependencies': 'leave it out: what the lock file holds is included; `--omit peer` leaves peers out',
  '--no-include-peer-dependencies': 'type `--omit peer`',
  '-f': "leave it out: the layout is the lock file's own",
  '--flatten': "leave it out: the layout is the lock file's own",
  '--no-flatten': "leave it out: the layout is the lock file's own",
  '--pkg-name': NODE_VERSION,
  '--registry-auth-token': REGISTRY_ACCESS,
  '--registry-scope': REGISTRY_ACCESS,
  '--supplement-input': 'name it in packages.json: {"node": …, "supplements": […]}',
  '--supplement-output': FIXED_NAMES,
  '--no-copy-node-env': NOT_NEEDED,
  '--bypass-cache': NOT_NEEDED,
  '--no-bypass-cache': NOT_NEEDED,
  '--use-fetchgit-private': 'leave it out: git uses your own credentials for look-ups',
}

/** What to type instead of an option of node2nix. */
export function findReplacement(option: string): string | undefined {
  if (/^(?:-\d+|--nodejs-\d+)$/.test(option)) return NODE_VERSION
  return Object.hasOwn(replacements, option) ? replacements[option] : undefined
}
