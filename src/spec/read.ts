/**
 * Reads spec.json back, for the pins it keeps, for `check`, and for the embedded builder. It is a file in a repository, so it may
 * have been edited, merged badly or forged: everything is checked, unknown keys are refused. The plans are the ecosystems' own.
 */
import type { JsonObject } from '../model/json.ts'
import { recordOf } from '../model/sorted.ts'
import { fail, ProblemError, shown, type Problem } from '../problem.ts'
import { rootFields, type Fields } from '../text/fields.ts'
import { codesOf } from '../text/document.ts'
import { parseJson } from '../text/json-document.ts'
import {
  SPEC_VERSION,
  type BuildSpec,
  type SpecCollection,
  type SpecPackage,
  type SpecPart,
  type SpecSource,
} from './build-spec.ts'
import { checkShape, keyProblem, onlyKeys, textLike } from './read-field.ts'
import { readSource } from './read-source.ts'
import { attributeName, ecosystemName, systemName } from './source-text.ts'

/** Throws every problem of the file, as `spec-invalid` with key, line and what to do. */
export function readSpec(text: string, file: string): BuildSpec {
  try {
    return readText(text, file)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const [first, ...rest] = error.problems
    throw new ProblemError([withHint(first), ...rest.map(withHint)])
  }
}

function withHint(problem: Problem): Problem {
  return { ...problem, hint: problem.hint ?? codesOf.spec.restore }
}

function readText(text: string, file: string): BuildSpec {
  const document = parseJson(text, { file, purpose: 'spec' })
  const root = rootFields(document)
  const spec = root === undefined ? undefined : readRoot(root)
  document.failIfAny()
  if (spec === undefined) throw new Error('a spec that could not be read has no problem')
  return spec
}

function readRoot(root: Fields): BuildSpec {
  checkVersion(root)
  onlyKeys(root, new Set(['lock2build', 'systems', 'ecosystems', 'collection']))
  return {
    lock2build: SPEC_VERSION,
    systems: readSystems(root),
    ecosystems: readEcosystems(root),
    ...readCollection(root),
  }
}

/** First of all: of a newer format nothing else can be judged. */
function checkVersion(root: Fields): void {
  const version = root.raw('lock2build')
  if (version === SPEC_VERSION) return
  const where = root.where('lock2build')
  if (typeof version === 'number' && Number.isInteger(version) && version > SPEC_VERSION) {
    fail({
      code: 'spec-invalid',
      message: `the file has format ${version}, and this lock2build reads format ${SPEC_VERSION}`,
      where,
      hint: 'install the lock2build that wrote it, or delete the file and run this one',
    })
  }
  fail({ code: 'spec-invalid', message: `lock2build should be the number ${SPEC_VERSION}`, where })
}

function readSystems(root: Fields): readonly string[] {
  const systems = root.texts('systems')
  if (systems === undefined) return missing(root, 'systems', [])
  if (systems.length === 0) keyProblem(root, 'systems', 'no system is named')
  for (const system of systems) {
    if (!systemName.test(system)) keyProblem(root, 'systems', `${shown(system)} is not the name of a system`)
  }
  checkUnique(root, 'systems', systems)
  return systems
}

function readEcosystems(root: Fields): Readonly<Record<string, SpecPart>> {
  const ecosystems = root.object('ecosystems')
  if (ecosystems === undefined) return missing(root, 'ecosystems', {})
  const isEmpty = ecosystems.keys().length === 0
  if (isEmpty && !root.has('collection')) keyProblem(root, 'ecosystems', 'no ecosystem is named')
  if (!isEmpty && root.has('collection')) keyProblem(root, 'ecosystems', 'a collection is no project')
  return readByEcosystem(ecosystems, readPart)
}

function readCollection(root: Fields): Pick<BuildSpec, 'collection'> {
  const fields = root.object('collection')
  if (fields === undefined) return {}
  const collection = readByEcosystem(fields, readPackages)
  checkSupplements(fields, collection)
  return { collection }
}

function checkSupplements(fields: Fields, collection: Readonly<Record<string, SpecCollection>>): void {
  const known = new Set(Object.values(collection).flatMap(({ packages }) => Object.keys(packages)))
  for (const [name, { packages }] of Object.entries(collection)) {
    for (const [attribute, { supplements = [] }] of Object.entries(packages)) {
      const entry = fields.object(name)?.object('packages')?.object(attribute)
      const missing = supplements.find((each) => !known.has(each))
      if (entry === undefined || missing === undefined) continue
      keyProblem(entry, 'supplements', `${shown(missing)} is no package of the collection`)
    }
  }
}

