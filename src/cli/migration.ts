/** Looks through a project for what made its Nix files before, ecosystem by ecosystem. */
import { ecosystems } from '../../converters/index.ts'
import { listNixFiles } from '../io/nix-files.ts'
import { listFileNames, projectFiles } from '../io/project-files.ts'
import { loadOwnUserConfig } from '../io/user-config.ts'
import { joinMigrations } from '../migration/apply-rules.ts'
import { noMigration, type CarriedSetting, type Migration, type MigrationProject } from '../model/migration.ts'
import { ProblemError } from '../problem.ts'
import { readNix } from '../text/nix-calls.ts'
import type { Invocation } from './commands.ts'
import { findLocks } from './detect.ts'
import { readSettings } from './settings.ts'

/** Of all ecosystems. */
export interface ProjectMigration extends Omit<Migration, 'settings'> {
  readonly settings: ReadonlyMap<string, readonly CarriedSetting[]>
}

export function loadMigrationProject(directory: string): MigrationProject {
  return {
    nix: listNixFiles(directory).map(({ path, text }) => ({ path, ...readNix(text) })),
    names: new Set(listFileNames(directory)),
    files: projectFiles(directory),
  }
}

export async function findMigrations(project: MigrationProject): Promise<ProjectMigration> {
  const parts = await Promise.all(
    ecosystems.map(async ({ name, loadMigration }) => {
      const found = await loadMigration?.()
      return [name, found?.find(project) ?? noMigration] as const
    }),
  )
  const found = parts.filter(([, migration]) => migration.found.length > 0)
  const settings = new Map(found.map(([name, migration]) => [name, migration.settings]))
  return { ...joinMigrations(found.map(([, migration]) => migration)), settings }
}

/** Ecosystems that have a lock file here; none where there is none. Throws what `findLocks` throws beside that. */
export async function lockNames({ directory, line, environment }: Invocation): Promise<readonly string[]> {
  const files = projectFiles(directory)
  const { lock } = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  try {
    const { locks } = await findLocks({ directory, ecosystems, lock })
    return locks.map(({ ecosystem }) => ecosystem.name).sort()
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === 'nothing-here')) return []
    throw error
  }
}
