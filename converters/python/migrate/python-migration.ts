/** Tools that made Nix expressions of Python projects before, and what takes their place. */
import {
  applyRules,
  directory,
  dropped,
  joinMigrations,
  remark,
  setting,
  type FunctionRules,
} from '../../../src/migration/apply-rules.ts'
import {
  noMigration,
  type Migration,
  type MigrationFinder,
  type MigrationProject,
  type NixFile,
} from '../../../src/model/migration.ts'
import type { NixCall } from '../../../src/model/nix.ts'
import { findCalls } from '../../../src/text/nix-calls.ts'
import { findManifest } from '../readers/pyproject.ts'
import { normalizeName } from '../standards/name.ts'

export const pythonMigration: MigrationFinder = {
  find: (project) => {
    const extras = extrasOf(project)
    return joinMigrations([
      ...project.nix.map((file) => findInFile(file, extras)),
      ...project.nix.map((file) => ofPypi2nix(file, project)),
    ])
  },
}

/** Sorted names. */
type Extras = readonly string[]

/** Throws what is wrong with pyproject.toml. */
function extrasOf({ files }: MigrationProject): Extras {
  const manifest = findManifest(files, '')
  const ofPoetry = manifest?.fields.object('tool')?.object('poetry')?.object('extras')?.keys() ?? []
  return [...new Set([...(manifest?.project.extras ?? []), ...ofPoetry.map(normalizeName)])].sort()
}

const environment: FunctionRules['arguments'] = {
  projectDir: directory,
  src: directory,
  pwd: dropped,
  pname: dropped,
  name: dropped,
  version: dropped,
  meta: dropped,
  passthru: dropped,
  pyproject: dropped,
  poetrylock: dropped,
  preferWheels: dropped,
  preferWheel: dropped,
  python: setting('python'),
  groups: setting('groups'),
  nativeBuildInputs: setting('nativeBuildInputs'),
  buildInputs: setting('buildInputs'),
  overrides: remark(
    'wheels need none; for what is built from source: `overrides.<package> = { buildInputs = …; patches = …; }`',
  ),
  propagatedBuildInputs: remark(
    'Python packages belong into the lock file; programs around it are wrapped in a derivation of yours',
  ),
  editablePackageSources: remark(
    '`nix-shell -A shell` has the dependencies; the project itself is imported from its directory',
  ),
  checkGroups: remark('tests run in `nix-shell -A shell`, with `groups`'),
  doCheck: remark('tests run in `nix-shell -A shell`, with `groups`'),
  extraPackages: remark('add them to a group of pyproject.toml, and lock again'),
}

const application: FunctionRules['arguments'] = {
  ...environment,
  groups: remark(
    'an application has none here: make an extra of what it needs to run, or a dependency; `pythonEnv` takes `groups`',
  ),
}

/** With what poetry2nix takes for all of them. */
function withExtras(rules: FunctionRules['arguments'], extras: Extras): FunctionRules {
  const named = (text: string) => (/^(?:\[\s*)?"\*"(?:\s*\])?$/.test(text) ? printList(extras) : text)
  return { tool: 'poetry2nix', arguments: { ...rules, extras: setting('extras', named) } }
}

function printList(names: readonly string[]): string {
  return `[ ${names.map((name) => `"${name}" `).join('')}]`
}

const functions = new Set([
  'mkPoetryApplication',
  'mkPoetryEnv',
  'mkPoetryPackages',
  'mkPoetryEditablePackage',
  'mkPoetryScriptsPackage',
])

function findInFile(file: NixFile, extras: Extras): Migration {
  const calls = findCalls(file, (path) => functions.has(path.at(-1) ?? ''))
  const names = new Set(calls.map(({ path }) => path.at(-1)))
  const attributes: [string, string][] = [
    ...(names.has('mkPoetryApplication') ? [['mkPoetryApplication', 'package'] as [string, string]] : []),
    ...(names.has('mkPoetryEnv') ? [['mkPoetryEnv', 'pythonEnv'] as [string, string]] : []),
  ]
  return joinMigrations([...calls.map((call) => ofPoetry2nix(file, call, extras)), { ...noMigration, attributes }])
}

/** Where nothing is said of extras, it takes all of them; here it is none. */
function ofPoetry2nix(file: NixFile, call: NixCall, extras: Extras): Migration {
  const rules = call.path.at(-1) === 'mkPoetryApplication' ? application : environment
  const found = applyRules(file, call, withExtras(rules, extras))
  if (call.attributes.has('extras') || extras.length === 0) return found
  const all = { name: 'extras', value: printList(extras), where: { file: file.path, line: call.line } }
  return { ...found, settings: [...found.settings, all] }
}

const PYPI2NIX = /^# generated using pypi2nix tool \(version: ([^)]+)\)/

/** requirements.nix, with its overrides and the versions that it found. */
function ofPypi2nix(file: NixFile, { names }: MigrationProject): Migration {
  const version = PYPI2NIX.exec(file.text)?.[1]
  if (version === undefined) return noMigration
  const where = { file: file.path, line: 1 }
  const python = /^\s*python = pkgs\.(python3\d+)/m.exec(file.text)
  const settings =
    python === null
      ? []
      : [{ name: 'python', value: `pkgs.${python[1]}`, where: { ...where, line: file.lineAt(python.index) } }]
  const base = file.path.replace(/\.nix$/, '')
  const beside = [`${base}_override.nix`, `${base}_frozen.txt`].filter((name) => names.has(name))
  const overrides = names.has(`${base}_override.nix`)
    ? [
        {
          where: { file: `${base}_override.nix` },
          message: 'overrides of pypi2nix',
          hint: 'wheels need none; for what is built from source: `overrides.<package> = { buildInputs = …; patches = …; }`',
        },
      ]
    : []
  return {
    ...noMigration,
    found: [{ tool: 'pypi2nix', where, what: `generated by pypi2nix ${version}` }],
    settings,
    remarks: overrides,
    goes: [file.path, ...beside],
    attributes: [['interpreter', 'pythonEnv']],
  }
}
