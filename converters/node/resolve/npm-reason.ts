/** npm resolves what names no other package manager. */
import type { ResolverProject } from '../../../src/model/resolver.ts'
import { findNamedManager } from '../package-managers.ts'

export function findNpmReason({ files }: ResolverProject): string | undefined {
  if (files.find('package.json') === undefined) return undefined
  const named = findNamedManager({ files })
  if (named === undefined) return 'package.json names no other package manager'
  return named.word === 'npm' ? 'package.json names npm' : undefined
}
