/** What decides what comes of a project, beside the project itself and what is asked for: this installation, configuration, surroundings. */
import { join } from 'node:path'
import { ecosystems } from '../../converters/index.ts'
import { assetPath } from '../io/assets.ts'
import { filesAround, projectFiles } from '../io/project-files.ts'
import { fingerprintFiles } from '../io/project-fingerprint.ts'
import { isThere } from '../io/surroundings.ts'
import { loadOwnUserConfig } from '../io/user-config.ts'
import type { Json } from '../model/json.ts'
import { ProblemError } from '../problem.ts'
import type { Invocation } from './commands.ts'
import { loadUserConfig } from './ecosystem-config.ts'

declare const LOCK2BUILD_VERSION: string

/** Equal, printed as JSON, while nothing of it has changed. `names`: of the ecosystems that the project is of. Throws `io`. */
export async function circumstances(
  { directory, environment }: Pick<Invocation, 'directory' | 'environment'>,
  names: readonly string[],
): Promise<Json> {
  const users = await Promise.all(names.map((name) => loadUserConfig(name, environment)))
  const configs = [...users, loadOwnUserConfig(environment) ?? []].flat()
  const around = surroundings(directory)
  const texts = [...configs.map(({ text }) => text), ...ownConfigs(directory), JSON.stringify(around)]
  return [
    installation(),
    around,
    configs.map(({ file, kind, text }) => [file, kind ?? null, text]),
    variables(environment, texts.join('\n')),
  ]
}

/** The project's own configuration that may mention variables; what is wrong with it is for readers to say. */
function ownConfigs(directory: string): readonly string[] {
  const files = projectFiles(directory)
  return ['.npmrc', '.yarnrc.yml'].flatMap((path) => {
    try {
      return files.find(path) ?? []
    } catch (error) {
      if (error instanceof ProblemError) return []
      throw error
    }
  })
}

/** The program's first file names all others by their contents; the static files have no such names. */
function installation(): Json {
  const assets = ecosystems.flatMap(({ name, buildFiles }) => buildFiles.map((file) => `${name}/${file}`))
  const files = ['default.nix', 'flake.nix', 'project.nix', ...assets].map(assetPath)
  return [LOCK2BUILD_VERSION, ...fingerprintFiles([process.argv[1] ?? '', ...files])]
}

/** What readers find around the project, where there is a lock file of theirs. */
function surroundings(directory: string): Json {
  const formats = ecosystems.flatMap(({ formats }) => formats)
  return formats.flatMap(({ files, around: [first, ...others] = [] }) => {
    if (first === undefined || !files.some((file) => isThere(join(directory, file)))) return []
    return [...filesAround(directory)].flatMap(({ path, files: there }) => {
      const text = there.find(first)
      return text === undefined ? [] : [path, text, ...others.map((name) => there.find(name) ?? null)]
    })
  })
}

/** What package managers' configuration is made of, beside files: their own variables, and those that the files mention. */
function variables(environment: Invocation['environment'], text: string): Json {
  // `${NAME}`, npm's `${NAME?}`, Yarn's `${NAME:-otherwise}`.
  const mentioned = new Set([...text.matchAll(/\$\{([^${}?:]+)/g)].map(([, name]) => name))
  return Object.entries(environment)
    .filter(
      ([name]) =>
        /^(?:(?:npm_config|LOCK2BUILD|PIP|UV|PDM|POETRY|COMPOSER|PHP)_|PREFIX$)/i.test(name) || mentioned.has(name),
    )
    .map(([name, value]) => [name, value ?? null] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
