/**
 * The text of pnpm-lock.yaml, whatever its version, as one shape: importers (the project and the members of its workspace) and
 * packages by key. Every problem of types is collected in the document.
 * https://github.com/pnpm/spec/tree/master/lockfile
 */
import type { JsonObject } from '../../../../src/model/json.ts'
import { fail, shown } from '../../../../src/problem.ts'
import type { Where } from '../../../../src/problem.ts'
import type { TextDocument } from '../../../../src/text/document.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { parseYamlDocuments } from '../../../../src/text/yaml-document.ts'
import { suffixStart } from './dep-path.ts'
import type { Grammar } from './dep-path.ts'

export interface PnpmLock {
  readonly file: string
  readonly document: TextDocument
  readonly grammar: Grammar
  /** As it stands in the file. */
  readonly version: string
  /** By directory, '' for the project. */
  readonly importers: ReadonlyMap<string, Importer>
  readonly packages: ReadonlyMap<string, Snapshot>
  /** Everything else: settings, overrides, catalogs, patchedDependencies. */
  readonly root: Fields
  /** Whether a document of pnpm's own environment stands before it (pnpm 11). */
  readonly hasEnvironment: boolean
}

export interface Importer {
  readonly path: string
  readonly fields: Fields
  /** In pnpm's order of precedence: dev, prod, optional. */
  readonly asks: readonly ImporterAsk[]
}

export interface ImporterAsk {
  readonly alias: string
  readonly kind: 'prod' | 'dev' | 'optional'
  /** What package.json asked for. */
  readonly specifier: string | undefined
  readonly reference: string
}

export type Texts = ReadonlyMap<string, string>

/** One entry of `packages` (with version 9: of `snapshots`, and its entry of `packages`). */
export interface Snapshot {
  readonly key: string
  /** Where what does not depend on peers stands. */
  readonly fields: Fields
  readonly dependencies: Texts
  readonly optionalDependencies: Texts
}

/** pnpm 7 takes what 4 to 6 wrote (5.1 to 5.3) as it is. */
export const VERSIONS = ['5.1', '5.2', '5.3', '5.4', '6.0', '6.1', '9.0'] as const

/** Throws for bad syntax and unknown versions; collects the rest. */
export function readPnpmLock(text: string, file: string): PnpmLock {
  const documents = parseYamlDocuments(text, { file, purpose: 'lock' })
  const document = documents.at(-1)
  if (document === undefined) throw new RangeError('a YAML file has at least one document')
  const root = document.value === null ? failForEmpty(file) : rootFields(document)
  if (root === undefined) {
    document.failIfAny()
    throw new Error('a document without an object has a problem')
  }
  if (documents.length > 2) {
    const where = documents[2]?.where([])
    fail({
      code: 'lock-syntax',
      message: 'more than two documents stand in this file',
      where,
      hint: document.codes.restore,
    })
  }
  const version = readVersion(root)
  const grammar = version.startsWith('5') ? 5 : version.startsWith('6') ? 6 : 9
  return {
    file,
    document,
    grammar,
    version,
    importers: readImporters(root, grammar),
    packages: grammar === 9 ? readSnapshots(root) : readPackages(root),
    root,
    hasEnvironment: documents.length === 2,
  }
}

function failForEmpty(file: string): never {
  return fail({
    code: 'lock-syntax',
    message: 'the file is empty',
    where: { file },
    hint: 'pnpm install --lockfile-only',
  })
}

/** Until 5.4 it is written as a number, later ones as texts. */
function readVersion(root: Fields): string {
  const raw = root.raw('lockfileVersion')
  const version = typeof raw === 'number' ? String(raw) : raw
  if (typeof version === 'string' && isKnown(version)) return version
  const what =
    version === undefined ? 'lockfileVersion is missing' : `lockfileVersion ${shown(String(version))} is not known`
  return fail({
    code: 'lock-version',
    message: `${what}; known are ${VERSIONS.join(', ')}`,
    where: root.where('lockfileVersion'),
    hint: 'let pnpm 7 or newer write the lock file again: pnpm install --lockfile-only',
  })
}

function isKnown(version: string): boolean {
  return VERSIONS.some((known) => known === version)
}

const kinds = [
  ['devDependencies', 'dev'],
  ['dependencies', 'prod'],
  ['optionalDependencies', 'optional'],
] as const

function readImporters(root: Fields, grammar: Grammar): ReadonlyMap<string, Importer> {
  const importers = new Map<string, Importer>()
  // One project without a workspace: before version 9 its parts stand at the top.
  if (!root.has('importers')) return importers.set('', readImporter('', root, grammar))
  for (const [directory, fields] of root.object('importers')?.entriesOfObjects() ?? []) {
    const path = directory === '.' ? '' : directory
    importers.set(path, readImporter(path, fields, grammar))
  }
  return importers
}

function readImporter(path: string, fields: Fields, grammar: Grammar): Importer {
  const specifiers = grammar === 5 ? textsOf(fields, 'specifiers') : undefined
  const asks: ImporterAsk[] = []
  for (const [field, kind] of kinds) {
    if (specifiers !== undefined) {
      for (const [alias, reference] of textsOf(fields, field)) {
        asks.push({ alias, kind, specifier: specifiers.get(alias), reference })
      }
      continue
    }
    for (const [alias, ask] of fields.object(field)?.entriesOfObjects() ?? []) {
      const specifier = ask.requiredText('specifier')
      const reference = ask.requiredText('version')
      if (specifier !== undefined && reference !== undefined) asks.push({ alias, kind, specifier, reference })
    }
  }
  return { path, fields, asks }
}

function readPackages(root: Fields): ReadonlyMap<string, Snapshot> {
  const packages = new Map<string, Snapshot>()
  root.object('packages')?.forEachObject((key, fields) => {
    packages.set(key, readSnapshot(key, fields, fields))
  })
  return packages
}

/** Version 9 has what depends on peers apart from what does not. */
function readSnapshots(root: Fields): ReadonlyMap<string, Snapshot> {
  const packages = new Map<string, Snapshot>()
  const metadata = new Map<string, Fields>()
  root.object('packages')?.forEachObject((key, fields) => void metadata.set(key, fields))
  root.object('snapshots')?.forEachObject((key, fields) => {
    const about = metadata.get(key.slice(0, suffixStart(key)))
    if (about === undefined) {
      fields.addProblem('lock-inconsistent', `${shown(key)} has no entry in "packages"`, {
        hint: 'remove the lock file and run pnpm install, which writes it anew',
      })
    } else packages.set(key, readSnapshot(key, about, fields))
  })
  return packages
}

function readSnapshot(key: string, fields: Fields, edges: Fields): Snapshot {
  return {
    key,
    fields,
    dependencies: textsOf(edges, 'dependencies'),
    optionalDependencies: textsOf(edges, 'optionalDependencies'),
  }
}

const none: Texts = new Map()

export function textsOf(fields: Fields, key: string): Texts {
  if (!fields.has(key)) return none
  const texts = new Map<string, string>()
  fields.object(key)?.forEachText((name, text) => void texts.set(name, text))
  return texts
}

/** The place of an entry, or of a part of it. */
export function whereOf({ fields }: Snapshot, ...path: readonly string[]): Where {
  return path.length === 0 ? fields.where() : fields.document.where([...fields.path, ...path])
}

/** An entry's `resolution`, as it stands there. */
export function resolutionOf({ fields }: Snapshot): JsonObject | undefined {
  return fields.json('resolution')
}
