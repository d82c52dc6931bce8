/** Packages that are directories of the project, as their own pyproject.toml describes them. */
import type { LockedPackage } from '../../../src/model/lock.ts'
import type { PythonProject } from '../../../src/model/python.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { readPoetryProject } from '../poetry/poetry-project.ts'
import { findManifest } from './pyproject.ts'

/** By directory, in the lock's order. Throws what is wrong with one of the files. */
export function readLocalProjects(
  locked: readonly LockedPackage[],
  files: ProjectFiles,
): readonly (readonly [string, PythonProject])[] {
  return locked.flatMap(({ name, version, sources: [source] }) => {
    if (source.kind !== 'local' || source.form !== 'directory') return []
    const project = findLocalProject(source.path, files)
    return [[source.path, project ?? { name, version, groups: [], extras: [], defaultGroups: [] }]]
  })
}

/** undefined without a pyproject.toml: the directory has a setup.py, or its name is all that is known. */
export function findLocalProject(directory: string, files: ProjectFiles): PythonProject | undefined {
  const manifest = findManifest(files, directory)
  if (manifest === undefined) return undefined
  const { project } = readPoetryProject(manifest)
  manifest.fields.document.failIfAny()
  return project
}
