/**
 * Does the lock file still fit package.json? The question `npm ci` asks before it installs anything: every dependency is
 * locked, as the same kind, in a version that the range of package.json allows; and nothing is locked that it dropped.
 */
import { shown } from '../../../src/problem.ts'
import type { Problem, Where } from '../../../src/problem.ts'
import { satisfies } from '../semver-range.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { readAsks, readWorkspaces } from './entry.ts'
import type { Ask, Entry } from './entry.ts'
import { plainPath } from '../../../src/text/locations.ts'

const RELOCK = 'npm install --package-lock-only'

export interface Manifest {
  /** Its project-relative path. */
  readonly file: string
  readonly fields: Fields
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly workspaces: readonly string[]
  readonly asks: readonly Ask[]
}

/** Problems of its fields are collected in their document. */
export function readManifest(fields: Fields, file: string): Manifest {
  return {
    file,
    fields,
    name: fields.text('name'),
    version: fields.text('version'),
    workspaces: readWorkspaces(fields),
    asks: readAsks(fields, true),
  }
}

export interface Comparison {
  readonly manifest: Manifest
  /** The lock file's entry of the same directory, which says what package.json asked for. */
  readonly entry: Entry
  /** The entry a name is resolved to, from this manifest's directory. */
  readonly find: (name: string) => Entry | undefined
  readonly report: (problem: Problem) => void
}

/** Reports `manifest-mismatch` for every dependency that the lock file does not hold as package.json wants it. */
export function compareManifest({ manifest, entry, find, report }: Comparison): void {
  const byName = new Map(entry.asks.map((ask) => [ask.name, ask]))
  for (const ask of manifest.asks) {
    const message = mismatch(ask, byName.get(ask.name), find(ask.name))
    byName.delete(ask.name)
    if (message !== undefined) report(problem(manifest, ask, message))
  }
  for (const ask of byName.values()) {
    const message = `${shown(ask.name)} is locked as a ${kindName(ask)}, and package.json does not ask for it`
    report({ code: 'manifest-mismatch', message, where: entry.where, hint: RELOCK })
  }
}

/** Version 1 does not record what was asked for: the locked version must fit. */
export function compareV1Manifest({ manifest, find, report }: Omit<Comparison, 'entry'>): void {
  for (const ask of manifest.asks) {
    if (ask.kind === 'peer') continue
    const entry = find(ask.name)
    if (entry === undefined && ask.optional) continue
    const message = entry === undefined ? notLocked(ask) : fitsV1(ask, entry) ? undefined : misfit(ask, entry)
    if (message !== undefined) report(problem(manifest, ask, message))
  }
}

function mismatch(ask: Ask, locked: Ask | undefined, entry: Entry | undefined): string | undefined {
  if (locked === undefined) return notLocked(ask)
  if (locked.kind !== ask.kind) {
    return `${shown(ask.name)} is locked as a ${kindName(locked)}, and package.json has it as a ${kindName(ask)}`
  }
  if (entry === undefined) return ask.optional || ask.kind === 'peer' ? undefined : notLocked(ask)
  if (sameRange(locked.range, ask.range)) return undefined
  return fits(ask.range, entry) ? undefined : misfit(ask, entry)
}

function notLocked(ask: Ask): string {
  return `package.json asks for ${shown(`${ask.name}@${ask.range}`)}, which the lock file does not hold`
}

function misfit(ask: Ask, entry: Entry): string {
  const locked = entry.version ?? entry.resolved ?? ''
  return `package.json asks for ${shown(`${ask.name}@${ask.range}`)}, and ${shown(locked)} is locked`
}

function kindName({ kind }: Ask): string {
  const names: Readonly<Record<Ask['kind'], string>> = {
    prod: 'dependency',
    dev: 'development dependency',
    optional: 'optional dependency',
    peer: 'peer dependency',
  }
  return names[kind]
}

/** npm writes `file:./a` as `file:a`. */
function sameRange(a: string, b: string): boolean {
  if (a === b) return true
  return a.startsWith('file:') && b.startsWith('file:') && plainPath(a.slice(5)) === plainPath(b.slice(5))
}

/** A range of versions; other kinds of asking (tags, git, URLs) count as changed when their text has changed. */
function fits(range: string, { version, resolved }: Entry): boolean {
  const wanted = /^npm:.+@([^@/]+)$/.exec(range)?.[1] ?? range
  const isRegistry = resolved === undefined || /^https?:/.test(resolved)
  return isRegistry && version !== undefined && satisfies(version, wanted) === true
}

function fitsV1(ask: Ask, entry: Entry): boolean {
  const wanted = /^npm:.+@([^@/]+)$/.exec(ask.range)?.[1] ?? ask.range
  if (entry.version === undefined || entry.link) return true
  return satisfies(entry.version, wanted) !== false
}

function problem({ file, fields }: Manifest, ask: Ask, message: string): Problem {
  return {
    code: 'manifest-mismatch',
    message,
    where: placeOf({ file, fields }, ask.name),
    hint: RELOCK,
  }
}

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

/** Where a manifest asks for a name. */
export function placeOf({ file, fields }: Pick<Manifest, 'file' | 'fields'>, name: string): Where {
  const kind = kinds.find((candidate) => fields.object(candidate)?.has(name) === true)
  return kind === undefined ? { file } : (fields.object(kind)?.where(name) ?? { file })
}
