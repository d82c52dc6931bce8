/** `update --latest`: the manifests of a project with raised ranges, and a copy of the project that has them, for a tool to resolve. */
import { basename, join } from 'node:path'
import { copyWithNeighbours } from '../io/copy-neighbours.ts'
import { saveAll } from '../io/save.ts'
import { withScratch } from '../io/scratch.ts'
import type { RaisedManifests } from '../model/raise.ts'
import { fail } from '../problem.ts'
import { inResolveWorld, type FoundResolver, type ProjectResolveRequest } from './resolve-project.ts'

/** Throws `usage` for an ecosystem whose manifests are not rewritten, and what the manifests and the network give. */
export async function raiseProject(
  request: ProjectResolveRequest,
  found: FoundResolver,
  names: 'all' | readonly string[],
): Promise<RaisedManifests> {
  const { loadRaise, name, manifest } = found.ecosystem
  if (loadRaise === undefined) {
    return fail({
      code: 'usage',
      message: `--latest does not rewrite the ranges of ${name} projects`,
      hint: `raise them in ${manifest.file} yourself, and type \`lock2build update\``,
    })
  }
  const [raise, resolve] = await Promise.all([loadRaise(), found.resolver.load()])
  return inResolveWorld(request, found, (asked, world) => raise(asked, world, names, resolve))
}

/** `use` gets the directory of the copy, which is gone afterwards; the project itself where nothing was raised. */
export function withRaised<T>(
  directory: string,
  { files }: RaisedManifests,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  if (files.size === 0) return use(directory)
  return withScratch('update', async (scratch) => {
    // npm calls a project without a name after its directory.
    const { directory: copy } = await copyWithNeighbours(directory, join(scratch, basename(directory)))
    saveAll(
      copy,
      [...files].map(([path, text]) => ({ path, text, owner: 'user' as const })),
      { force: true },
    )
    return use(copy)
  })
}
