/**
 * Packages whose install scripts leave nothing: they print something, and that is all. Nobody would miss it, and a tree in which no other
 * script runs needs no sandbox and no compiler. Here are the releases, for plans; the shim looks at what the script really is
 * (shim/inert-scripts.ts), and runs it when it is another.
 *
 * Both lists are compared with the npm registry by `node scripts/inert-scripts.mjs`, which names newer releases.
 */
import { satisfies } from './semver-range.ts'

/** Name → range of versions. */
export const inertPackages: ReadonlyMap<string, string> = new Map([
  ['core-js', '2.6.10 - 2.6.12 || 3.3.0 - 3.51.0'],
  ['core-js-bundle', '3.3.1 - 3.51.0'],
  ['core-js-pure', '3.3.1 - 3.51.0'],
  ['es5-ext', '0.10.54 - 0.10.64'],
  ['protobufjs', '6.5.3 - 6.6.4 || 7.0.0 - 8.5.0'],
])

export function isInert({ name, version }: { readonly name: string; readonly version?: string | undefined }): boolean {
  const range = inertPackages.get(name)
  return range !== undefined && version !== undefined && satisfies(version, range) === true
}
