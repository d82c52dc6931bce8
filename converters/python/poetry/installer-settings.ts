/**
 * `installer.no-binary` and `installer.only-binary` of the project's poetry.toml: which kinds of files Poetry installs of a package that
 * comes from an index. Names stand before `:all:`, and where both rule something out, nothing is left. What the user's own
 * configuration says of it is not asked: a lock file means the same on every machine.
 * python-poetry/poetry, src/poetry/installation/chooser.py and PackageFilterPolicy in src/poetry/config/config.py
 */
import type { FileKind } from '../../../src/model/python.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { rootFields, type Fields } from '../../../src/text/fields.ts'
import { parseToml } from '../../../src/text/toml-document.ts'
import { normalizeName } from '../standards/name.ts'

const FILE = 'poetry.toml'

/** By normalized name; undefined: any kind. */
export type FindFileKinds = (name: string) => readonly FileKind[] | undefined

/** Throws `config-invalid`. */
export function readFileKinds(files: Pick<ProjectFiles, 'find'>): FindFileKinds {
  const text = files.find(FILE)
  const fields = text === undefined ? undefined : rootFields(parseToml(text, { file: FILE, purpose: 'config' }))
  const installer = fields?.object('installer')
  const noBinary = readPolicy(installer, 'no-binary')
  const onlyBinary = readPolicy(installer, 'only-binary')
  fields?.document.failIfAny()
  return (name) => {
    const isLeft = (policy: Policy, other: Policy) => !policy.has(name) && !(policy.has(ALL) && !other.has(name))
    const kinds: FileKind[] = []
    if (isLeft(noBinary, onlyBinary)) kinds.push('wheel')
    if (isLeft(onlyBinary, noBinary)) kinds.push('sdist')
    return kinds.length === 2 ? undefined : kinds
  }
}

/** Names, and ALL: whose files are not taken. `:none:`, which may stand there too, is nobody's name. */
type Policy = ReadonlySet<string>

const ALL = ':all:'

function readPolicy(installer: Fields | undefined, key: string): Policy {
  const value = installer?.raw(key)
  // What `poetry config --local installer.no-binary true` means; that in the file itself Poetry stumbles over.
  if (typeof value === 'boolean') return new Set(value ? [ALL] : [])
  // `poetry config` writes a list, of normalized names: others in one mean nothing to Poetry.
  return new Set(typeof value === 'string' ? splitWords(value) : installer?.texts(key))
}

function splitWords(text: string): readonly string[] {
  if (text === 'true' || text === '1') return [ALL]
  if (text === 'false' || text === '0') return []
  const words = text.split(',').map((word) => word.trim())
  return words.map((word) => (word === ALL ? word : normalizeName(word)))
}
