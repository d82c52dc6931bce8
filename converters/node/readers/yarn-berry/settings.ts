/** What `.yarnrc.yml` of the project says that decides where packages come from and which files an install reads. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { parseYaml } from '../../../../src/text/yaml-document.ts'
import { readNpmConfig } from '../../npmrc.ts'
import type { Registries } from '../../registry.ts'
import { expandYarnVariables, YARNRC } from '../../yarnrc-secrets.ts'
import { pathFault } from '../install-path.ts'
import { plainPath } from '../../../../src/text/locations.ts'

export const SETTINGS = YARNRC

export interface BerrySettings {
  /** Whether the file is there. */
  readonly exists: boolean
  readonly registries: Registries
  /** Yarn itself, as the project brings it along: a project-relative file. */
  readonly yarnPath?: string | undefined
  /** Project-relative files. */
  readonly plugins: readonly string[]
  /** `supportedArchitectures`; `current` stands for the machine. */
  readonly architectures: {
    readonly os: readonly string[]
    readonly cpu: readonly string[]
    readonly libc: readonly string[]
  }
  /** undefined: what this version of Yarn does by default. */
  readonly enableScripts?: boolean | undefined
}

/** Throws `config-invalid` for bad syntax; values that cannot be are reported. */
export function readSettings(context: ReadContext, report: (problem: Problem) => void): BerrySettings {
  const registries = userRegistries(context)
  const text = context.files.find(SETTINGS)
  if (text === undefined || text.trim() === '') {
    return { exists: text !== undefined, registries, plugins: [], architectures: noArchitectures }
  }
  const document = parseYaml(text, { file: SETTINGS, purpose: 'config', scalars: 'text' })
  // A file of comments has the value null.
  const root = document.value === null ? undefined : rootFields(document)
  const settings = {
    exists: true,
    registries: withOwn(registries, root, context),
    yarnPath: readPath(root, 'yarnPath', report),
    plugins: readPlugins(root, report),
    architectures: readArchitectures(root),
    enableScripts: root?.boolean('enableScripts'),
  }
  for (const problem of document.problems) report({ hint: 'correct the file', ...problem })
  return settings
}

/** What the user's own file says. */
function userRegistries(context: ReadContext): Registries {
  const { registries } = readNpmConfig(context)
  const own = context.userConfig.find(({ file }) => file.endsWith(YARNRC))
  if (own === undefined) return registries
  const document = parseYaml(own.text, { file: own.file, purpose: 'config', scalars: 'text' })
  const found = withOwn(registries, document.value === null ? undefined : rootFields(document), context)
  document.failIfAny()
  return found
}

const noArchitectures = { os: [], cpu: [], libc: [] }

function readArchitectures(root: Fields | undefined): BerrySettings['architectures'] {
  const fields = root?.object('supportedArchitectures')
  const words = (key: string): readonly string[] => {
    const value = fields?.raw(key)
    return typeof value === 'string' ? [value] : (fields?.texts(key) ?? [])
  }
  return { os: words('os'), cpu: words('cpu'), libc: words('libc') }
}

/** `--registry` wins; `${NAME}` and `${NAME:-default}` stand for what the environment has. */
function withOwn(registries: Registries, root: Fields | undefined, context: ReadContext): Registries {
  const address = (fields: Fields | undefined): string | undefined => {
    const value = fields?.text('npmRegistryServer')
    if (value === undefined) return undefined
    const url = expandYarnVariables(value, context.environment)
    return url.endsWith('/') ? url : `${url}/`
  }
  const scopes = new Map(registries.scopes)
  for (const [scope, fields] of root?.object('npmScopes')?.entriesOfObjects() ?? []) {
    const url = address(fields)
    if (url !== undefined) scopes.set(`@${scope}`, url)
  }
  const main = context.registry === undefined ? address(root) : undefined
  return { ...registries, scopes, ...(main === undefined ? {} : { main }) }
}

function readPlugins(root: Fields | undefined, report: (problem: Problem) => void): readonly string[] {
  const value = root?.raw('plugins')
  if (root === undefined || value === undefined) return []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return value.flatMap((item: string) => checkedPath(item, root, 'plugins', report) ?? [])
  }
  return (root.objects('plugins') ?? []).flatMap((fields) => readPath(fields, 'path', report) ?? [])
}

function readPath(fields: Fields | undefined, key: string, report: (problem: Problem) => void): string | undefined {
  const text = fields?.text(key)
  return fields === undefined || text === undefined ? undefined : checkedPath(text, fields, key, report)
}

function checkedPath(
  text: string,
  fields: Fields,
  key: string,
  report: (problem: Problem) => void,
): string | undefined {
  const path = plainPath(text)
  const fault = pathFault(path)
  if (fault === undefined) return path
  const message = `${fault.message}: ${shown(text)}`
  report({ code: fault.code, message, where: fields.where(key), hint: 'keep what yarn is made of inside the project' })
  return undefined
}
