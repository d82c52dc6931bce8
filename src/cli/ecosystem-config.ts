/** What a user's configuration says to the package managers of an ecosystem. */
import { loadPythonConfig } from '../io/python-config.ts'
import { loadNpmConfig, type Environment } from '../io/user-config.ts'
import type { ConfigText } from '../model/converter.ts'

/** Outermost first. Throws `io`. */
export function loadUserConfig(ecosystem: string, environment: Environment): readonly ConfigText[] {
  return ecosystem === 'python' ? loadPythonConfig(environment) : loadNpmConfig(environment)
}
