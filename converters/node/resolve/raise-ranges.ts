/** `update --latest`: the ranges of package.json that do not allow the newest release of a package, raised to it. */
import type { RaisedManifests, RaisedRange } from '../../../src/model/raise.ts'
import type { ResolveRequest, ResolveWorld } from '../../../src/model/resolver.ts'
import { fail, shown } from '../../../src/problem.ts'
import { readNpmConfig } from '../npmrc.ts'
import { getRegistry } from '../registry.ts'
import { satisfies } from '../semver-range.ts'
import { parseSpec, pickManifest } from './npm-modules.ts'
import { npmOptions } from './npm-options.ts'
import { packuments } from './packuments.ts'
import { readManifests, type ProjectManifest } from './project-manifests.ts'

/** Peers say what others may bring along: raising them is no update. */
const kinds = ['dependencies', 'devDependencies', 'optionalDependencies']

export async function raiseRanges(
  request: ResolveRequest,
  world: ResolveWorld,
  names: 'all' | readonly string[],
): Promise<RaisedManifests> {
  const manifests = readManifests(request.files)
  const findLatest = latestVersions(request, world)
  const members = new Set(manifests.map((manifest) => manifest.name))
  const isWanted = ({ name }: Asked) => !members.has(name) && (names === 'all' || names.includes(name))
  const wanted = manifests.flatMap(rangesOf).filter(isWanted)
  const raised = await Promise.all(
    wanted.map(async (range): Promise<readonly Raised[]> => {
      const version = await findLatest(range.name)
      const to = version === undefined ? undefined : raise(range.from, version)
      return to === undefined ? [] : [{ ...range, to }]
    }),
  )
  const ranges = raised.flat()
  return {
    files: rewrite(ranges, request),
    ranges: ranges.map(({ file, name, from, to }) => ({ file, name, from, to })),
  }
}

interface Raised extends RaisedRange {
  readonly line: number
}

type Asked = Omit<Raised, 'to'>

/** Those of the registry that are ranges: no tag, alias, URL, nor member of the workspace. */
function rangesOf({ file, fields }: ProjectManifest): readonly Asked[] {
  return kinds.flatMap((kind) => {
    const table = fields.object(kind)
    return (table?.keys() ?? []).flatMap((name): readonly Asked[] => {
      const from = table?.text(name) ?? ''
      const { type } = parseSpec.resolve(name, from)
      if (from.trim() === '' || (type !== 'range' && type !== 'version')) return []
      return [{ file, name, from, line: table?.where(name).line ?? 1 }]
    })
  })
}

/** What the tag `latest` means, or meant at the time that `before` names. undefined: the registry has no such package. */
function latestVersions(request: ResolveRequest, world: ResolveWorld): (name: string) => Promise<string | undefined> {
  const { registries } = readNpmConfig(request)
  const options = npmOptions(request, world)
  const documents = packuments(world)
  const find = async (name: string): Promise<string | undefined> => {
    const { escapedName } = parseSpec.resolve(name, 'latest')
    const url = `${getRegistry(registries, name).replace(/\/+$/, '')}/${escapedName ?? name}`
    const picked = pickManifest(await documents.fetch(url), 'latest', options)
    const version = typeof picked === 'object' && picked !== null && 'version' in picked ? picked.version : undefined
    return typeof version === 'string' ? version : undefined
  }
  const known = new Map<string, Promise<string | undefined>>()
  return (name) => {
    const found = known.get(name) ?? find(name)
    known.set(name, found)
    return found
  }
}

/** With the operator that it had, if it is one of the usual ones. undefined: the range allows it, or what it asks for is newer. */
function raise(range: string, version: string): string | undefined {
  if (satisfies(version, range) !== false) return undefined
  const operator = /^(?:\^|~|)(?=\s*[v=]?\d+(?:\.\d+){0,2}(?:-[\w.-]+)?$)/.exec(range.trim())?.[0] ?? '^'
  const isNewer = satisfies(version, `>${lowest(range)}`) !== false
  return isNewer ? `${operator}${version}` : undefined
}

/** The first version that a range names. */
function lowest(range: string): string {
  return /\d+(?:\.\d+){0,2}(?:-[\w.-]+)?/.exec(range)?.[0] ?? '0.0.0'
}

/** Byte for byte but for the ranges: what asks for the same elsewhere (a peer) stays. */
function rewrite(ranges: readonly Raised[], { files }: ResolveRequest): ReadonlyMap<string, string> {
  const lines = new Map<string, string[]>()
  for (const { file, line, name, from, to } of ranges) {
    const text = lines.get(file) ?? (files.find(file) ?? '').split('\n')
    lines.set(file, text)
    const before = text[line - 1] ?? ''
    const asked = new RegExp(`(${patternOf(name)}\\s*:\\s*)${patternOf(from)}`)
    const after = before.replace(asked, (_, head: string) => head + JSON.stringify(to))
    if (after === before) failSpelling(file, name)
    text[line - 1] = after
  }
  return new Map([...lines].map(([file, text]) => [file, text.join('\n')]))
}

function patternOf(text: string): string {
  return JSON.stringify(text).replace(/[$()*+.?[\\\]^{|}/-]/g, '\\$&')
}

/** The same text may be written with escapes, which nobody does. */
function failSpelling(file: string, name: string): never {
  return fail({
    code: 'manifest-mismatch',
    message: `the range of ${shown(name)} is spelled in a way that cannot be rewritten`,
    where: { file },
    hint: 'write it without escapes',
  })
}
