/**
 * Tools that make Nix expressions of lock files which no converter reads: worth a word, so that nobody takes them for done. What they
 * wrote stays as it is, and goes on working.
 */
import type { FoundUse, MigrationProject } from '../model/migration.ts'
import type { Problem } from '../problem.ts'

export interface ForeignUse extends FoundUse {
  /** What its ecosystem has instead. */
  readonly hint: string
}

interface ForeignTool {
  readonly tool: string
  readonly hint: string
}

const bundix: ForeignTool = {
  tool: 'bundix (Ruby)',
  hint: 'it goes on working, with `bundlerEnv` of nixpkgs',
}
const crate2nix: ForeignTool = {
  tool: 'crate2nix (Rust)',
  hint: 'it goes on working; nixpkgs builds what Cargo.lock names by `rustPlatform.buildRustPackage`',
}
const gomod2nix: ForeignTool = {
  tool: 'gomod2nix (Go)',
  hint: 'it goes on working; nixpkgs builds what go.sum names by `buildGoModule`',
}
const unnamed: ForeignTool = { tool: 'another tool', hint: 'it goes on working' }

/** By the names that these tools give their files, unless somebody chose others. */
const byName: Readonly<Record<string, readonly [ForeignTool, what: string]>> = {
  'gemset.nix': [bundix, 'the packages of Gemfile.lock'],
  'Cargo.nix': [crate2nix, 'the packages of Cargo.lock'],
  'gomod2nix.toml': [gomod2nix, 'the packages of go.sum'],
  'deps.nix': [unnamed, 'a list of dependencies'],
}

/** Sorted by file. */
export function findForeignUses({ nix, names }: MigrationProject): readonly ForeignUse[] {
  const files = [...new Set([...nix.map(({ path }) => path), ...names])].sort()
  return files.flatMap(ofName)
}

export function foreignProblem({ tool, what, where, hint }: ForeignUse): Problem {
  const message = `${tool}: ${what}; lock2build has no converter for that, and leaves it as it is`
  return { code: 'source-unsupported', message, where, hint }
}

function ofName(file: string): readonly ForeignUse[] {
  const name = file.slice(file.lastIndexOf('/') + 1)
  if (!Object.hasOwn(byName, name)) return []
  const [tool, what] = byName[name] ?? [unnamed, '']
  return [{ ...tool, what, where: { file } }]
}
