/**
 * What a build by Nix would fetch, brought into the Nix store before: many at once, where Nix takes one after the other. Nix is asked
 * what it would do, so that nothing is fetched for a build that is there already, or that takes a source from elsewhere.
 */
import { nixFeed } from '../fetch/nix-feed.ts'
import { nixStorePath } from '../fetch/stored-source.ts'
import { findSourceKey } from '../fetch/source-key.ts'
import { runNix } from '../io/nix-process.ts'
import { isThere } from '../io/surroundings.ts'
import { thisSystem } from '../io/this-system.ts'
import type { BuildSpec, SpecSource } from '../spec/build-spec.ts'
import { sourceStore } from '../store/source-store.ts'
import type { BuildRequest } from './commands/build.ts'
import { fetchParts, neededParts, type NeededPart } from './needed-sources.ts'
import { counted, type Line } from './printable.ts'

/** `file`: what Nix builds. Throws what fetching throws, and `nix`. Gives what there is to say. */
export async function seedNix(request: BuildRequest, file: string, spec: BuildSpec): Promise<readonly Line[]> {
  const needed = await neededParts(spec, { systems: [thisSystem()], omit: [] })
  if (needed.every(({ sources }) => [...sources.values()].every(isInStore))) return []
  const names = await fetchWantedNames(request, file)
  const parts = needed.map((part) => onlyNamed(part, names))
  if (parts.every(({ sources }) => sources.size === 0)) return []
  return [await seed(request, parts)]
}

async function seed({ invocation, settings, cache }: BuildRequest, parts: readonly NeededPart[]): Promise<Line> {
  const { directory, environment, progress } = invocation
  const onProgress = (done: number, total: number) => progress.show('adding to the Nix store', done, total)
  const feed = nixFeed({ environment, cacheDirectory: cache, onProgress })
  try {
    await fetchParts(parts, {
      store: sourceStore(cache),
      directory,
      environment,
      registry: settings.registry,
      offline: settings.offline ?? false,
      progress,
      onStored: feed.offer,
    })
    const { added } = await feed.finish()
    return [`added ${counted(added, 'source')} to the Nix store`]
  } finally {
    await feed.abandon()
  }
}

/** A look at the usual place only; when it is wrong, Nix is asked. */
function isInStore(source: SpecSource): boolean {
  const key = findSourceKey(source)
  return key === undefined || isThere(nixStorePath({ ...key, name: source.name }))
}

/** Names of what Nix would build, the fetches among it. */
async function fetchWantedNames({ invocation, attribute }: BuildRequest, file: string): Promise<ReadonlySet<string>> {
  const args = ['--dry-run', '--option', 'substitute', 'false', file, '-A', attribute]
  const said: string[] = []
  await runNix('nix-build', args, { environment: invocation.environment, onMessage: (line) => said.push(line) })
  return new Set(said.flatMap((line) => /^ *\/\S+\/[0-9a-z]{32}-(\S+)\.drv$/.exec(line)?.[1] ?? []))
}

function onlyNamed(part: NeededPart, names: ReadonlySet<string>): NeededPart {
  return { ...part, sources: new Map([...part.sources].filter(([, { name }]) => names.has(name))) }
}
