/** A copy of a project for a tool to work in: what was installed or built in it is left behind, and nothing in the copy leads out. */
import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, readdir, readlink, stat, symlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { failIo, hasCode } from './inside.ts'

/** `to` is made. `skips`: what else is left behind, by its path in `from`'s own words. Throws `io`. */
export async function copyProject(from: string, to: string, skips = (_path: string) => false): Promise<void> {
  try {
    await copyDirectory({ from, to, skips }, '')
  } catch (error) {
    failIo(error, 'copying', from)
  }
}

interface Copying {
  readonly from: string
  readonly to: string
  readonly skips: (path: string) => boolean
}

async function copyDirectory(copying: Copying, path: string): Promise<void> {
  await mkdir(join(copying.to, path))
  const entries = await readdir(join(copying.from, path), { withFileTypes: true })
  const isTop = path === ''
  const kept = entries.filter(({ name }) => !leftBehind.has(name) && !(isTop && leftBehindAtTop.has(name)))
  for (const entry of kept) {
    const inside = join(path, entry.name)
    if (entry.isSymbolicLink()) await copyLink(copying, inside)
    else if (entry.isFile()) await copyContent(copying, inside)
    else if (entry.isDirectory() && !copying.skips(join(copying.from, inside))) {
      if (!(await isEnvironment(join(copying.from, inside)))) await copyDirectory(copying, inside)
    }
  }
}

const leftBehind = new Set([
  'node_modules',
  '.git',
  '.hg',
  '.svn',
  '__pycache__',
  '.venv',
  '.tox',
  '.nox',
  '.pnpm-store',
])
const leftBehindAtTop = new Set(['lock2build', 'result'])

async function isEnvironment(directory: string): Promise<boolean> {
  return (await lstat(join(directory, 'pyvenv.cfg')).catch(() => undefined)) !== undefined
}

function copyContent({ from, to }: Copying, path: string): Promise<void> {
  return copyFile(join(from, path), join(to, path), constants.COPYFILE_FICLONE)
}

/** A tool that writes through a link must not write into the project or beside it: of what lies outside, files are copied. */
async function copyLink(copying: Copying, path: string): Promise<void> {
  const { from, to } = copying
  const target = await readlink(join(from, path))
  const leadsTo = relative(from, resolve(from, dirname(path), target))
  const isInside = leadsTo !== '..' && !leadsTo.startsWith('../') && !isAbsolute(leadsTo)
  if (isInside) return symlink(relative(dirname(path), leadsTo), join(to, path))
  if (await leadsToFile(join(from, path))) await copyContent(copying, path)
}

async function leadsToFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return false
    throw error
  }
}
