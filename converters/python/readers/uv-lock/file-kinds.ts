/**
 * Which files uv may install: `no-binary`, `no-build` and their lists of packages, from uv.toml or else from `[tool.uv]`.
 * https://docs.astral.sh/uv/reference/settings/#no-binary; astral-sh/uv, crates/uv-configuration/src/build_options.rs
 */
import type { NonEmpty, Source } from '../../../../src/model/source.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { rootFields, type Fields } from '../../../../src/text/fields.ts'
import { parseToml } from '../../../../src/text/toml-document.ts'
import { normalizeName } from '../../standards/name.ts'

type FileKind = 'wheel' | 'sdist'

/** `name`: normalized. Whether files of this kind are ruled out for the package. */
export type RulesOut = (kind: FileKind, name: string) => boolean

/** `manifest`: all of pyproject.toml. undefined: nothing is ruled out. Throws what is wrong with the settings. */
export function readFileKinds(manifest: Fields, files: ProjectFiles): RulesOut | undefined {
  const settings = findUvToml(files) ?? manifest.object('tool')?.object('uv')
  if (settings === undefined) return undefined
  const rules = { wheel: readRule(settings, 'no-binary'), sdist: readRule(settings, 'no-build') }
  settings.document.failIfAny()
  if (Object.values(rules).every(({ all, names }) => !all && names.size === 0)) return undefined
  return (kind, name) => {
    const other = rules[kind === 'wheel' ? 'sdist' : 'wheel']
    // What is said of all packages gives way to what the other list says of one.
    return rules[kind].all ? other.all || !other.names.has(name) : rules[kind].names.has(name)
  }
}

/**
 * Without the files that are ruled out. All of them where none is left: uv refuses only to install such a package, and it may be for
 * another system.
 */
export function leaveAllowed(sources: NonEmpty<Source>, name: string, rulesOut: RulesOut): NonEmpty<Source> {
  const [first, ...others] = sources.filter((source) => !rulesOut(kindOf(source), name))
  return first === undefined ? sources : [first, ...others]
}

function kindOf(source: Source): FileKind {
  const place = source.kind === 'archive' ? source.urls[0] : source.kind === 'local' ? source.path : ''
  return /\.whl(?:[?#]|$)/.test(place) ? 'wheel' : 'sdist'
}

/** Settings that stand beside pyproject.toml, which then says none. Throws what is wrong with them. */
export function findUvToml(files: ProjectFiles): Fields | undefined {
  const file = 'uv.toml'
  const text = files.find(file)
  return text === undefined ? undefined : rootFields(parseToml(text, { file, purpose: 'manifest' }))
}

function readRule(settings: Fields, key: string) {
  const names = new Set(settings.texts(`${key}-package`)?.map(normalizeName))
  return { all: settings.boolean(key) === true, names }
}
