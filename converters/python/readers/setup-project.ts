/**
 * A project of setuptools without a `[project]`: setup.py and setup.cfg. What they say is known when they run; the name is needed
 * before, and in nearly all of them it is a plain text. https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
 */
import type { PythonProject } from '../../../src/model/python.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { isName } from '../standards/name.ts'
import { findLocalProject } from './local-projects.ts'

/**
 * The project itself, where a lock file does not describe it. One without a name that can be read is not installed: its files are
 * laid out as they are. Throws what is wrong with its pyproject.toml.
 */
export function findRootProject(files: ProjectFiles): PythonProject | undefined {
  const local = findLocalProject('', files)
  if (local?.name !== undefined) return local
  const name = findSetupName(files)
  if (name === undefined) return local
  const unknown = { groups: [], extras: [], defaultGroups: [] }
  // Without `[build-system]` the standards' own default counts (PEP 517).
  return { ...(local ?? unknown), name, build: local?.build ?? { requires: [] } }
}

/** As it is written in either file. */
function findSetupName(files: ProjectFiles): string | undefined {
  const [, declared] = /^\[metadata\][^[]*?^name\s*[=:]\s*(\S+)\s*$/m.exec(files.find('setup.cfg') ?? '') ?? []
  const [, , called] = /\bsetup\s*\([^]*?\bname\s*=\s*(['"])([\w.-]+)\1/.exec(files.find('setup.py') ?? '') ?? []
  const name = declared ?? called
  return name !== undefined && isName(name) ? name : undefined
}
