/**
 * Whether a pyproject.toml still asks for what uv.lock was made for. `[package.metadata]` holds what was asked for: names and
 * specifiers, of the package, its extras and its groups.
 */
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { normalizeName } from '../../standards/name.ts'
import { findSpecifiers, type Specifier } from '../../standards/specifier.ts'
import { printVersion, type Version } from '../../standards/version.ts'
import { readAsks, type Ask } from '../ask.ts'
import { readMarker, readSpecifiers } from '../packages.ts'
import { findManifest, type Manifest } from '../pyproject.ts'

/** A difference is a problem of the entry. */
export function checkManifest(entry: Fields, directory: string, files: ProjectFiles): void {
  const manifest = findManifest(files, directory)
  if (manifest === undefined || manifest.dynamic.includes('dependencies')) return
  const metadata = entry.object('metadata')
  const isProject = ({ group }: Ask) => group === undefined || group.startsWith('extra:')
  const main = manifest.asks.filter(isProject)
  const found =
    compare(main, metadata?.objects('requires-dist') ?? [], manifest.dynamic.includes('optional-dependencies')) ??
    compareGroups(manifest, metadata?.object('requires-dev'))
  if (found !== undefined) {
    entry.addProblem('manifest-mismatch', `${manifest.file} ${found}`, { hint: 'run uv lock' })
  }
}

function compareGroups({ asks, project, fields }: Manifest, locked: Fields | undefined): string | undefined {
  const keys = new Map((locked?.keys() ?? []).map((key) => [normalizeName(key), key]))
  const uv = fields.object('tool')?.object('uv')
  const old = uv === undefined ? [] : readAsks(uv, 'dev-dependencies', 'dev')
  for (const name of new Set([...project.groups, ...old.map(() => 'dev')])) {
    const key = keys.get(name)
    const own = [...asks, ...old].filter(({ group }) => group === name)
    const difference = compare(own, key === undefined ? [] : (locked?.objects(key) ?? []), key === undefined)
    if (difference !== undefined) return difference
  }
  return undefined
}

/** What differs, as the end of a sentence; undefined when nothing does. `isPartial`: the list may hold more than is asked for. */
function compare(asks: readonly Ask[], locked: readonly Fields[], isPartial: boolean): string | undefined {
  const known = new Map<string, Set<string | undefined>>()
  for (const one of locked) {
    readMarker(one, 'marker')
    readSpecifiers(one, 'specifier')
    const name = normalizeName(one.text('name') ?? '')
    const ranges = known.get(name) ?? new Set()
    known.set(
      name,
      ranges.add(elsewhere.some((key) => one.has(key)) ? undefined : canonical(one.text('specifier') ?? '')),
    )
  }
  for (const { name, range, url } of asks) {
    const ranges = known.get(name)
    if (ranges === undefined) return `asks for ${shown(name)}, which is not locked`
    if (url !== undefined || ranges.has(undefined) || ranges.has(canonical(range ?? ''))) continue
    return `asks for ${shown(`${name}${range ?? ''}`)}, and another range of versions is locked`
  }
  const asked = new Set(asks.map(({ name }) => name))
  const unused = isPartial ? undefined : [...known.keys()].find((name) => !asked.has(name))
  return unused === undefined ? undefined : `does not ask for ${shown(unused)} any more`
}

/** Where `tool.uv.sources` says where it comes from. */
const elsewhere = ['path', 'url', 'git', 'directory', 'editable', 'virtual']

/** One spelling of what means the same. */
function canonical(range: string): string {
  const specifiers = findSpecifiers(range) ?? []
  return specifiers.map(spelling).sort().join(',')
}

/** `>=3.8` is `>=3.8.0`; but `~=3.8` is not `~=3.8.0`, nor `==3.8.*` `==3.8.0.*`. */
function spelling(specifier: Specifier): string {
  if (specifier.operator === '===') return `===${specifier.text}`
  const { operator, version, isPrefix } = specifier
  if (isPrefix) return `${operator}${printVersion(version)}.*`
  return `${operator}${printVersion(operator === '~=' ? version : withoutTrailingZeros(version))}`
}

function withoutTrailingZeros(version: Version): Version {
  const [first, ...rest] = version.release
  const last = rest.findLastIndex((number) => number !== 0)
  return { ...version, release: [first, ...rest.slice(0, last + 1)] }
}
