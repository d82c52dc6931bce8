/** composer.json, as far as installing depends on it. https://getcomposer.org/doc/04-schema.md */
import type { ProjectFiles } from '../../../src/model/world.ts'
import { fail, shown } from '../../../src/problem.ts'
import { rootFields, type Fields } from '../../../src/text/fields.ts'
import { parseJson } from '../../../src/text/json-document.ts'
import { readPath } from '../../../src/text/locations.ts'
import { reportAt } from './report.ts'

export interface Manifest {
  readonly fields: Fields
  readonly name: string | undefined
  readonly version: string | undefined
  readonly require: ReadonlyMap<string, string>
  readonly requireDev: ReadonlyMap<string, string>
  /** Project-relative, as the next two. */
  readonly bin: readonly string[]
  readonly vendorDir: string
  /** The autoloader is made by looking at the project's own files. */
  readonly scansProject: boolean
  /** Composer clones these packages although there is an archive of them. */
  prefersSource(name: string): boolean
}

/** Throws `manifest-mismatch` when there is none, `manifest-syntax`. */
export function getManifest(files: ProjectFiles, lockFile: string): Manifest {
  const text = files.find('composer.json')
  if (text === undefined) {
    const message = `there is no composer.json beside ${lockFile}`
    const hint = 'run lock2build in the directory that holds both'
    return fail({ code: 'manifest-mismatch', message, where: { file: lockFile }, hint })
  }
  const fields = rootFields(parseJson(text, { file: 'composer.json', purpose: 'manifest' }))
  if (fields === undefined) return fail({ code: 'manifest-syntax', message: 'composer.json is no object' })
  const manifest = readManifest(fields)
  fields.document.failIfAny()
  return manifest
}

function readManifest(fields: Fields): Manifest {
  const config = fields.object('config')
  const name = fields.text('name')
  return {
    fields,
    name: name === '' ? undefined : name,
    version: fields.text('version'),
    require: readRequirements(fields, 'require'),
    requireDev: readRequirements(fields, 'require-dev'),
    bin: readBin(fields),
    vendorDir: readVendorDir(config),
    scansProject:
      hasClassMap(fields.object('autoload')) ||
      hasClassMap(fields.object('autoload-dev')) ||
      config?.raw('optimize-autoloader') === true ||
      config?.raw('classmap-authoritative') === true,
    prefersSource: readPreference(config?.raw('preferred-install')),
  }
}

/** Composer's names are the same in any case. An empty list is what PHP writes for an empty object. */
export function readRequirements(fields: Fields, key: string): ReadonlyMap<string, string> {
  const value = fields.raw(key)
  if (Array.isArray(value) && value.length === 0) return new Map()
  const entries = fields.object(key)?.entriesOfText() ?? []
  return new Map(entries.map(([name, range]) => [name.toLowerCase(), range]))
}

function readBin(fields: Fields): readonly string[] {
  const value = fields.raw('bin')
  const written = typeof value === 'string' ? [value] : (fields.texts('bin') ?? [])
  return written.flatMap((path) => {
    const inside = readPath(path, reportAt(fields, 'bin'))
    return inside === undefined || inside === '' ? [] : [inside]
  })
}

function readVendorDir(config: Fields | undefined): string {
  const written = config?.text('vendor-dir')
  if (config === undefined || written === undefined) return 'vendor'
  const inside = readPath(written, reportAt(config, 'vendor-dir'))
  if (inside === '') config.addProblem('path-escapes', `${shown(written)} is the project itself`, { key: 'vendor-dir' })
  return inside === undefined || inside === '' ? 'vendor' : inside
}

function hasClassMap(autoload: Fields | undefined): boolean {
  const value = autoload?.raw('classmap')
  return Array.isArray(value) && value.length > 0
}

/** `source`, or patterns of names, of which the first that fits counts. */
function readPreference(value: unknown): (name: string) => boolean {
  if (typeof value !== 'object' || value === null) return () => value === 'source'
  const patterns = Object.entries(value).map(([pattern, preference]) => ({
    pieces: pattern.toLowerCase().split('*'),
    preference: preference === 'source',
  }))
  return (name) => patterns.find(({ pieces }) => hasPieces(name.toLowerCase(), pieces))?.preference ?? false
}

/** The text that was between stars, in this order: each where it comes first, so a look takes no longer than the name is long. */
function hasPieces(name: string, pieces: readonly string[]): boolean {
  const [first = '', ...others] = pieces
  const last = others.pop()
  if (last === undefined) return name === first
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const piece of others) {
    const found = name.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}
