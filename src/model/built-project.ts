/**
 * How builds are called, and what of a project they are made from. The Nix side says the same in project.nix; both give the same names
 * and the same bytes.
 */

/** Whether a file is left out: `path` is relative to the project, with `/`. */
export type Skip = (path: string, kind: 'file' | 'directory' | 'link') => boolean

/** Skips what is made from the sources (`made`: names, wherever they are), and what describes the build but is no part of the application. */
export function skipNoSource(made: readonly string[]): Skip {
  const anywhere = new Set([...made, '.git'])
  return (path, kind) => {
    if (anywhere.has(path.slice(path.lastIndexOf('/') + 1))) return true
    return !path.includes('/') && (BUILD_FILES.has(path) || (kind === 'link' && /^result(?:-.*)?$/.test(path)))
  }
}

const BUILD_FILES: ReadonlySet<string> = new Set([
  'lock2build',
  'lock2build.nix',
  'default.nix',
  'flake.nix',
  'flake.lock',
])

/** `@scope/app` 1.0.0 → `scope-app-1.0.0`. */
export function buildName({ name, version }: { readonly name: string; readonly version?: string | undefined }): string {
  return version === undefined ? plainName(name) : `${plainName(name)}-${plainName(version)}`
}

/** What is left of a name when everything that cannot stand in a store name is gone; at most 100 characters. */
export function plainName(text: string): string {
  const words = text.split(/^[^A-Za-z0-9]+|[^A-Za-z0-9+._?=-]+/).filter((word) => word !== '')
  return words.length === 0 ? 'project' : words.join('-').slice(0, 100)
}
