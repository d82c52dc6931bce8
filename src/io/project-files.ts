/** The project directory as readers see it: text files by project-relative path, and nothing outside of it but what {@link climb} lets. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  type Dirent,
} from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { Surrounding } from '../model/converter.ts'
import type { ProjectFiles } from '../model/world.ts'
import { fail, ProblemError, shown } from '../problem.ts'
import { checkSize, decodeText } from '../text/decode.ts'
import { failEscapes, failIo, hasCode, segmentsBeside } from './inside.ts'
import { climb, findReach, noteBeside } from './repository.ts'

/** O_NONBLOCK: opening a named pipe must not wait for someone to write into it. */
export const readingFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export function projectFiles(dir: string): ProjectFiles {
  return {
    get reach() {
      return findReach(realpathSync(dir))
    },
    find: (path) => {
      const bytes = findBytes(dir, path)
      return bytes === undefined ? undefined : decodeText(bytes, path)
    },
    directories: (path) => listDirectories(dir, path),
  }
}

/** The directories around a project, nearest first. What may not be looked at is not there. */
export function* filesAround(dir: string): Generator<Surrounding> {
  const names: string[] = []
  for (let at = resolve(dir); dirname(at) !== at; at = dirname(at)) {
    names.unshift(basename(at))
    const { find, directories } = projectFiles(dirname(at))
    const path = names.map(() => '..').join('/')
    yield { path, inside: names.join('/'), files: { directories, find: (file) => findReadable(() => find(file)) } }
  }
}

function findReadable(find: () => string | undefined): string | undefined {
  try {
    return find()
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === 'io')) return undefined
    throw error
  }
}

/** What a file of the project holds; undefined when there is none. Throws `path-escapes`, `lock-limit`, `io`. */
export function findBytes(dir: string, path: string): Uint8Array | undefined {
  const real = findReal(dir, path)
  return real === undefined ? undefined : readBytes(real, path)
}

/** Where a path really is, links resolved; undefined when nothing is there. One beside the project: see {@link climb}. Throws `path-escapes`, `io`. */
export function findReal(dir: string, path: string): string | undefined {
  const { climbs, segments } = segmentsBeside(path)
  try {
    const project = realpathSync(dir)
    const root = climbs === 0 ? project : climb(project, climbs, path)
    const real = segments.length === 0 ? root : realpathSync(join(root, ...segments))
    if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) failEscapes(path)
    if (climbs > 0) noteBeside(real)
    return real
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    return failIo(error, 'reading', path)
  }
}

/** Without links: one may lead out of the project, or around in a circle. */
function listDirectories(dir: string, path: string): readonly string[] {
  try {
    const real = path === '' ? realpathSync(dir) : findReal(dir, path)
    if (real === undefined || !statSync(real).isDirectory()) return []
    const entries = readdirSync(real, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  } catch (error) {
    return failIo(error, 'listing', path)
  }
}

/** Names of the files in the directory itself, and of links to some; sorted. Throws `io`. */
export function listFileNames(dir: string): readonly string[] {
  try {
    const names = readdirSync(dir, { withFileTypes: true }).filter((entry) => isFile(dir, entry))
    return names.map(({ name }) => name).sort()
  } catch (error) {
    return failIo(error, 'listing', dir)
  }
}

function isFile(dir: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile()
  return statSync(join(dir, entry.name), { throwIfNoEntry: false })?.isFile() ?? false
}

function readBytes(real: string, path: string): Uint8Array {
  let file: number | undefined
  try {
    file = openSync(real, readingFlags)
    const stats = fstatSync(file)
    if (!stats.isFile()) failKind(path)
    checkSize(stats.size, path)
    return readFileSync(file)
  } catch (error) {
    return failIo(error, 'reading', path)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

export function failKind(path: string): never {
  fail({ code: 'io', message: `${shown(path)} is not a regular file`, where: { file: path } })
}
