/** Every version of Nix that is at hand: the one on PATH, and those of scripts/newer-nix.sh. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'
import type { StoreSettings } from './nix.ts'

/** For openStore; the Nix on PATH comes first. */
export function nixVersions(): readonly StoreSettings[] {
  const folder = process.env['LOCK2BUILD_NEWER_NIX'] ?? keptDirectory('newer-nix')
  const newer = existsSync(folder) ? readdirSync(folder).map((suite) => join(folder, suite, 'bin')) : []
  return [{}, ...newer.filter((bin) => existsSync(join(bin, 'nix-build'))).map((nixBin) => ({ nixBin }))]
}
