/**
 * A copy of a project together with what its manifests name beside it, for a tool to work in: `../libs/shared` stands where the tool
 * looks for it, and what is named there in turn. Only of the project's own git repository; without neighbours it is a copy of the
 * project alone.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { copyProject } from './copy-project.ts'
import { failIo } from './inside.ts'
import { findReach } from './repository.ts'

export interface ProjectCopy {
  readonly directory: string
  /** The words of somebody who knows the copy, with the original paths. */
  inOriginal(text: string): string
}

/** The project's copy is `to`, which is made, or a directory below it. Throws `io`. */
export async function copyWithNeighbours(directory: string, to: string): Promise<ProjectCopy> {
  try {
    return await copyAll(directory, to)
  } catch (error) {
    return failIo(error, 'copying', directory)
  }
}

async function copyAll(directory: string, to: string): Promise<ProjectCopy> {
  const project = realpathSync(directory)
  const root = resolve(project, ...Array<string>(findReach(project) ?? 0).fill('..'))
  const neighbours = findNeighbours(project, root)
  const copy = neighbours.length === 0 ? to : join(to, relative(root, project))
  for (const path of neighbours) await copyNeighbour(path, join(to, relative(root, path)), project)
  mkdirSync(dirname(copy), { recursive: true })
  // So far does a path of the copy reach, too.
  if (neighbours.length > 0) mkdirSync(join(to, '.git'))
  await copyProject(directory, copy)
  return { directory: copy, inOriginal: (text) => text.replaceAll(copy, directory).replaceAll(to, root) }
}

/** Without the project, which may stand in it. */
async function copyNeighbour(from: string, to: string, project: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true })
  if (statSync(from).isDirectory()) await copyProject(from, to, (path) => path === project)
  else await copyFile(from, to)
}

/** Sorted, none of them inside of another one. What a link leads to outside of the repository is none. */
function findNeighbours(project: string, root: string): readonly string[] {
  const found = new Set<string>()
  const looked = new Set<string>()
  const queue = [project]
  for (const directory of queue) {
    if (looked.has(directory)) continue
    looked.add(directory)
    for (const path of pathsIn(directory)) {
      if (!isWithin(path, root) || isWithin(path, project) || !existsSync(path)) continue
      if (!isWithin(realpathSync(path), root)) continue
      found.add(path)
      queue.push(statSync(path).isDirectory() ? path : dirname(path))
    }
  }
  return [...found].filter((path) => ![...found].some((other) => other !== path && isWithin(path, other))).sort()
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory + sep)
}

const manifests = /^(?:pyproject\.toml|uv\.toml|Pipfile|package\.json|composer\.json|setup\.cfg|.*\.(?:txt|in))$/

/** Whatever begins with `../` in a manifest, up to a pattern's first star: what is no path is not there. */
function pathsIn(directory: string): readonly string[] {
  const names = readdirSync(directory).filter((name) => manifests.test(name))
  return names.flatMap((name) => {
    const text = readText(join(directory, name))
    return [...text.matchAll(/(?<![\w.])\.\.(?:\/[^\s"'`,;(){}<>|*?#[\]]*)?/g)].map(([path]) =>
      resolve(directory, path),
    )
  })
}

const LARGEST = 1024 * 1024

function readText(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats?.isFile() === true && stats.size <= LARGEST ? readFileSync(file, 'utf8') : ''
}
