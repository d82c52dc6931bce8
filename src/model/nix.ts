/** Nix files that somebody wrote, as far as they are understood without evaluating them. */

export interface NixToken {
  /** `string`: with its quotes and everything that is interpolated in it. `path`: also `<nixpkgs>` and a bare URL. */
  readonly kind: 'word' | 'string' | 'path' | 'number' | 'symbol'
  readonly text: string
  /** Where it begins in the text. */
  readonly at: number
}

export interface NixCall {
  /** As it is written, with what stands before its last dot: `pnpm_9.fetchDeps`. */
  readonly path: readonly string[]
  /** Counted from 1. */
  readonly line: number
  /** By name, as far as it is plain: `env.FOO` has its dots. Those of `inherit` have their own name as value. */
  readonly attributes: ReadonlyMap<string, NixValue>
}

export interface NixValue {
  /** The expression as it is written. */
  readonly text: string
  readonly tokens: readonly NixToken[]
  readonly line: number
}

export interface NixText {
  readonly text: string
  readonly tokens: readonly NixToken[]
  /** Names that the file's function takes: from pkgs, if `callPackage` calls it. */
  readonly formals: ReadonlySet<string>
  /** By the index of an opening bracket, the index of the one that closes it. */
  readonly ends: ReadonlyMap<number, number>
  lineAt(offset: number): number
}
