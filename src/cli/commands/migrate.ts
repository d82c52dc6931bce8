/** `lock2build migrate`: what made the project's Nix files before, what takes its place, and, when told to, that in its place. */
import { isThere } from '../../io/surroundings.ts'
import { join } from 'node:path'
import { cacheDirectory } from '../../io/cache-directory.ts'
import { lockProject } from '../../io/project-lock.ts'
import { saveAll } from '../../io/save.ts'
import { COLLECTION_FILE } from '../../model/collection.ts'
import type { OutputFile } from '../../model/output-file.ts'
import { fail, ProblemError, type Problem } from '../../problem.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { checkDirectory } from '../detect.ts'
import { foreignTools } from '../foreign-tools.ts'
import { findMigrations, loadMigrationProject, lockNames, type ProjectMigration } from '../migration.ts'
import { migrationJson, migrationLines } from '../migration-report.ts'
import { replacementText } from '../migration-replacement.ts'
import { convert } from './convert.ts'

export async function migrate(invocation: Invocation): Promise<CommandResult> {
  const { directory, line, progress } = invocation
  checkDirectory(directory, line.operands[0])
  progress.show('looking through the Nix files')
  const project = loadMigrationProject(directory)
  const migration = await findMigrations(project)
  const foreign = foreignTools(project)
  if (migration.found.length === 0) return nothingFound(foreign)
  const ecosystems = await lockNames(invocation)
  const replacement = planReplacement(invocation, migration, ecosystems)
  const isWritten = line.values.write === true
  const converted = isWritten ? await write(invocation, migration, replacement) : undefined
  const report = { migration, replacement, hasLock: ecosystems.length > 0, isWritten }
  return {
    lines: [...migrationLines(report), ...(converted?.lines ?? [])],
    json: () => ({ ...migrationJson(report), ...(converted === undefined ? {} : { conversion: converted.json() }) }),
    warnings: [...foreign, ...(converted?.warnings ?? [])],
  }
}

function nothingFound(foreign: readonly Problem[]): CommandResult {
  const message =
    'there is nothing here of node2nix, yarn2nix, npmlock2nix, poetry2nix, pypi2nix, or of the builders of nixpkgs'
  const hint = 'run `lock2build`: it needs a lock file, and no earlier Nix files'
  throw new ProblemError([{ code: 'nothing-here', message, hint }, ...foreign])
}

/**
 * What is to be written: default.nix, or lock2build.nix beside one that is there; of a collection its list. undefined: there is no lock
 * file, so it is not known what default.nix would have to say.
 */
function planReplacement(
  { directory, line }: Invocation,
  { settings, collection }: ProjectMigration,
  ecosystems: readonly string[],
): OutputFile | undefined {
  if (collection !== undefined) {
    const isThereAlready = isThere(join(directory, COLLECTION_FILE))
    return isThereAlready ? undefined : { path: COLLECTION_FILE, text: collection.text, owner: 'user' }
  }
  if (ecosystems.length === 0) return undefined
  const isFree = line.values.force === true || !isThere(join(directory, 'default.nix'))
  return { path: isFree ? 'default.nix' : 'lock2build.nix', text: replacementText(settings, ecosystems), owner: 'user' }
}

/** The conversion first: what it refuses must not leave half a migration behind. A collection is what is converted. */
async function write(
  invocation: Invocation,
  { collection }: ProjectMigration,
  replacement: OutputFile | undefined,
): Promise<CommandResult> {
  if (collection !== undefined) {
    save(invocation, replacement)
    return convert(invocation, { isStep: true })
  }
  if (replacement === undefined) {
    fail({
      code: 'nothing-here',
      message: 'there is no lock file to convert',
      hint: 'type `lock2build resolve`, then `lock2build migrate --write` again',
    })
  }
  const isFree = !isThere(join(invocation.directory, 'default.nix'))
  const converted = await convert(invocation, { isStep: true })
  save(invocation, replacement, isFree)
  return converted
}

/** `force`: over the default.nix that the conversion has just written. */
function save({ directory, environment, line }: Invocation, file: OutputFile | undefined, force = false): void {
  if (file === undefined) return
  const lock = lockProject(directory, cacheDirectory(environment))
  try {
    const { kept } = saveAll(directory, [file], { force: force || line.values.force === true })
    if (kept.length > 0) {
      fail({
        code: 'not-ours',
        message: `${file.path} is there already, and differs from what would be written`,
        where: { file: file.path },
        hint: 'compare them, or overwrite it with `--force`',
      })
    }
  } finally {
    lock.release()
  }
}
