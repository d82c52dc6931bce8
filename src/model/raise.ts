/** Ranges of a project's manifests, raised to what is newest. */
import type { Resolve, ResolveRequest, ResolveWorld } from './resolver.ts'

/**
 * `names`: of what the project itself asks for; others are passed over. What a range allows already is left as it is, where ours is the
 * choice. `resolve`: by the tool whose project it is. Throws what the manifests, the tool and the network give, and `usage` for manifests
 * that are not rewritten.
 */
export type RaiseRanges = (
  request: ResolveRequest,
  world: ResolveWorld,
  names: 'all' | readonly string[],
  resolve: Resolve,
) => Promise<RaisedManifests>

export interface RaisedManifests {
  /** Manifests that change: project-relative path → text. */
  readonly files: ReadonlyMap<string, string>
  /** In the order of the manifests. */
  readonly ranges: readonly RaisedRange[]
}

export interface RaisedRange {
  /** The manifest. */
  readonly file: string
  readonly name: string
  readonly from: string
  readonly to: string
}
