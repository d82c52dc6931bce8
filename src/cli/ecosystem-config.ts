/** What a user's configuration says to the package managers of an ecosystem. */
import { loadNpmConfig, type Environment } from '../io/user-config.ts'
import type { ConfigText } from '../model/converter.ts'

/** Outermost first. Throws `io`. What reads Python's is loaded for Python alone. */
export async function loadUserConfig(ecosystem: string, environment: Environment): Promise<readonly ConfigText[]> {
  if (ecosystem !== 'python') return loadNpmConfig(environment)
  return (await import('../io/python-config.ts')).loadPythonConfig(environment)
}
