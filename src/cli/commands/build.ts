/** `lock2build build`: converts where that is needed, builds with Nix or with the embedded builder, and links the result. */
import { resolve } from 'node:path'
import { findNixFault } from '../../build/build-with-nix.ts'
import { checkLink } from '../../build/out-link.ts'
import { cacheDirectory } from '../../io/cache-directory.ts'
import { projectFiles } from '../../io/project-files.ts'
import { loadOwnUserConfig } from '../../io/user-config.ts'
import type { JsonObject } from '../../model/json.ts'
import { fail, type Problem } from '../../problem.ts'
import { baseDirectory } from '../base-directory.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { checkDirectory } from '../detect.ts'
import { styled, type Line } from '../printable.ts'
import { readSettings, type Settings } from '../settings.ts'

/** What is asked for, with the defaults put in. */
export interface BuildRequest {
  readonly invocation: Invocation
  /** For a conversion: without what is chosen for this build alone. */
  readonly settings: Settings
  readonly cache: string
  readonly attribute: string
  /** Absolute; undefined: none. */
  readonly link: string | undefined
  /** Left out of this build, beside what the spec leaves out. */
  readonly omit: readonly string[]
  /** `--group`; undefined: those of the project's own tool. */
  readonly groups: readonly string[] | undefined
  /** `--extra` */
  readonly extras: readonly string[]
  /** false: `--no-install-scripts` */
  readonly installScripts: boolean
}

/** What a builder gives back. */
export interface BuildOutcome {
  /** Absolute path of the result; undefined when it failed. */
  readonly result: string | undefined
  /** Of the embedded builder: what names the build. */
  readonly key?: string
  readonly lines: readonly Line[]
  readonly json: JsonObject
  readonly warnings?: readonly Problem[]
  readonly problems?: readonly Problem[]
}

export async function build(invocation: Invocation): Promise<CommandResult> {
  const { line, directory } = invocation
  checkDirectory(directory, line.operands[0])
  const request = readRequest(invocation)
  if (request.link !== undefined) checkLink(request.link, request.cache)
  const { kind, why } = chooseBuilder(invocation)
  const outcome =
    kind === 'nix'
      ? await (await import('../build-by-nix.ts')).buildByNix(request)
      : await (await import('../build-remembered.ts')).buildRemembered(request)
  const said: readonly Line[] = why === undefined || outcome.result === undefined ? [] : [[styled('dim', why)]]
  return {
    lines: [...outcome.lines, ...said, ...resultLine(request, outcome)],
    json: () => ({
      attribute: request.attribute,
      with: kind,
      ...(outcome.result === undefined ? {} : { result: outcome.result }),
      ...(outcome.result === undefined || request.link === undefined ? {} : { link: request.link }),
      ...outcome.json,
    }),
    warnings: outcome.warnings ?? [],
    problems: outcome.problems ?? [],
  }
}

export function readRequest(invocation: Invocation): BuildRequest {
  const { line, environment, directory } = invocation
  const { values } = line
  const { omit = [], ...others } = values
  const settings = readSettings({
    line: { ...line, values: others },
    environment,
    files: projectFiles(directory),
    user: loadOwnUserConfig(environment),
  })
  const base = baseDirectory(line)
  const chosen = values['out-link']
  return {
    invocation,
    settings,
    cache: cacheDirectory(environment),
    attribute: typeof values.attribute === 'string' ? values.attribute : 'package',
    link: chosen === false ? undefined : resolve(base, typeof chosen === 'string' ? chosen : 'result'),
    omit: Array.isArray(omit) ? omit : [],
    groups: Array.isArray(values.group) ? values.group : undefined,
    extras: Array.isArray(values.extra) ? values.extra : [],
    installScripts: values['install-scripts'] !== false,
  }
}

interface Choice {
  readonly kind: 'nix' | 'embedded'
  /** Said unless it was asked for. */
  readonly why: string | undefined
}

const ownOptions = [
  'node',
  'python',
  'php',
  'group',
  'extra',
  'sandbox',
  'install-scripts',
  'from',
  'omit',
  'offline',
] as const

/** What only one of the two can do decides, too. */
function chooseBuilder({ line, environment }: Invocation): Choice {
  const chosen = line.values.with
  if (chosen === 'embedded') return { kind: chosen, why: undefined }
  const chosenOption = ownOptions.find((name) => line.values[name] !== undefined)
  const own =
    chosenOption === undefined || line.values[chosenOption] !== false ? chosenOption : (`no-${chosenOption}` as const)
  if (chosen === 'nix') {
    if (own !== undefined) failForNix(own)
    return { kind: chosen, why: undefined }
  }
  if (own !== undefined) return { kind: 'embedded', why: `built by the embedded builder: --${own} is an option of it` }
  const fault = findNixFault(environment)
  return fault === undefined
    ? { kind: 'nix', why: 'built with Nix, which is installed (`--with embedded` builds without it)' }
    : { kind: 'embedded', why: `built by the embedded builder: ${fault}` }
}

function failForNix(option: string): never {
  fail({
    code: 'usage',
    message: `--${option} is an option of the embedded builder, and means nothing to Nix`,
    hint: 'leave out `--with nix`; what Nix builds is set in default.nix',
  })
}

function resultLine({ link }: BuildRequest, { result }: BuildOutcome): readonly Line[] {
  if (result === undefined) return []
  return [[styled('green', 'built'), `: ${link === undefined ? result : `${link} → ${result}`}`]]
}
