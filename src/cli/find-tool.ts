/** The tool that recipes of a kind are run with: the one that an option names, or the one that there is. */
import { resolve } from 'node:path'
import { findNodeTool, type BuildTool } from '../build/build-tool.ts'
import { findPhpTool } from '../build/php-tool.ts'
import { findPythonTool } from '../build/python-tool.ts'
import type { ToolName } from '../model/recipe.ts'
import { baseDirectory } from './base-directory.ts'
import type { BuildRequest } from './commands/build.ts'

/** Throws `usage` for a path that is none, `io` when there is none. */
export function findTool({ invocation, cache }: Pick<BuildRequest, 'invocation' | 'cache'>, name: ToolName): BuildTool {
  const { line, environment } = invocation
  const value = line.values[name]
  const chosen = typeof value === 'string' ? resolve(baseDirectory(line), value) : undefined
  const request = { chosen, environment, cache }
  switch (name) {
    case 'node':
      return findNodeTool(request)
    case 'python':
      return findPythonTool(request)
    case 'php':
      return findPhpTool(request)
  }
}
