/** Configuration of Python's package managers outside the project, as text: where each keeps credentials, and which indexes it knows. */
import { isAbsolute, join } from 'node:path'
import type { ConfigText } from '../model/converter.ts'
import { findConfig, homeOf, type Environment } from './user-config.ts'

/** As far as they exist, outermost first. `kind` is `netrc`, `pip`, `poetry`, `pdm` or `uv`. Throws `io`. */
export function loadPythonConfig(environment: Environment): readonly ConfigText[] {
  const home = homeOf(environment)
  const xdg = environment['XDG_CONFIG_HOME']
  const config = xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.config')
  const poetry = environment['POETRY_CONFIG_DIR'] ?? join(config, 'pypoetry')
  const named = (name: string, usual: readonly string[]): readonly string[] => {
    const path = environment[name]
    return path === undefined || path === '' ? usual : [path]
  }
  const paths: Readonly<Record<string, readonly string[]>> = {
    pip: [
      '/etc/pip.conf',
      join(home, '.pip', 'pip.conf'),
      join(config, 'pip', 'pip.conf'),
      ...named('PIP_CONFIG_FILE', []),
    ],
    poetry: [join(poetry, 'config.toml'), join(poetry, 'auth.toml')],
    pdm: named('PDM_CONFIG_FILE', [join(config, 'pdm', 'config.toml')]),
    uv: named('UV_CONFIG_FILE', ['/etc/uv/uv.toml', join(config, 'uv', 'uv.toml')]),
    netrc: named('NETRC', [join(home, '.netrc')]),
  }
  return Object.entries(paths).flatMap(([kind, files]) =>
    files.flatMap((path) => {
      const found = findConfig(path, environment)
      return found === undefined ? [] : [{ ...found, kind }]
    }),
  )
}
