/** What a user's configuration says to the package managers of an ecosystem. */
import { loadNpmConfig, type Environment } from '../io/user-config.ts'
import type { ConfigText } from '../model/converter.ts'

type Load = (environment: Environment) => readonly ConfigText[]

/** Outermost first. Throws `io`. */
export async function loadUserConfig(ecosystem: string, environment: Environment): Promise<readonly ConfigText[]> {
  const load = await loaders[ecosystem]?.()
  return load?.(environment) ?? []
}

/** By ecosystem. What reads another ecosystem's than node's is loaded for that alone. */
const loaders: Readonly<Record<string, () => Load | Promise<Load>>> = {
  node: () => loadNpmConfig,
  php: async () => (await import('../io/composer-config.ts')).loadComposerConfig,
  python: async () => (await import('../io/python-config.ts')).loadPythonConfig,
}
