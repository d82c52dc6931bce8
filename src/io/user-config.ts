/**
 * Configuration that stands outside the project: npm's global and user files, and lock2build's own. Read as text; what it means
 * is the business of those who asked. Nothing of it is ever written into an output.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { ConfigText } from '../model/converter.ts'
import { fail, shown } from '../problem.ts'
import { failIo, hasCode } from './inside.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * npm's global and user npmrc, outermost first, and the user's file of Yarn 2 and later, as far as they exist
 * (https://docs.npmjs.com/cli/configuring-npm/npmrc). Throws `io`.
 */
export function loadNpmConfig(environment: Environment): readonly ConfigText[] {
  const user = npmVariable(environment, 'userconfig') ?? join(homeOf(environment), '.npmrc')
  const userText = findConfig(user, environment)
  const global = npmVariable(environment, 'globalconfig') ?? join(npmPrefix(environment), 'etc', 'npmrc')
  const globalText = global === user ? undefined : findConfig(global, environment)
  const yarnText = findConfig(join(homeOf(environment), '.yarnrc.yml'), environment)
  return [globalText, userText, yarnText].filter((config) => config !== undefined)
}

/** lock2build's own: `$XDG_CONFIG_HOME/lock2build/config.json`. Throws `io`. */
export function loadOwnUserConfig(environment: Environment): ConfigText | undefined {
  const configured = environment['XDG_CONFIG_HOME']
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homeOf(environment), '.config')
  return findConfig(join(base, 'lock2build', 'config.json'), environment)
}

/** A file that configuration names; `~/` is the home directory, other paths start at the project. Throws `config-invalid`. */
export function loadConfigured(file: string, directory: string, environment: Environment): string {
  const path = file.startsWith('~/') ? join(homeOf(environment), file.slice(2)) : resolve(directory, file)
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    return fail({
      code: 'config-invalid',
      message: `the file ${shown(file)}, which the configuration names, cannot be read`,
      hint: 'correct its path, or take the setting away',
      cause,
    })
  }
}

/** As npm does: the directory above the one node is in, unless the environment says otherwise. */
function npmPrefix(environment: Environment): string {
  const folder = dirname(process.execPath)
  return (
    npmVariable(environment, 'prefix') ??
    environment['PREFIX'] ??
    (process.platform === 'win32' ? folder : dirname(folder))
  )
}

/** `npm_config_userconfig`, in any case, as npm reads it. */
function npmVariable(environment: Environment, name: string): string | undefined {
  const key = Object.keys(environment).find((key) => key.toLowerCase() === `npm_config_${name}`)
  const value = key === undefined ? undefined : environment[key]
  return value === '' ? undefined : value
}

export function homeOf(environment: Environment): string {
  const home = environment['HOME']
  return home === undefined || home === '' ? homedir() : home
}

/** undefined when there is no such file. A file in the home directory is shown as `~/…`. Throws `io`. */
export function findConfig(path: string, environment: Environment): ConfigText | undefined {
  const home = `${homeOf(environment)}/`
  const file = path.startsWith(home) ? `~/${path.slice(home.length)}` : path
  try {
    return { file, text: readFileSync(path, 'utf8') }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined
    return failIo(error, 'reading', file)
  }
}
