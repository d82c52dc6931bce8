/** The static files of this installation that are copied into projects: dist/assets, beside the program. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, shown } from '../problem.ts'

// Where the assets are as seen from the built chunk; the sources have no such constant and look into dist/.
declare const LOCK2BUILD_ASSETS: string | undefined
const folder = typeof LOCK2BUILD_ASSETS === 'string' ? LOCK2BUILD_ASSETS : '../../dist/assets/'

/** Texts by path in dist/assets (`default.nix`, `node/node.nix`). Throws `io` when the installation is damaged. */
export function loadAssets(paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(paths.map((path) => [path, loadAsset(path)]))
}

function loadAsset(path: string): string {
  try {
    return readFileSync(assetPath(path), 'utf8')
  } catch (cause) {
    return fail({
      code: 'io',
      message: `the static file ${shown(path)} of this installation cannot be read`,
      hint: 'install lock2build again',
      cause,
    })
  }
}

export function assetPath(path: string): string {
  return join(import.meta.dirname, folder, path)
}
