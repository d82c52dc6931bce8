/** `lock2build migrate`: what made the project's Nix files before, what takes its place, and, when told to, that in its place. */
import { isThere } from '../../io/surroundings.ts'
import { join } from 'node:path'
import { cacheDirectory } from '../../io/cache-directory.ts'
import { lockProject } from '../../io/project-lock.ts'
import { saveAll } from '../../io/save.ts'
import { COLLECTION_FILE } from '../../model/collection.ts'
import type { MigrationProject } from '../../model/migration.ts'
import type { OutputFile } from '../../model/output-file.ts'
import { fail, failIfAny } from '../../problem.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { checkDirectory } from '../detect.ts'
import { BESIDE, readsLock2build } from '../expression-file.ts'
import { findForeignUses, foreignProblem, type ForeignUse } from '../foreign-tools.ts'
import { findMigrations, loadMigrationProject, lockNames, type ProjectMigration } from '../migration.ts'
import { migrationJson, migrationLines, type MigrationFiles } from '../migration-report.ts'
import { collectionReplacement, projectReplacement } from '../migration-replacement.ts'
import { convert } from './convert.ts'

export async function migrate(invocation: Invocation): Promise<CommandResult> {
  const { directory, line, progress } = invocation
  checkDirectory(directory, line.operands[0])
  progress.show('looking through the Nix files')
  const project = loadMigrationProject(directory)
  const migration = await findMigrations(project)
  const untouched = findForeignUses(project)
  if (migration.found.length === 0) failNothingFound(untouched)
  const ecosystems = await lockNames(invocation)
  const path = expressionPath(invocation, project)
  const files = planFiles({ directory, path, ecosystems }, migration)
  const isWritten = line.values.write === true
  const converted = isWritten ? await write(invocation, migration, files) : undefined
  const report = { migration, files, untouched, hasLock: ecosystems.length > 0, isWritten }
  return {
    lines: [...migrationLines(report), ...(converted?.lines ?? [])],
    json: () => ({ ...migrationJson(report), ...(converted === undefined ? {} : { conversion: converted.json() }) }),
    warnings: [...untouched.map(foreignProblem), ...(converted?.warnings ?? [])],
  }
}

function failNothingFound(untouched: readonly ForeignUse[]): void {
  failIfAny(untouched.map(foreignProblem))
  fail({
    code: 'nothing-here',
    message:
      'there is nothing here of node2nix, yarn2nix, npmlock2nix, poetry2nix, pypi2nix, composer2nix, or of the builders of nixpkgs',
    hint: 'run `lock2build`: it needs a lock file, and no earlier Nix files',
  })
}

/** default.nix, if it is free or ours already, or may be overwritten; else beside it. */
function expressionPath({ directory, line }: Invocation, { nix }: MigrationProject) {
  const standing = nix.find(({ path }) => path === 'default.nix')
  const isFree = standing === undefined ? !isThere(join(directory, 'default.nix')) : readsLock2build(standing.text)
  return isFree || line.values.force === true ? 'default.nix' : BESIDE
}

interface Plan {
  readonly directory: string
  /** Of the expression. */
  readonly path: string
  /** Those that have a lock file. */
  readonly ecosystems: readonly string[]
}

function planFiles({ directory, path, ecosystems }: Plan, { settings, collection }: ProjectMigration): MigrationFiles {
  if (collection === undefined) {
    if (ecosystems.length === 0) return {}
    return { expression: { path, text: projectReplacement(settings, ecosystems), owner: 'user' } }
  }
  const expression: OutputFile = { path, text: collectionReplacement(settings), owner: 'user' }
  if (isThere(join(directory, COLLECTION_FILE))) return { expression }
  return { expression, list: { path: COLLECTION_FILE, text: collection.text, owner: 'user' } }
}

/** The conversion first: what it refuses must not leave half a migration behind. A collection is what is converted. */
async function write(
  invocation: Invocation,
  { collection }: ProjectMigration,
  { list, expression }: MigrationFiles,
): Promise<CommandResult> {
  if (expression === undefined) {
    return fail({
      code: 'nothing-here',
      message: 'there is no lock file to convert',
      hint: 'type `lock2build resolve`, then `lock2build migrate --write` again',
    })
  }
  if (collection !== undefined) save(invocation, list)
  const isFree = !isThere(join(invocation.directory, 'default.nix'))
  // The conversion would write default.nix by force, whoever needs it.
  const { force: _, ...values } = invocation.line.values
  const converted = await convert({ ...invocation, line: { ...invocation.line, values } }, { isStep: true })
  save(invocation, expression, isFree)
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
