/**
 * What is kept of a package beside its files. It is read for every package of every tree, so it is a text that one split takes apart,
 * and it says what an installation asks of package.json, which then is not read.
 */
import { readFileSync } from 'node:fs'
import { fail, Failure, systemCode } from '../failure.ts'
import { findManifest, printManifest } from '../manifest.ts'
import type { Unpacked } from './unpack.ts'

export interface KeptIndex extends Unpacked {
  /** Relative, parents first. */
  readonly directories: readonly string[]
  readonly files: readonly string[]
}

/** No path holds it. */
const END = '\0'

export function printIndex({ scripts, hasModules, manifest = '', directories, files }: KeptIndex): string {
  const head = [hasModules ? 'modules' : '', manifest, scripts.length, directories.length]
  return [...head, ...scripts, ...directories, ...files].join(END)
}

/** undefined: there is no such file. */
export function findIndex(file: string): KeptIndex | undefined {
  const text = findText(file)
  if (text === undefined) return undefined
  const [modules, manifest, scripts, directories, ...paths] = text.split(END)
  const [programs, parents] = [Number(scripts), Number(directories)]
  if (!(programs + parents <= paths.length)) fail(`${file} is damaged: remove it.`)
  return {
    scripts: paths.slice(0, programs),
    hasModules: modules === 'modules',
    ...(manifest === '' ? {} : { manifest }),
    directories: paths.slice(programs, programs + parents),
    files: paths.slice(programs + parents),
  }
}

/** undefined: there is none, or it can not be read, which whoever installs the package says. */
export function manifestText(directory: string): string | undefined {
  try {
    const manifest = findManifest(directory)
    return manifest === undefined ? undefined : printManifest(manifest)
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

function findText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
