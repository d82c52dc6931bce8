/** Directories for the time of some work: made below the temporary directory, removed with all they hold, also when the process ends. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { failIo, segmentsOf } from './inside.ts'

/** `name` is a part of the directory's own. Throws `io`, and what `use` throws. */
export async function withScratch<T>(name: string, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = makeScratch(name)
  if (inUse.size === 0) process.on('exit', removeAll)
  inUse.add(directory)
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
    inUse.delete(directory)
    if (inUse.size === 0) process.off('exit', removeAll)
  }
}

/** One listener for all: Node takes more than ten for a leak. */
const inUse = new Set<string>()

/** What still runs in one has been told to end by listeners that are older than this one, and may write for a moment yet. */
function removeAll(): void {
  for (const directory of inUse) rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
}

/**
 * The same, with files in it: texts by path. For what works on a project when there is none on disk: a manifest that was made,
 * a lock file of another revision. Throws `path-escapes`, too.
 */
export function withManifests<T>(
  texts: ReadonlyMap<string, string>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  return withScratch('project', (directory) => {
    for (const [path, text] of texts) write(join(directory, ...segmentsOf(path)), text, path)
    return use(directory)
  })
}

function makeScratch(name: string): string {
  try {
    return mkdtempSync(join(tmpdir(), `lock2build-${name}-`))
  } catch (error) {
    return failIo(error, 'making a directory in', tmpdir())
  }
}

function write(file: string, text: string, path: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  } catch (error) {
    failIo(error, 'writing', path)
  }
}
