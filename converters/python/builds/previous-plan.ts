/**
 * What the last run found out, as it stands in its spec. The file is in a repository, so anything may stand there: what is not as it
 * was written is not there.
 */
import { parseSri } from '../../../src/digest/sri.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import type { BuildPart } from '../../../src/model/recipe.ts'
import type { NonEmpty } from '../../../src/model/source.ts'
import { ProblemError } from '../../../src/problem.ts'
import { isRecord } from '../../../src/text/plan-fields.ts'

export interface PreviousPlan {
  readonly targets: readonly string[]
  findPackage(id: string): PreviousPackage | undefined
  /** Whom a selector wants on some target. */
  packagesFor(selector: string): readonly PreviousPackage[]
  /** Of a `build:` selector. */
  findNeeds(selector: string): PreviousNeeds | undefined
  findFile(key: string): PreviousFile | undefined
  hasFile(key: string): boolean
}

export interface PreviousPackage {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly claim: string | undefined
  readonly gone: readonly string[]
  /** Keys of sources. */
  readonly files: readonly string[]
  readonly build: JsonObject | undefined
  /** Whether a selector wants it on a target (`x86_64-linux/3.12`). */
  isFor(selector: string, target: string): boolean
  /** Whether any does. */
  isWantedOn(target: string): boolean
}

export interface PreviousNeeds {
  readonly requires: readonly string[]
  isMissing(target: string): boolean
}

export interface PreviousFile {
  readonly urls: NonEmpty<string>
  readonly hash: string
  readonly digest: Digest
  /** See PinnedArchive. */
  readonly claim: string | undefined
}

/** Looks at nothing before it is asked: reading a spec costs. */
export function previousPlan(part: Pick<BuildPart, 'sources' | 'plan'> | undefined): PreviousPlan | undefined {
  if (part === undefined) return undefined
  const table = () => recordAt(part.plan, 'packages')
  const findPackage = (id: string) => readPackage(id, own(table(), id))
  return {
    get targets() {
      return textsOf(part.plan['targets'])
    },
    findPackage,
    packagesFor: (selector) =>
      Object.entries(table()).flatMap(([id, value]) =>
        isWantedBy(value, selector) ? (readPackage(id, value) ?? []) : [],
      ),
    findNeeds: (selector) => readNeeds(own(recordAt(part.plan, 'builds'), selector)),
    hasFile: (key) => isFile(part.sources[key]),
    findFile: (key) => readFile(part.sources[key]),
  }
}

function readPackage(id: string, value: Json | undefined): PreviousPackage | undefined {
  if (!isRecord(value)) return undefined
  const { name, version, claim, build } = value
  if (typeof name !== 'string') return undefined
  const wanted = recordAt(value, 'for')
  return {
    id,
    name,
    version: typeof version === 'string' ? version : '',
    claim: typeof claim === 'string' ? claim : undefined,
    gone: textsOf(value['gone']),
    files: Object.keys(recordAt(value, 'files')),
    build: isRecord(build) ? build : undefined,
    isFor: (selector, target) => isAmong(own(wanted, selector), target),
    isWantedOn: (target) => Object.values(wanted).some((targets) => isAmong(targets, target)),
  }
}

function isWantedBy(value: Json | undefined, selector: string): boolean {
  return isRecord(value) && Object.hasOwn(recordAt(value, 'for'), selector)
}

function readNeeds(value: Json | undefined): PreviousNeeds | undefined {
  if (!isRecord(value)) return undefined
  return { requires: textsOf(value['requires']), isMissing: (target) => isAmong(value['missing'], target) }
}

/** Nothing that an object inherits is one. */
function isFile(value: unknown): value is { readonly urls: unknown; readonly hash: unknown; readonly claim?: unknown } {
  return typeof value === 'object' && value !== null && 'urls' in value && 'hash' in value
}

function readFile(value: unknown): PreviousFile | undefined {
  if (!isFile(value)) return undefined
  const { urls, hash, claim } = value
  const texts = Array.isArray(urls) ? urls.filter((url: unknown) => typeof url === 'string') : []
  const [url, ...others] = texts
  if (url === undefined || typeof hash !== 'string') return undefined
  try {
    const [digest] = parseSri(hash)
    if (digest === undefined) return undefined
    return { urls: [url, ...others], hash, digest, claim: typeof claim === 'string' ? claim : undefined }
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}

/** See Targets of python-plan.ts. */
function isAmong(targets: Json | undefined, target: string): boolean {
  if (targets === 'all') return true
  const list = textsOf(targets)
  return [target, ...target.split('/')].some((name) => list.includes(name))
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item: Json) => typeof item === 'string') : []
}

function recordAt(record: JsonObject, key: string): JsonObject {
  const value = own(record, key)
  return isRecord(value) ? value : {}
}

function own(record: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
