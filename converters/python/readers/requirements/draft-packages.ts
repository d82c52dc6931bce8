/** Lines of requirements files → packages with their sources. */
import type { Digest } from '../../../../src/model/digest.ts'
import type { IndexedSource } from '../../../../src/model/source.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { ProblemError, shown, type Problem, type Where } from '../../../../src/problem.ts'
import { parseMarker } from '../../standards/marker.ts'
import { normalizeName } from '../../standards/name.ts'
import { findLocalProject, findMissing } from '../local-projects.ts'
import { localArchive, localDirectory, type Located } from '../located.ts'
import { isFileName, readArchiveUrl, readDigest, readGit, readNearPath, readPath, type Report } from '../location.ts'
import { nonEmpty, type DraftPackage, type Packages } from '../packages.ts'
import { nameAndVersion } from './name-and-version.ts'
import type { FileLine, IncludedFiles } from './included-files.ts'
import { COMPILE, findPin, findRequirement, readConstraints, type Constraint, type Constraints } from './pins.ts'

export interface DraftRequirement {
  readonly pkg: DraftPackage
  readonly marker?: string | undefined
  readonly extras: readonly string[]
}

export interface Drafting {
  readonly packages: Packages
  readonly files: ProjectFiles
  readonly report: (problem: Problem) => void
}

/** In the file's order. Faults are reported. */
export function draftPackages(found: IncludedFiles, drafting: Drafting): readonly DraftRequirement[] {
  const drafts = new Map<string, DraftPackage>()
  const constraints = readConstraints(found.constraints, drafting.report)
  return found.lines.flatMap((line) => {
    const asked = readLine(line, { found, constraints, drafting, report: reporterOf(line, drafting) })
    if (asked === undefined) return []
    const { name, version, located, marker, extras } = asked
    const key = [name, version, JSON.stringify(located.sources)].join('\n')
    const pkg = drafts.get(key) ?? drafting.packages.add({ name, version, ...located, where: whereOf(line) })
    drafts.set(key, pkg)
    return [{ pkg, marker, extras }]
  })
}

interface Reading {
  readonly found: IncludedFiles
  readonly constraints: Constraints
  readonly drafting: Drafting
  readonly report: Report
}

interface Asked {
  readonly name: string
  /** '' where only building it tells. */
  readonly version: string
  readonly located: Located
  readonly marker?: string | undefined
  readonly extras: readonly string[]
}

function reporterOf(line: FileLine, { report }: Drafting): Report {
  return (code, message, hint) => {
    report({ code, message, where: whereOf(line), hint })
    return undefined
  }
}

function whereOf({ file, line }: FileLine): Where {
  return { file, line }
}

function readLine(line: FileLine, reading: Reading): Asked | undefined {
  const [first] = line.options
  if (line.requirement === '' && first?.[0] === '--editable') return readPlain(first[1], line, reading, true)
  if (/^(?:\.|\/|~|[A-Za-z]:|file:|git\+|https?:\/\/|[^\s@;]*\/)/i.test(line.requirement)) {
    return readPlain(line.requirement, line, reading, false)
  }
  if (isFileName(line.requirement)) return readPlain(line.requirement, line, reading, false)
  const requirement = findRequirement(line, reading.drafting.report)
  if (requirement === undefined) return undefined
  const { url, markerText: marker } = requirement
  const name = normalizeName(requirement.name)
  const extras = requirement.extras.map(normalizeName)
  if (url !== undefined) {
    const placed = locateUrl(url, line, reading)
    return placed && { name, version: placed.version, located: placed.located, marker, extras }
  }
  const constraints = reading.constraints.get(name) ?? []
  const version = findPin(requirement, constraints, reading.report)
  const located = version === undefined ? undefined : locatePinned(name, line, constraints, reading)
  return version === undefined || located === undefined ? undefined : { name, version, located, marker, extras }
}

function locatePinned(
  name: string,
  line: FileLine,
  constraints: readonly Constraint[],
  reading: Reading,
): Located | undefined {
  const { index, otherIndexes, formats, hasHashes } = reading.found
  const form = formats.formOf(name)
  const file = (digests: readonly Digest[]): IndexedSource => ({
    kind: 'indexed',
    index,
    ...(otherIndexes.length === 0 ? {} : { others: otherIndexes }),
    ...(form === undefined ? {} : { form }),
    digests,
  })
  const own = hashesOf(line, reading)
  const digests = own.length > 0 ? own : constraints.flatMap((constraint) => hashesOf(constraint.line, reading))
  const sources = nonEmpty(digests.map((digest) => file([digest])))
  if (sources !== undefined) return { sources }
  if (line.options.some(([option]) => option === '--hash')) return undefined
  if (!hasHashes) return { sources: [file([])] }
  return reading.report('integrity-missing', `${shown(name)} has no --hash, and others have`, COMPILE)
}

