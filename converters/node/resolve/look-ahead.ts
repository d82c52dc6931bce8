/**
 * Asks for the documents that a resolution will need before it does. npm's resolver goes through the tree package by package
 * and waits for each one's dependencies; walking over the ranges alone, many documents are under way at once. What is found
 * decides nothing: it only stands ready when the resolver comes to it.
 */
import { getRegistry } from '../registry.ts'
import type { Registries } from '../registry.ts'
import { isRecord } from './explanation.ts'
import { parseSpec, pickManifest } from './npm-modules.ts'
import type { NpmOptions } from './npm-options.ts'
import type { Packuments } from './packuments.ts'

export interface LookAhead {
  readonly packuments: Packuments
  readonly registries: Registries
  readonly options: NpmOptions
}

/** `asks`: names and what package.json says of them. Returns at once; whatever fails will fail again where it matters. */
export function lookAhead(asks: Iterable<readonly [name: string, spec: string]>, world: LookAhead): void {
  const seen = new Set<string>()
  const visit = async (name: string, spec: string): Promise<void> => {
    const key = `${name}@${spec}`
    if (seen.has(key)) return
    seen.add(key)
    const manifest = await findManifest(name, spec, world)
    if (manifest === undefined) return
    const id = `${String(manifest['name'])}@${String(manifest['version'])}`
    if (seen.has(`#${id}`)) return
    seen.add(`#${id}`)
    for (const [dependency, range] of dependenciesOf(manifest, world.options)) void visit(dependency, range)
  }
  for (const [name, spec] of asks) void visit(name, spec)
}

type Manifest = Readonly<Record<string, unknown>>

async function findManifest(
  name: string,
  text: string,
  { packuments, registries, options }: LookAhead,
): Promise<Manifest | undefined> {
  try {
    const parsed = parseSpec.resolve(name, text)
    const spec = parsed.subSpec ?? parsed
    if (spec.registry !== true || spec.name === null) return undefined
    const url = `${getRegistry(registries, spec.name).replace(/\/+$/, '')}/${spec.escapedName ?? spec.name}`
    const picked = pickManifest(await packuments.fetch(url), spec.fetchSpec ?? '', options)
    return isRecord(picked) ? picked : undefined
  } catch {
    return undefined
  }
}

/** Peers are installed, too, unless they are optional or nobody wants them. */
function dependenciesOf(manifest: Manifest, options: NpmOptions): readonly (readonly [string, string])[] {
  const meta = manifest['peerDependenciesMeta']
  const isOptional = (name: string) => isRecord(meta) && isRecord(meta[name]) && meta[name]['optional'] === true
  const peers = options['legacyPeerDeps'] === true ? [] : entriesOf(manifest['peerDependencies'])
  return [
    ...entriesOf(manifest['dependencies']),
    ...entriesOf(manifest['optionalDependencies']),
    ...peers.filter(([name]) => !isOptional(name)),
  ]
}

/** Those of a manifest's dependencies that are texts. */
function entriesOf(value: unknown): readonly (readonly [string, string])[] {
  const entries = isRecord(value) ? Object.entries(value) : []
  return entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}
