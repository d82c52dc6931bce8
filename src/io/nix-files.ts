/** The Nix files of a project, for looking through them. */
import { readdirSync, readFileSync, statSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import { failIo } from './inside.ts'

export interface FoundText {
  /** Relative to the directory, with `/`. */
  readonly path: string
  readonly text: string
}

/** Nobody writes such a file by hand; generated ones of this size hold thousands of packages. */
const LARGEST = 16 * 1024 * 1024

const DEEPEST = 6
const MOST = 500

/** What a package manager, git or lock2build put there. */
const passedOver = new Set(['node_modules', 'lock2build', 'vendor', 'dist', 'build', 'target', '__pycache__'])

/** Sorted by path; without links, hidden directories and what is not the project's own. Throws `io`. */
export function listNixFiles(directory: string): readonly FoundText[] {
  const found: FoundText[] = []
  const visit = (folder: string, depth: number) => {
    for (const entry of listEntries(directory, folder)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (found.length >= MOST) return
      if (entry.isFile() && entry.name.endsWith('.nix')) addFile(directory, path, found)
      const isOwn = entry.isDirectory() && !entry.name.startsWith('.') && !passedOver.has(entry.name)
      if (isOwn && depth < DEEPEST) visit(path, depth + 1)
    }
  }
  visit('', 0)
  return found
}

function listEntries(directory: string, folder: string): readonly Dirent[] {
  try {
    const entries = readdirSync(join(directory, folder), { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    return failIo(error, 'listing', folder === '' ? '.' : folder)
  }
}

function addFile(directory: string, path: string, found: FoundText[]): void {
  try {
    const real = join(directory, path)
    if (statSync(real).size <= LARGEST) found.push({ path, text: readFileSync(real, 'utf8') })
  } catch (error) {
    failIo(error, 'reading', path)
  }
}
