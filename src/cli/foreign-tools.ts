/**
 * Tools that make Nix expressions of lock files which no converter reads: worth a word, so that nobody takes them for done. What they
 * wrote stays as it is, and goes on working.
 */
import type { FoundUse, MigrationProject, NixFile } from '../model/migration.ts'
import type { Problem } from '../problem.ts'
import { findCalls } from '../text/nix-calls.ts'

export interface ForeignUse extends FoundUse {
  /** What its ecosystem has instead. */
  readonly hint: string
}

interface ForeignTool {
  readonly tool: string
  readonly hint: string
}

const composer2nix: ForeignTool = {
  tool: 'composer2nix (PHP)',
  hint: 'it goes on working; nixpkgs builds what composer.lock names by `php.buildComposerProject2`',
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
  'php-packages.nix': [composer2nix, 'the packages of composer.lock'],
  'composer-env.nix': [composer2nix, 'the functions that build them'],
  'gemset.nix': [bundix, 'the packages of Gemfile.lock'],
  'Cargo.nix': [crate2nix, 'the packages of Cargo.lock'],
  'gomod2nix.toml': [gomod2nix, 'the packages of go.sum'],
  'deps.nix': [unnamed, 'a list of dependencies'],
}

/** Sorted by file. */
export function findForeignUses({ nix, names }: MigrationProject): readonly ForeignUse[] {
  const found = nix.flatMap(ofComposer2nix)
  const known = new Set(found.map(({ where }) => where.file))
  const others = [...new Set([...nix.map(({ path }) => path), ...names])].filter((file) => !known.has(file))
  return [...found, ...others.flatMap(ofName)].sort((a, b) => (a.where.file < b.where.file ? -1 : 1))
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

/** Its three files, whatever they are called: `composerEnv` is the name that it gives its functions in all of them. */
function ofComposer2nix(file: NixFile): readonly ForeignUse[] {
  const at = (line: number, what: string): ForeignUse => ({ ...composer2nix, what, where: { file: file.path, line } })
  if (file.text.startsWith('# This file originates from composer2nix')) {
    return [at(1, 'the functions that build PHP packages')]
  }
  const calls = findCalls(file, (path) => path.join('.') === 'composerEnv.buildPackage')
  const count = findCalls(file, (path) => path.join('.') === 'composerEnv.buildZipPackage').length
  const built = calls.map(({ line }) => at(line, `a call of composerEnv.buildPackage, with ${count} archives`))
  const composed = /\bcomposerEnv = import (\S+)/.exec(file.text)
  return composed === null ? built : [...built, at(file.lineAt(composed.index), 'what puts its files together')]
}
