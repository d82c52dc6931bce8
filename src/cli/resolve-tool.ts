/** Locks a package of a collection: its small project stands in a temporary directory, and is resolved there like any other. */
import { withManifests } from '../io/scratch.ts'
import { fail } from '../problem.ts'
import type { ResolveTool } from './derive-collection.ts'
import { findResolvers, resolveProject, type ProjectResolveRequest } from './resolve-project.ts'

export type ToolResolverOptions = Pick<
  ProjectResolveRequest,
  'environment' | 'registry' | 'before' | 'offline' | 'progress'
>

export function toolResolver(options: ToolResolverOptions): ResolveTool {
  return (ecosystem, files) =>
    withManifests(files, async (directory) => {
      const request = { ...options, directory, omit: [], isGlobal: true }
      const found = (await findResolvers(request)).find((each) => each.ecosystem.name === ecosystem.name)
      if (found === undefined) {
        return fail({ code: 'nothing-here', message: `no tool that resolves packages of ${ecosystem.name} is there` })
      }
      return (await resolveProject(request, found)).resolution.files
    })
}
