/**
 * Spec → the files of a Nix build. All text that differs between projects is in spec.json; the Nix files are the same for everyone,
 * so no string of a lock file can become Nix code.
 */
import type { BuildSpec } from '../spec/build-spec.ts'
import { printSpec } from '../spec/print.ts'
import type { OutputFile } from './output-file.ts'
import { userDefault, type EcosystemSettings } from './user-default.ts'

export interface NixRequest {
  readonly spec: BuildSpec
  /** Static files by their path in dist/assets: `default.nix`, `flake.nix`, `project.nix`, `node/node.nix`, … */
  readonly assets: ReadonlyMap<string, string>
  readonly flake: boolean
}

/** Of an ecosystem's static files, the one that is shown in the user's default.nix instead of being written. */
export const SETTINGS = 'settings.txt'

/** Files sorted by path. Needs the assets of every ecosystem in the spec, and those of a collection where it is one. */
export function emitNix({ spec, assets, flake }: NixRequest): OutputFile[] {
  const isCollection = spec.collection !== undefined
  const ecosystems = Object.keys(spec.collection ?? spec.ecosystems).sort()
  const folder = isCollection ? 'collection/' : ''
  const files: OutputFile[] = [
    {
      path: 'default.nix',
      text: isCollection ? collectionDefault(assets) : projectDefault(assets, ecosystems),
      owner: 'user',
    },
    { path: 'lock2build/default.nix', text: getAsset(assets, `${folder}default.nix`), owner: 'lock2build' },
    { path: 'lock2build/project.nix', text: getAsset(assets, 'project.nix'), owner: 'lock2build' },
    { path: 'lock2build/spec.json', text: printSpec(spec), owner: 'lock2build' },
    ...ecosystems.flatMap((name) => staticFiles(assets, name)),
  ]
  if (flake) files.push({ path: 'flake.nix', text: getAsset(assets, `${folder}flake.nix`), owner: 'user' })
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Of a collection, the user's default.nix. */
export const COLLECTION_USER = 'collection/user.nix'

/** The user's default.nix of a collection. */
export function collectionDefault(assets: ReadonlyMap<string, string>): string {
  return getAsset(assets, COLLECTION_USER)
}

/** The user's default.nix of a project. Needs the settings of these ecosystems. */
export function projectDefault(assets: ReadonlyMap<string, string>, ecosystems: readonly string[]): string {
  return userDefault(ecosystems.map((name) => readSettings(name, getAsset(assets, `${name}/${SETTINGS}`))))
}

/** `build: package | …` in the first line, settings in the others. */
function readSettings(name: string, text: string): EcosystemSettings {
  const end = text.indexOf('\n')
  const attributes = text
    .slice(0, end)
    .split(/[:| ]+/)
    .slice(1)
  return { name, attributes, settings: text.slice(end + 1) }
}

function staticFiles(assets: ReadonlyMap<string, string>, ecosystem: string): OutputFile[] {
  const prefix = `${ecosystem}/`
  return [...assets]
    .filter(([path]) => path.startsWith(prefix) && path !== prefix + SETTINGS)
    .map(([path, text]) => ({ path: `lock2build/${path.slice(prefix.length)}`, text, owner: 'lock2build' }))
}

function getAsset(assets: ReadonlyMap<string, string>, path: string): string {
  const text = assets.get(path)
  if (text === undefined) throw new Error(`the static file ${path} is missing from this installation`)
  return text
}
