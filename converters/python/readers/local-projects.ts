/** Packages that are directories of the project, or beside it, as their own pyproject.toml describes them. */
import type { LockedPackage } from '../../../src/model/lock.ts'
import type { PythonProject } from '../../../src/model/python.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { failIfAny, placing, shown, type Problem, type Where } from '../../../src/problem.ts'
import { readPoetryProject } from '../poetry/poetry-project.ts'
import { findManifest } from './pyproject.ts'

/** By directory, in the lock's order. Throws what is wrong with one of the files, and which directories hold no project. */
export function readLocalProjects(
  locked: readonly LockedPackage[],
  files: ProjectFiles,
): readonly (readonly [string, PythonProject])[] {
  failIfProjectsMiss(locked, files)
  return locked.flatMap(({ name, version, sources: [source] }) => {
    if (source.kind !== 'local' || source.form !== 'directory') return []
    const project = findLocalProject(source.path, files)
    return [[source.path, project ?? { name, version, groups: [], extras: [], defaultGroups: [] }]]
  })
}

/** Directories that were not copied along, and submodules that are not checked out. */
export function failIfProjectsMiss(locked: readonly LockedPackage[], files: ProjectFiles): void {
  const problems = locked.flatMap(({ sources: [source], where }) => {
    const isDirectory = source.kind === 'local' && source.form === 'directory'
    return (isDirectory ? findMissing(source.path, files, where) : undefined) ?? []
  })
  failIfAny(problems)
}

/** What pip says too where it finds neither file; undefined where one is there. */
export function findMissing(directory: string, files: ProjectFiles, where: Where): Problem | undefined {
  const prefix = directory === '' ? '' : `${directory}/`
  const isThere = (name: string) => placing(where, () => files.find(`${prefix}${name}`)) !== undefined
  if (['pyproject.toml', 'setup.py'].some(isThere)) return undefined
  return {
    code: 'source-missing',
    message: `the directory ${shown(directory)} holds no Python project: neither a pyproject.toml nor a setup.py`,
    where,
    hint: 'put the directory back, or remove the dependency',
  }
}

/** undefined without a pyproject.toml: the directory has a setup.py, or its name is all that is known. */
export function findLocalProject(directory: string, files: ProjectFiles): PythonProject | undefined {
  const manifest = findManifest(files, directory)
  if (manifest === undefined) return undefined
  const { project } = readPoetryProject(manifest)
  manifest.fields.document.failIfAny()
  return project
}
