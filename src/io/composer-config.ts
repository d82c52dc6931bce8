/** Configuration of Composer outside the project, as text: where it keeps credentials. */
import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { ConfigText } from '../model/converter.ts'
import { findConfig, homeOf, type Environment } from './user-config.ts'

/** config.json and auth.json of Composer's home, as far as they exist; the last counts most. Throws `io`. */
export function loadComposerConfig(environment: Environment): readonly ConfigText[] {
  const home = composerHome(environment)
  const files = ['config.json', 'auth.json'].map((name) => findConfig(join(home, name), environment))
  return files.filter((config) => config !== undefined)
}

/** As Composer finds it (composer/composer, Factory.php): ~/.composer only where that is there already. */
function composerHome(environment: Environment): string {
  const named = environment['COMPOSER_HOME']
  if (named !== undefined && named !== '') return named
  const old = join(homeOf(environment), '.composer')
  const xdg = environment['XDG_CONFIG_HOME']
  const config = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homeOf(environment), '.config')
  const now = join(config, 'composer')
  return existsSync(old) && !existsSync(now) ? old : now
}
