/** What composer2nix wrote (svanderburg/composer2nix), whatever its files are called, and what people wrote around it. */
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
  type CarriedSetting,
  type Migration,
  type MigrationFinder,
  type NixFile,
} from '../../../src/model/migration.ts'
import type { NixCall } from '../../../src/model/nix.ts'
import { findCalls } from '../../../src/text/nix-calls.ts'

export const phpMigration: MigrationFinder = {
  find: ({ nix }) => {
    const parts = nix.map((file) => joinMigrations([ofFunctions(file), ofPackages(file), ofComposition(file)]))
    const others = nix.filter((_, index) => parts[index]?.found.length === 0)
    const isUsed = parts.some(({ found }) => found.length > 0)
    return joinMigrations([...parts, ...(isUsed ? others.map(ofOverrides) : [])])
  },
}

const tool = 'composer2nix'

/** composer-env.nix. */
function ofFunctions({ path, text }: NixFile): Migration {
  if (!text.startsWith('# This file originates from composer2nix')) return noMigration
  const found = [{ tool, where: { file: path, line: 1 }, what: 'the functions of composer2nix' }]
  return { ...noMigration, found, goes: [path] }
}

/** php-packages.nix. */
function ofPackages(file: NixFile): Migration {
  const calls = findCalls(file, (path) => path.join('.') === 'composerEnv.buildPackage')
  if (calls.length === 0) return noMigration
  const hasDev = /^\s*devPackages = \{\s*[^}\s]/m.test(file.text)
  const dev = hasDev
    ? [
        {
          where: { file: file.path, line: file.lineAt(file.text.search(/^\s*devPackages = /m)) },
          message: 'packages for development',
          hint: 'they are in `vendor` and `shell` here, never in `package`',
        },
      ]
    : []
  const found = joinMigrations(calls.map((call) => applyRules(file, call, rulesFor(call))))
  return { ...found, remarks: [...found.remarks, ...dev], goes: [file.path] }
}

/** default.nix: what puts the files together, and says which PHP there is. */
function ofComposition(file: NixFile): Migration {
  const composed = /\bcomposerEnv = import \S+/.exec(file.text)
  if (composed === null) return noMigration
  const where = { file: file.path, line: file.lineAt(composed.index) }
  return {
    ...noMigration,
    found: [{ tool, where, what: 'what puts the files of composer2nix together' }],
    settings: [...phpOf(file), ...withoutDev(file)],
    goes: [file.path],
    attributes: [[file.path, 'package']],
  }
}

/** `php ? pkgs.php81`; `pkgs.php` is what is taken here, too. */
function phpOf(file: NixFile): readonly CarriedSetting[] {
  const php = /\bphp \? (pkgs\.php\d+)\b/.exec(file.text)
  if (php?.[1] === undefined) return []
  return [{ name: 'php', value: php[1], where: { file: file.path, line: file.lineAt(php.index) } }]
}

/** `noDev ? true`, `noDev = true`. */
function withoutDev(file: NixFile): readonly CarriedSetting[] {
  const found = /\bnoDev (?:\?|=) true\b/.exec(file.text)
  if (found === null) return []
  return [{ name: 'dev', value: 'false', where: { file: file.path, line: file.lineAt(found.index) } }]
}

/** `phpPackage.override { postInstall = …; }` and `import ./default.nix { noDev = true; }`, in files of people. */
function ofOverrides(file: NixFile): Migration {
  const calls = findCalls(file, (path) => path.length > 1 && path.at(-1) === 'override')
  const found = joinMigrations(calls.map((call) => applyRules(file, call, rulesFor(call))))
  return { ...found, settings: [...found.settings, ...withoutDev(file)] }
}

const around = 'do it in a derivation of yours that takes `package` as its source'

const ownScripts = remark(`a script of composer.json runs for \`package\` (\`post-install-cmd\`); else ${around}`)

function rulesFor({ attributes }: NixCall): FunctionRules {
  const isTrue = (name: string) => attributes.get(name)?.text === 'true'
  return {
    tool,
    arguments: {
      packages: dropped,
      devPackages: dropped,
      // Told by the whole file: most often it is inherited.
      noDev: dropped,
      name: dropped,
      version: dropped,
      meta: dropped,
      src: directory,
      unpackPhase: dropped,
      buildInputs: setting('nativeBuildInputs'),
      executable: isTrue('executable')
        ? dropped
        : remark('the project stands in share/php/<name> of the result, and its programs in bin/'),
      symlinkDependencies: isTrue('symlinkDependencies')
        ? remark('dependencies are copied: PHP looks for the autoloader’s neighbours where the files really are')
        : dropped,
      removeComposerArtifacts: isTrue('removeComposerArtifacts') ? remark(`both files stay: ${around}`) : dropped,
      composerExtraArgs: remark('what Composer can be told stands in `config` of composer.json: `optimize-autoloader`'),
      buildPhase: ownScripts,
      postInstall: ownScripts,
    },
  }
}
