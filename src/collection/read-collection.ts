/**
 * packages.json: the packages of a collection. A list, as node2nix reads it (`["prettier", {"typescript": "5.x"}]`: packages of npm),
 * or a table of lists and tables by ecosystem, with `supplements` beside them.
 */
import { COLLECTION_FILE, type ToolRequest, type Tools } from '../model/collection.ts'
import { shown, type Where } from '../problem.ts'
import { Fields, rootFields } from '../text/fields.ts'
import { parseJson } from '../text/json-document.ts'
import { findCircle } from './find-circle.ts'

export interface CollectionEntry extends ToolRequest {
  readonly ecosystem: string
  /** Names of packages of the collection whose programs its build finds; sorted. */
  readonly supplements: readonly string[]
  readonly where: Where
}

/** What lists without a table are of. */
export const LIST_ECOSYSTEM = 'node'

/** Sorted by name. Throws every problem of the file at once: `collection-invalid`, `name-invalid`, `requirement-invalid`. */
export function readCollection(text: string, tools: ReadonlyMap<string, Tools>): readonly CollectionEntry[] {
  const document = parseJson(text, { file: COLLECTION_FILE, purpose: 'collection' })
  const reading: Reading = { tools, entries: new Map() }
  const { value } = document
  if (Array.isArray(value)) readList(new Fields(document, { ...value }), LIST_ECOSYSTEM, reading)
  else {
    const root = rootFields(document)
    if (root !== undefined) readTable(root, reading)
  }
  document.failIfAny()
  return [...reading.entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface Reading {
  readonly tools: ReadonlyMap<string, Tools>
  /** By name. */
  readonly entries: Map<string, CollectionEntry>
}

const SUPPLEMENTS = 'supplements'

function readTable(root: Fields, reading: Reading): void {
  for (const key of root.keys()) {
    if (key === SUPPLEMENTS) continue
    if (!reading.tools.has(key)) refuseEcosystem(root, key, reading)
    else if (Array.isArray(root.raw(key))) {
      for (const list of listsAt(root, key)) readList(list, key, reading)
    } else {
      const packages = root.object(key)
      for (const name of packages?.keys() ?? []) if (packages !== undefined) readPackage(packages, name, key, reading)
    }
  }
  addSupplements(root, reading)
}

function listsAt(root: Fields, key: string): readonly Fields[] {
  const list = root.raw(key)
  return Array.isArray(list) ? [new Fields(root.document, { ...list }, root, key)] : []
}

function refuseEcosystem(root: Fields, key: string, { tools }: Reading): void {
  const known = [...tools.keys(), SUPPLEMENTS].map(shown).join(', ')
  const hint =
    typeof root.raw(key) === 'string'
      ? `packages stand below their ecosystem: {"${LIST_ECOSYSTEM}": {${shown(key)}: …}}`
      : `the keys are ${known}`
  root.addProblem('collection-invalid', `${shown(key)} is not known here`, { key, hint })
}

function readList(list: Fields, ecosystem: string, reading: Reading): void {
  for (const index of list.keys().map(Number)) {
    const item = list.raw(index)
    if (typeof item === 'string') {
      const text = list.text(index)
      const [key, range] = reading.tools.get(ecosystem)?.split(text ?? '') ?? ['', '*']
      if (text !== undefined) addEntry(list, index, { ecosystem, key, range, supplements: [] }, reading)
      continue
    }
    const table = list.object(index)
    for (const name of table?.keys() ?? []) if (table !== undefined) readPackage(table, name, ecosystem, reading)
  }
}

/** `"name": "range"`, or `"name": {"version": "range", "supplements": […]}`. */
function readPackage(packages: Fields, key: string, ecosystem: string, reading: Reading): void {
  if (typeof packages.raw(key) === 'string') {
    const range = packages.text(key)
    if (range !== undefined) addEntry(packages, key, { ecosystem, key, range, supplements: [] }, reading)
    return
  }
  const table = packages.object(key)
  if (table === undefined) return
  for (const inner of table.keys()) {
    if (inner === 'version' || inner === SUPPLEMENTS) continue
    const hint = 'a package has a version and supplements'
    table.addProblem('collection-invalid', `${shown(inner)} is not known here`, { key: inner, hint })
  }
  const range = table.has('version') ? table.text('version') : '*'
  const supplements = table.texts(SUPPLEMENTS) ?? []
  if (range !== undefined) addEntry(packages, key, { ecosystem, key, range, supplements }, reading)
}

interface Draft {
  readonly ecosystem: string
  readonly key: string
  readonly range: string
  readonly supplements: readonly string[]
}

function addEntry(fields: Fields, at: string | number, draft: Draft, { tools, entries }: Reading): void {
  const { ecosystem, key, range, supplements } = draft
  const request = tools.get(ecosystem)?.read(key, range)
  if (request === undefined) return
  if ('code' in request) {
    fields.document.addProblem({ ...request, where: fields.where(at) })
    return
  }
  // Two that differ in case only would share a directory on some machines.
  const known = [...entries.values()].find(({ name }) => name.toLowerCase() === request.name.toLowerCase())
  if (known !== undefined) {
    const other = known.ecosystem === ecosystem ? '' : ` of ${known.ecosystem}`
    fields.document.addProblem({
      code: 'collection-invalid',
      message: `${shown(request.name)} is here, and in line ${known.where.line ?? 0}${other}: two packages cannot have one attribute`,
      where: fields.where(at),
      hint:
        ecosystem === 'node'
          ? `remove one of the two; another version has another name: {"${request.name}-2": "npm:${request.name}@…"}`
          : 'remove one of the two',
    })
    return
  }
  entries.set(request.name, { ...request, ecosystem, supplements: [...supplements].sort(), where: fields.where(at) })
}

/** Those beside the ecosystems are for all packages but themselves. */
function addSupplements(root: Fields, { entries }: Reading): void {
  const common = root.texts(SUPPLEMENTS) ?? []
  checkKnown(root, common, entries)
  for (const [name, entry] of entries) {
    const all = common.includes(name) ? entry.supplements : [...entry.supplements, ...common]
    entries.set(name, { ...entry, supplements: [...new Set(all)].sort() })
    const unknown = entry.supplements.find((each) => !entries.has(each))
    if (unknown === undefined) continue
    const message = `${shown(name)} wants the supplement ${shown(unknown)}, which is no package of the collection`
    root.document.addProblem({ code: 'collection-invalid', message, where: entry.where, hint: HINT })
  }
  const circle = findCircle(new Map([...entries].map(([name, { supplements }]) => [name, supplements])))
  if (circle === undefined) return
  const message = `supplements go round in a circle: ${circle.map(shown).join(' → ')}`
  root.document.addProblem({
    code: 'collection-invalid',
    message,
    where: entries.get(circle[0] ?? '')?.where ?? root.where(),
  })
}

const HINT = 'add it to the packages, too: a supplement is locked like any other'

function checkKnown(root: Fields, names: readonly string[], entries: ReadonlyMap<string, CollectionEntry>): void {
  for (const name of names) {
    if (entries.has(name)) continue
    const message = `the supplement ${shown(name)} is no package of the collection`
    root.addProblem('collection-invalid', message, { key: SUPPLEMENTS, hint: HINT })
  }
}