function readByEcosystem<T>(fields: Fields, read: (fields: Fields) => T): Readonly<Record<string, T>> {
  const parts: [string, T][] = []
  for (const [name, inner] of fields.entriesOfObjects()) {
    if (!ecosystemName.test(name)) keyProblem(fields, name, `${shown(name)} is not the name of an ecosystem`)
    parts.push([name, read(inner)])
  }
  return Object.fromEntries(parts)
}

function readPackages(fields: Fields): SpecCollection {
  onlyKeys(fields, new Set(['sources', 'packages']))
  const packages = fields.object('packages')
  const entries: [string, SpecPackage][] = []
  if (packages === undefined) missing(fields, 'packages', {})
  for (const [attribute, entry] of packages?.entriesOfObjects() ?? []) {
    if (!attributeName.test(attribute)) keyProblem(packages ?? fields, attribute, `${shown(attribute)} is no attribute`)
    entries.push([attribute, readPackage(entry)])
  }
  return { sources: readSources(fields), packages: Object.fromEntries(entries) }
}

function readPackage(fields: Fields): SpecPackage {
  onlyKeys(fields, new Set([...commonKeys, 'sources', 'supplements']))
  const supplements = fields.texts('supplements')
  if (supplements !== undefined) checkUnique(fields, 'supplements', supplements)
  return {
    ...readCommon(fields),
    ...(fields.has('sources') ? { sources: readSources(fields) } : {}),
    ...(supplements === undefined ? {} : { supplements }),
  }
}

function readPart(part: Fields): SpecPart {
  onlyKeys(part, new Set([...commonKeys, 'env', 'sources']))
  return { ...readCommon(part), ...readVariables(part), sources: readSources(part) }
}

const commonKeys = ['project', 'lock', 'omit', 'usePackageManager', 'plan']

function readCommon(part: Fields): Omit<SpecPart, 'sources'> {
  return {
    project: readProject(part),
    lock: readLock(part),
    omit: readOmit(part),
    ...(part.boolean('usePackageManager') === true ? { usePackageManager: true } : {}),
    plan: readPlan(part),
  }
}

function readProject(part: Fields): SpecPart['project'] {
  const project = part.object('project')
  if (project === undefined) return missing(part, 'project', { name: '' })
  onlyKeys(project, new Set(['name', 'version']))
  const version = project.text('version')
  return { name: project.requiredText('name') ?? '', ...(version === undefined ? {} : { version }) }
}

function readLock(part: Fields): SpecPart['lock'] {
  const lock = part.object('lock')
  if (lock === undefined) return missing(part, 'lock', { file: '', format: '', version: '' })
  onlyKeys(lock, new Set(['file', 'format', 'version']))
  return {
    file: textLike(lock, 'file', 'insidePath'),
    format: lock.requiredText('format') ?? '',
    version: lock.requiredText('version') ?? '',
  }
}

function readOmit(part: Fields): readonly string[] {
  const omit = part.texts('omit')
  if (omit === undefined) return missing(part, 'omit', [])
  checkUnique(part, 'omit', omit)
  return omit
}

function readVariables(part: Fields): Pick<SpecPart, 'env'> {
  const env = part.object('env')
  if (env === undefined) return {}
  for (const name of env.keys()) checkShape(env, name, name, 'variableName')
  return { env: recordOf(env.entriesOfText()) }
}

function readSources(part: Fields): Readonly<Record<string, SpecSource>> {
  const sources = part.object('sources')
  if (sources === undefined) return missing(part, 'sources', {})
  // As recordOf makes one, without a list of thousands in between.
  const found: Record<string, SpecSource> = Object.create(null)
  sources.forEachObject((id, fields) => {
    if (id === '') keyProblem(sources, id, 'a source has no key')
    const source = readSource(fields)
    if (source !== undefined) found[id] = source
  })
  return found
}

function readPlan(part: Fields): JsonObject {
  return part.json('plan') ?? missing(part, 'plan', {})
}

function missing<T>(fields: Fields, key: string, instead: T): T {
  // A wrong type has been reported already.
  if (!fields.has(key)) keyProblem(fields, key, `${key} is missing`)
  return instead
}

function checkUnique(fields: Fields, key: string, list: readonly string[]): void {
  if (new Set(list).size !== list.length) keyProblem(fields, key, 'something is named twice')
}
