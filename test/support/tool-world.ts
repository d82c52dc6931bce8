/** A project's resolver with the real world at hand, below the command line: programs from the PATH that a test gives it. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../src/io/find-program.ts'
import { listFileNames, projectFiles } from '../../src/io/project-files.ts'
import { resolveClock } from '../../src/io/resolve-clock.ts'
import { toolRunner } from '../../src/io/run-tool.ts'
import type { ResolverProject, ResolveRequest, ResolveWorld } from '../../src/model/resolver.ts'

export interface ToolWorldOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly offline?: boolean
}

export interface ToolWorld {
  readonly request: ResolveRequest
  readonly world: ResolveWorld
  readonly project: ResolverProject
}

export function toolWorld(
  directory: string,
  { environment = process.env, offline = false }: ToolWorldOptions = {},
): ToolWorld {
  const files = projectFiles(directory)
  const fileNames = () => listFileNames(directory)
  const find = (name: string) => findProgram(name, environment)
  const scratch = mkdtempSync(join(tmpdir(), 'resolve-'))
  const never = () => {
    throw new Error('no tool asks for this')
  }
  return {
    request: { directory, files, fileNames, userConfig: [], environment, omit: [], offline },
    project: { files, fileNames, findProgram: find },
    world: {
      scratch,
      cache: never,
      documents: { fetch: never, fetchDigest: never },
      notes: { find: never, save: never },
      clock: resolveClock,
      readConfigured: never,
      findProgram: find,
      runTool: toolRunner({ directory, scratch, environment, offline }),
      progress: () => {},
    },
  }
}
