/** The PHP and the Composer that a build uses: where they are, and what identifies them in the name of a build. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findProgram } from '../io/find-program.ts'
import { fail, shown } from '../problem.ts'
import type { ToolRequest } from './build-tool.ts'
import { findKept, saveKept } from './kept-identity.ts'

export interface PhpTool {
  readonly kind: 'php'
  /** As it was found: a link may lead to it, or a script may start it. */
  readonly php: string
  /** Real path. */
  readonly composer: string
  /** `8.2.36`, and Composer's own words for its version. */
  readonly version: string
  readonly composerVersion: string
  /** Directories outside of the system's that it reads: where its configuration is, where it and Composer are. */
  readonly directories: readonly string[]
  /** Of everything that it says of itself, of its configuration, and of both programs. */
  readonly digest: string
}

/** `chosen`: `--php`, an executable, or the directory that holds bin/php. Throws `usage` for a PHP that is none, `io` when there is none. */
export function findPhpTool({ chosen, environment, cache }: ToolRequest): PhpTool {
  const php = chosen === undefined ? findProgram('php', environment) : findChosen(chosen)
  if (php === undefined) {
    fail({ code: 'io', message: 'there is no php on PATH', hint: 'install PHP, or name one: `--php PATH`' })
  }
  const composer = findProgram('composer', environment) ?? findProgram('composer.phar', environment)
  if (composer === undefined) {
    fail({ code: 'io', message: 'there is no composer on PATH', hint: 'install Composer: https://getcomposer.org' })
  }
  return identify({ php, composer: realpathSync(composer), environment, cache })
}

function findChosen(chosen: string): string {
  const found = [chosen, join(chosen, 'bin', 'php')].find((path) => existsSync(path) && statSync(path).isFile())
  if (found !== undefined) return found
  const hint = 'name the executable, or the directory that holds bin/php'
  return fail({ code: 'usage', message: `there is no PHP at ${shown(chosen)}`, hint })
}

/** Its own words, a line each: version, executable, files of configuration, and extensions with their versions. */
const QUESTION = `
echo PHP_VERSION, "\\n", PHP_BINARY, "\\n";
echo implode(",", array_map("trim", array_filter(explode(",", php_ini_loaded_file() . "," . php_ini_scanned_files())))), "\\n";
foreach (get_loaded_extensions() as $name) echo $name, "-", phpversion($name), ",";
echo ini_get("extension_dir");
`

interface Found {
  readonly php: string
  readonly composer: string
  readonly environment: ToolRequest['environment']
  readonly cache: string
}

function identify({ php, composer, environment, cache }: Found): PhpTool {
  const words = ask(php, ['-r', QUESTION], environment)
  const [version = '', binary = '', ini = ''] = words.split('\n')
  if (!/^\d+\.\d+\.\d+/.test(version) || !existsSync(binary)) failProgram(php)
  const configuration = ini.split(',').filter((file) => file !== '')
  const composerVersion = findComposerVersion({ php, composer, environment, cache })
  const hash = createHash('sha256').update(words).update(composerVersion)
  for (const file of [binary, composer, ...configuration]) hash.update(readFileSync(file))
  // With it Composer unpacks archives; else PHP does, which knows nothing of executable files.
  hash.update(findProgram('unzip', environment) ?? '')
  const files = [php, composer, ...configuration]
  const directories = files.flatMap((file) => [dirname(file), dirname(realpathSync(file))])
  return {
    kind: 'php',
    php,
    composer,
    version,
    composerVersion,
    directories: outermost(directories),
    digest: hash.digest('hex'),
  }
}

function outermost(directories: readonly string[]): readonly string[] {
  const all = [...new Set(directories)].sort()
  return all.filter((path) => !all.some((other) => other !== path && path.startsWith(`${other}/`)))
}

/** It takes longer to say it than a build that has nothing to do. */
function findComposerVersion({ php, composer, environment, cache }: Found): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(composer, { bigint: true })
  const state = ['composer', php, composer, dev, ino, size, mtimeNs, ctimeNs].join('\n')
  const known = findKept(cache, state)
  if (known !== undefined) return known
  const start = readFileSync(composer).subarray(0, 100).toString('latin1')
  const isScript = /^(?:#!.*\bphp\b|<\?php)/.test(start)
  const words = ['--version', '--no-ansi', '--no-interaction']
  const text = isScript ? ask(php, [composer, ...words], environment) : ask(composer, words, environment)
  const version = /\b\d+\.\d+\.\d+\S*/.exec(text)?.[0]
  if (version === undefined) return failProgram(composer)
  saveKept(cache, state, version)
  return version
}

function ask(program: string, words: readonly string[], environment: ToolRequest['environment']): string {
  const { PATH, HOME, PHP_INI_SCAN_DIR } = environment
  const all = Object.entries({ PATH, HOME, PHP_INI_SCAN_DIR, COMPOSER_ALLOW_SUPERUSER: '1' })
  const env = Object.fromEntries(all.filter(([, value]) => value !== undefined))
  try {
    return execFileSync(program, words, { encoding: 'utf8', env, timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return failProgram(program)
  }
}

function failProgram(program: string): never {
  const message = `${shown(program)} does not say which version it is`
  fail({ code: 'usage', message, hint: 'name another PHP, `--php PATH`, or put another composer on PATH' })
}
