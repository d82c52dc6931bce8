/** The command `install` inside of lock2build's own process, for a tree of which everything is kept unpacked: only links are made. */
import { pathToFileURL } from 'node:url'
import { installJob } from './install.ts'
import { loadInstallJob } from './job-reader.ts'

/**
 * False: it could not be made without starting a program, or not at all, and whatever was begun is to be removed; the shim in a process
 * of its own says why. `shim`: path of node-shim.mjs.
 */
export async function installHere(jobFile: string, shim: string): Promise<boolean> {
  const umask = process.umask(0o022)
  try {
    await installJob({ ...loadInstallJob(jobFile), workers: 1, check: 'only-own' }, pathToFileURL(shim))
    return true
  } catch {
    return false
  } finally {
    process.umask(umask)
  }
}
