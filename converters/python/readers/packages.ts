/** The packages of a lock file while it is read: checked names and versions, one id each, and the places of what is wrong. */
import { packageId } from '../../../src/model/lock.ts'
import type { Edge, LockedPackage, PackageId } from '../../../src/model/lock.ts'
import type { NonEmpty, Source } from '../../../src/model/source.ts'
import { ProblemError, shown, type Where } from '../../../src/problem.ts'
import type { TextDocument } from '../../../src/text/document.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { parseMarker } from '../standards/marker.ts'
import { isName, normalizeName } from '../standards/name.ts'
import { parseRequirement } from '../standards/requirement.ts'
import { parseSpecifiers } from '../standards/specifier.ts'
import { parseVersion } from '../standards/version.ts'
import type { Report } from './location.ts'

/** A package whose edges are still being found. */
export interface DraftPackage extends LockedPackage {
  readonly dependencies: Edge[]
}

/** Problems of one object of the file, at a key of it or at the object itself. */
export function reportAt(entry: Fields, key?: string): Report {
  return (code, message, hint) => {
    entry.addProblem(code, message, { ...(key === undefined ? {} : { key }), ...(hint === undefined ? {} : { hint }) })
    return undefined
  }
}

/** `name`, normalised; a problem and undefined when it is none. */
export function readName(entry: Fields, key = 'name'): string | undefined {
  const name = entry.requiredText(key)
  if (name === undefined || isName(name)) return name === undefined ? undefined : normalizeName(name)
  entry.addProblem('name-invalid', `${shown(name)} is not a name of a Python package`, { key })
  return undefined
}

/** `version`, as written; a problem and undefined when it is none. */
export function readVersion(entry: Fields): string | undefined {
  const version = entry.requiredText('version')
  if (version === undefined || isVersion(version)) return version
  entry.addProblem('name-invalid', `${shown(version)} is not a version of a Python package`, { key: 'version' })
  return undefined
}

/** The same of what is built from a directory or a repository, which may have none: ''. */
export function readOptionalVersion(entry: Fields): string | undefined {
  return entry.has('version') ? readVersion(entry) : ''
}

export function isVersion(text: string): boolean {
  return text.trim() === text && parseVersion(text) !== undefined
}

/** An environment marker, as written; a problem and undefined when it cannot be read. */
export function readMarker(entry: Fields, key: string): string | undefined {
  const text = entry.text(key)
  return text === undefined || text === '' ? undefined : checkMarker(text, entry, key)
}

/** PEP 440 specifiers, as written; a problem and undefined when they cannot be read. */
export function readSpecifiers(fields: Fields, key: string): string | undefined {
  const text = fields.text(key)
  return text === undefined ? undefined : checkSpecifiers(text, fields, key)
}

/** Markers of the environments that a lock file is for; undefined when it names none. A problem for each that cannot be read. */
export function readEnvironments(fields: Fields, key: string): readonly string[] | undefined {
  const texts = fields.texts(key)
  if (texts === undefined || texts.length === 0) return undefined
  return texts.flatMap((text) => checkMarker(text, fields, key) ?? [])
}

/** The text, if it can be read; else undefined, and what is wrong with it is a problem of the key. */
export type CheckText = (text: string, fields: Fields, key?: string) => string | undefined

/** Each distinct text of a file is read once: thousands of places share a few. `parse` throws what is wrong. */
export function textChecker(parse: (text: string, where: Where) => unknown): CheckText {
  const readable = new WeakMap<TextDocument, Set<string>>()
  return (text, fields, key) => {
    const { document } = fields
    const known = readable.get(document) ?? new Set()
    readable.set(document, known)
    if (known.has(text)) return text
    try {
      parse(text, fields.where(key))
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      for (const problem of error.problems) document.addProblem(problem)
      return undefined
    }
    known.add(text)
    return text
  }
}

export const checkMarker = textChecker(parseMarker)
const checkSpecifiers = textChecker(parseSpecifiers)
export const checkRequirement = textChecker(parseRequirement)

/** Distinct packages, each with an id of its own. */
export class Packages {
  readonly all = new Map<PackageId, DraftPackage>()

  /** Where a name and version stand for several sources, the later ones are told apart by where they come from. */
  add(pkg: Omit<DraftPackage, 'id' | 'dependencies'>): DraftPackage {
    const plain = packageId(pkg.name, pkg.version)
    const id = this.all.has(plain) ? packageId(pkg.name, pkg.version, this.#qualifier(pkg)) : plain
    const draft = { ...pkg, id, dependencies: [] }
    this.all.set(id, draft)
    return draft
  }

  #qualifier({ name, version, sources: [source] }: Omit<DraftPackage, 'id' | 'dependencies'>): string {
    const origin = originOf(source)
    let qualifier = origin
    for (let count = 2; this.all.has(packageId(name, version, qualifier)); count += 1) qualifier = `${origin}-${count}`
    return qualifier
  }
}

/** What makes a source another one than its namesake's. */
function originOf(source: Source): string {
  switch (source.kind) {
    case 'archive':
      return source.urls[0]
    case 'indexed':
      return source.index
    case 'git':
      return source.subdir === undefined ? source.rev : `${source.rev}/${source.subdir}`
    case 'local':
      return source.path
    case 'bundled':
      return 'bundled'
  }
}

/** A list that has at least one element, or undefined. */
export function nonEmpty<T>(list: readonly T[]): NonEmpty<T> | undefined {
  return isNonEmpty(list) ? list : undefined
}

function isNonEmpty<T>(list: readonly T[]): list is NonEmpty<T> {
  return list.length > 0
}
