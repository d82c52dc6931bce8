/** What a user's configuration says to the package managers of an ecosystem. */
import { loadNpmConfig, type Environment } from '../io/user-config.ts'
import type { ConfigText } from '../model/converter.ts'

/** Outermost first. Throws `io`. What reads another ecosystem's than node's is loaded for that alone. */
export async function loadUserConfig(ecosystem: string, environment: Environment): Promise<readonly ConfigText[]> {
  if (ecosystem === 'python') return (await import('../io/python-config.ts')).loadPythonConfig(environment)
  if (ecosystem === 'php') return (await import('../io/composer-config.ts')).loadComposerConfig(environment)
  return loadNpmConfig(environment)
}