/** `--hash=sha256:…`, any number of them. */
function hashesOf({ options }: FileLine, { report }: Reading): readonly Digest[] {
  return options.flatMap(([name, value]) => (name === '--hash' ? (readDigest(value, report) ?? []) : []))
}

/** A requirement that is only a URL or a path: its name stands in the file's name, in `#egg=`, or in the directory's manifest. */
function readPlain(text: string, line: FileLine, reading: Reading, isEditable: boolean): Asked | undefined {
  const [, target = '', marker] = /^(.*?)(?:\s+;\s*(.*))?$/s.exec(text) ?? []
  if (marker !== undefined && !isMarker(marker, line, reading)) return undefined
  const [, address = target, extraText = ''] = /^([^[\]]+)\[([\w\s,.-]*)\]$/.exec(target) ?? []
  const extras = extraText.split(',').flatMap((extra) => (extra.trim() === '' ? [] : [normalizeName(extra.trim())]))
  const isUrl = /^(?:git\+|https?:)/i.test(address)
  const placed = isUrl ? locateUrl(address, line, reading) : locatePath(address, line, reading)
  if (placed === undefined) return undefined
  const name = placed.name ?? eggOf(address)
  if (name === undefined) {
    return reading.report('name-invalid', `${shown(address)} does not say its name`, 'write: name @ URL')
  }
  const direct = isEditable ? { ...placed.located.direct, editable: true } : placed.located.direct
  return { name, version: placed.version, located: { ...placed.located, direct }, marker, extras }
}

function isMarker(text: string, line: FileLine, { drafting }: Reading): boolean {
  try {
    parseMarker(text, whereOf(line))
    return true
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    for (const problem of error.problems) drafting.report(problem)
    return false
  }
}

function eggOf(address: string): string | undefined {
  const egg = /[#&]egg=([\w.-]+)/.exec(address)?.[1]
  return egg === undefined ? undefined : normalizeName(egg)
}

interface Placed {
  readonly name?: string | undefined
  readonly version: string
  readonly located: Located
}

function locateUrl(text: string, line: FileLine, reading: Reading): Placed | undefined {
  const { report } = reading
  if (/^git\+/i.test(text)) {
    const [, url = '', rev, fragment = ''] = /^([^#]*?)(?:@([^@/#:]+))?(?:#(.*))?$/s.exec(text) ?? []
    const subdir = new URLSearchParams(fragment).get('subdirectory') ?? undefined
    const source = readGit({ url, rev, subdir }, report)
    // pip writes down what it was asked for, a commit too.
    return source && { version: '', located: { sources: [source], direct: { reference: source.rev } } }
  }
  if (/^file:/i.test(text)) return locatePath(text, line, reading)
  const archive = readArchiveUrl(text, report)
  if (archive === undefined) return undefined
  const fragment = archive.fragment.get('sha256')
  const claimed = fragment === null ? undefined : readDigest(`sha256:${fragment}`, report)
  const hashes = hashesOf(line, reading)
  const subdir = archive.fragment.get('subdirectory')
  const inside = subdir === null ? undefined : readPath(subdir, report)
  const digests = hashes.length > 0 ? hashes : claimed === undefined ? [] : [claimed]
  return {
    ...nameAndVersion(archive.fileName),
    located: {
      sources: [{ kind: 'archive', urls: [archive.url], digests }],
      direct: inside === undefined || inside === '' ? {} : { subdir: inside },
    },
  }
}

/** Relative to where pip is run, which is the project. */
function locatePath(text: string, line: FileLine, reading: Reading): Placed | undefined {
  const written = text.replace(/^file:(?!\/)/i, '').replace(/#.*$/s, '')
  const path = readNearPath(written, reading.report, reading.drafting.files)
  if (path === undefined) return undefined
  const fileName = path.slice(path.lastIndexOf('/') + 1)
  if (isFileName(fileName)) {
    const digests = hashesOf(line, reading)
    return {
      ...nameAndVersion(fileName),
      located: localArchive(path, digests),
    }
  }
  const { files, report } = reading.drafting
  const missing = findMissing(path, files, whereOf(line))
  if (missing !== undefined) return void report(missing)
  const project = findLocalProject(path, files)
  return {
    name: project?.name === undefined ? undefined : normalizeName(project.name),
    version: project?.version ?? '',
    located: localDirectory(path, {}),
  }
}
