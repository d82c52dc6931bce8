/** `lock2build diff`: what differs between two lock files, two revisions, or the lock file and the committed expression. */
import { resolve } from 'node:path'
import { diffSpecs, type Comparisons } from '../../diff/diff-specs.ts'
import { diffLocks, diffPartAndLock, plannedLock } from '../../diff/diff-locks.ts'
import { isSame, isSuspicious, joinDifferences, type Difference } from '../../diff/difference.ts'
import { printDiff, summarize } from '../../diff/print-diff.ts'
import { printMarkdown } from '../../diff/print-markdown.ts'
import { projectFiles } from '../../io/project-files.ts'
import { loadOwnUserConfig } from '../../io/user-config.ts'
import type { JsonObject } from '../../model/json.ts'
import { fail, failIfAny, shown, type Problem } from '../../problem.ts'
import { SPEC_VERSION, type BuildSpec } from '../../spec/build-spec.ts'
import { baseDirectory } from '../base-directory.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { loadComparisons, loadComparisonsOf } from '../comparisons.ts'
import { changesJson } from '../conversion.ts'
import { checkDirectory } from '../detect.ts'
import { placeOf, readSide, type LockSide, type Place, type SideRequest } from '../lock-side.ts'
import { counted } from '../printable.ts'
import { findPreviousSpec, SPEC_FILE } from '../previous-spec.ts'
import { readSettings } from '../settings.ts'

export async function diff(invocation: Invocation): Promise<CommandResult> {
  const { directory, line, progress } = invocation
  checkDirectory(directory, undefined)
  const request = requestOf(invocation)
  const [from, to] = placesOf(line.operands, baseDirectory(line))
  progress.show('reading')
  const compared = from === undefined ? await compareWithSpec(request) : await compareLocks(from, to, request)
  return report(compared, invocation)
}

interface Compared {
  readonly from: Side
  readonly to: Side
  /** By ecosystem, in order. */
  readonly parts: readonly (readonly [ecosystem: string, difference: Difference])[]
}

/** As the report tells it. */
interface Side {
  readonly label: string
  readonly commit?: string
  readonly locks: readonly SideLock[]
}

type SideLock = { readonly ecosystem: string; readonly file: string; readonly format: string; readonly version: string }

function requestOf({
  line,
  environment,
  directory,
}: Invocation): SideRequest & { readonly spec: BuildSpec | undefined } {
  const files = projectFiles(directory)
  const { lock, registry } = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  const { spec } = findPreviousSpec(files)
  const preferred = Object.values(spec?.ecosystems ?? {}).map((part) => part.lock.file)
  return { directory, environment, lock, preferred, registry, spec }
}

/** None: the spec and the working directory. One: that and the working directory, or `A..B`. */
function placesOf(words: readonly string[], base: string): readonly [Place?, Place?] {
  const [first, second] = words
  if (first === undefined) return []
  const range = /^(.+?)\.\.(?!\.)(.+)$/.exec(first)
  const place = placeOf(first, base)
  if (second === undefined && place.kind === 'revision' && range !== null) {
    return [placeOf(range[1] ?? '', base), placeOf(range[2] ?? '', base)]
  }
  return [place, second === undefined ? { kind: 'directory', path: resolve(base) } : placeOf(second, base)]
}

async function compareLocks(from: Place, to: Place | undefined, request: SideRequest): Promise<Compared> {
  const before = await readSide(from, request)
  const after = await readSide(to ?? { kind: 'directory', path: request.directory }, request)
  if (before.locks.length === 0 && after.locks.length === 0) return compareSpecs(before, after)
  const wanted = namesOf(before, after, from.kind === 'file' || to?.kind === 'file')
  if (wanted.length === 0) failNothing(before, after)
  const comparisons = await loadComparisons(wanted)
  const lockOf = (side: LockSide, name: string) => side.locks.find(({ ecosystem }) => ecosystem.name === name)?.lock
  const parts = wanted.map((name) => {
    const options = { ecosystem: name, comparison: comparisonOf(comparisons, name) }
    return [name, diffLocks(lockOf(before, name), lockOf(after, name), options)] as const
  })
  return { from: describeSide(before), to: describeSide(after), parts }
}

/** Collections have their lock files in lock2build/, one for each package: the specs say the same. */
async function compareSpecs(before: LockSide, after: LockSide): Promise<Compared> {
  const [old, now] = [before.findSpec(), after.findSpec()]
  if (old === undefined && now === undefined) return failNothing(before, after)
  const none: BuildSpec = { lock2build: SPEC_VERSION, systems: (old ?? now)?.systems ?? [], ecosystems: {} }
  const difference = diffSpecs(old ?? none, now ?? none, await loadComparisonsOf(old, now))
  return { from: describeSide(before), to: describeSide(after), parts: [['', difference]] }
}

/** Of a single file only its own ecosystem counts. */
function namesOf(before: LockSide, after: LockSide, isFile: boolean): readonly string[] {
  const [old, now] = [before, after].map(({ locks }) => locks.map(({ ecosystem }) => ecosystem.name))
  if (old === undefined || now === undefined) return []
  return isFile ? old.filter((name) => now.includes(name)) : [...new Set([...old, ...now])].sort()
}

