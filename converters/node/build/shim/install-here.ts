/** The command `install` inside of lock2build's own process, for a tree of which everything is kept unpacked: only links are made. */
import { pathToFileURL } from 'node:url'
import { hasMany, installJob } from './install.ts'
import { loadInstallJob } from './job-reader.ts'

declare const LOCK2BUILD_LINK_THREAD: string

/**
 * False: it could not be made without starting a program, or not at all, and whatever was begun is to be removed; the shim in a process
 * of its own says why. `shim`: path of node-shim.mjs.
 */
export async function installHere(jobFile: string, shim: string): Promise<boolean> {
  const umask = process.umask(0o022)
  try {
    const job = loadInstallJob(jobFile)
    // One thread more: what both wait for is the file system.
    const workers = hasMany(job) ? Math.min(job.workers, 2) : 1
    const thread = workers > 1 ? new URL(LOCK2BUILD_LINK_THREAD, import.meta.url) : undefined
    await installJob({ ...job, workers, check: 'only-own' }, pathToFileURL(shim), thread)
    return true
  } catch {
    return false
  } finally {
    process.umask(umask)
  }
}