function failNothing(before: LockSide, after: LockSide): never {
  const isEmpty = before.locks.length === 0 && after.locks.length === 0
  fail({
    code: 'nothing-here',
    message: isEmpty
      ? `there is no lock file in ${shown(before.label)}, nor in ${shown(after.label)}`
      : `${shown(before.label)} and ${shown(after.label)} have no ecosystem in common`,
    hint: 'name two revisions, directories or lock files: `lock2build diff main`',
  })
}

/** What the next run would change, as far as the lock file alone tells: `check` compares every byte. */
async function compareWithSpec(request: SideRequest & { readonly spec: BuildSpec | undefined }): Promise<Compared> {
  const { spec, directory } = request
  if (spec === undefined) return failNoSpec(request)
  if (spec.collection !== undefined) failCollection()
  const after = await readSide({ kind: 'directory', path: directory }, request)
  const names = [...new Set([...Object.keys(spec.ecosystems), ...after.locks.map(({ ecosystem }) => ecosystem.name)])]
  const comparisons = await loadComparisons(names)
  const parts = []
  for (const name of names.sort()) {
    const part = Object.hasOwn(spec.ecosystems, name) ? spec.ecosystems[name] : undefined
    const read = after.locks.find(({ ecosystem }) => ecosystem.name === name)
    const lock = read === undefined ? undefined : plannedLock(read.lock, await read.ecosystem.load(), { ...spec, part })
    const options = { ecosystem: name, comparison: comparisonOf(comparisons, name) }
    parts.push([name, diffPartAndLock(part, lock, options)] as const)
  }
  const locks = Object.entries(spec.ecosystems).map(([ecosystem, { lock }]): SideLock => ({ ecosystem, ...lock }))
  return { from: { label: SPEC_FILE, locks }, to: describeSide(after), parts }
}

function failNoSpec({ directory }: SideRequest): never {
  failIfAny(findPreviousSpec(projectFiles(directory)).problems)
  return fail({
    code: 'nothing-here',
    message: `there is no ${SPEC_FILE} that the lock file could be compared with`,
    hint: 'run `lock2build`, or name a revision: `lock2build diff HEAD`',
  })
}

function failCollection(): never {
  fail({
    code: 'usage',
    message: 'a collection is compared with what it was at another time',
    hint: 'name a revision: `lock2build diff HEAD`; `lock2build check` tells whether lock2build/ is what packages.json gives',
  })
}

function comparisonOf(comparisons: Comparisons, name: string) {
  const comparison = comparisons.get(name)
  if (comparison !== undefined) return comparison
  return fail({
    code: 'spec-invalid',
    message: `${shown(name)} is no ecosystem that this version of lock2build knows`,
    where: { file: SPEC_FILE, key: `ecosystems.${name}` },
  })
}

function describeSide({ label, commit, locks }: LockSide): Side {
  return {
    label,
    ...(commit === undefined ? {} : { commit }),
    locks: locks.map(({ ecosystem, file, lock: { format } }) => {
      return { ecosystem: ecosystem.name, file, format: format.name, version: format.version }
    }),
  }
}

function report({ from, to, parts }: Compared, { line }: Invocation): CommandResult {
  const whole = joinDifferences(parts.map(([, difference]) => difference))
  const title = `${from.label} → ${to.label}`
  const problems = problemsOf(whole)
  const isAsked = line.values['exit-code'] === true
  return {
    output: line.values.markdown === true ? printMarkdown({ title, parts }) : printParts(parts),
    lines:
      line.values.markdown === true ? [] : [[`${title}: ${isSame(whole) ? 'no differences' : printSummary(whole)}`]],
    json: (): JsonObject => ({ from: sideJson(from), to: sideJson(to), changes: changesJson(whole) }),
    ...(isAsked ? { problems } : { warnings: problems.filter(({ code }) => code !== 'differs') }),
  }
}

function printSummary(whole: Difference): string {
  return summarize(whole) || 'the same packages'
}

function printParts(parts: Compared['parts']): string {
  const isAlone = parts.length === 1
  const lines = parts.flatMap(([ecosystem, difference]) => {
    const printed = printDiff(difference, { limit: Number.MAX_SAFE_INTEGER, moves: 20 })
    return isAlone || printed.length === 0 ? printed : [`${ecosystem}:`, ...printed.map((text) => `  ${text}`)]
  })
  return lines.map((text) => `${text}\n`).join('')
}

/** What the exit code is decided by: the gravest first. */
function problemsOf(whole: Difference): readonly Problem[] {
  const suspicious = whole.integrity.filter(isSuspicious)
  if (suspicious.length > 0) {
    const names = suspicious.slice(0, 3).map(({ name, version }) => shown(`${name}@${version}`))
    return [
      {
        code: 'integrity-changed',
        message: `${counted(suspicious.length, 'package')} kept the version and not the digest: ${names.join(', ')}${suspicious.length > 3 ? ', …' : ''}`,
        hint: 'published versions do not change: find out who changed the lock file, and why, before you accept it',
      },
    ]
  }
  if (isSame({ ...whole, other: [] }) && whole.other.length === 0) return []
  return [{ code: 'differs', message: 'there are differences', hint: 'without --exit-code this is no failure' }]
}

function sideJson({ label, commit, locks }: Side): JsonObject {
  return { label, ...(commit === undefined ? {} : { commit }), locks: locks.map((lock) => ({ ...lock })) }
}
