/** Tools that make Nix expressions of lock files which lock2build cannot read: worth a word, so that nobody takes them for done. */
import type { MigrationProject } from '../model/migration.ts'
import type { Problem } from '../problem.ts'

/** File → what it belongs to. */
const files: Readonly<Record<string, string>> = {
  'php-packages.nix': 'composer2nix (PHP)',
  'composer-env.nix': 'composer2nix (PHP)',
  'gemset.nix': 'bundix (Ruby)',
  'Cargo.nix': 'crate2nix (Rust)',
  'gomod2nix.toml': 'gomod2nix (Go)',
  'deps.nix': 'a list of dependencies that another tool wrote',
}

export function foreignTools({ nix, names }: MigrationProject): readonly Problem[] {
  const found = [...new Set([...nix.map(({ path }) => path), ...names])].sort()
  return found.flatMap((file) => {
    const tool = files[file.slice(file.lastIndexOf('/') + 1)]
    if (tool === undefined) return []
    const message = `it belongs to ${tool}, whose lock file lock2build does not read: it stays as it is`
    return [{ code: 'source-unsupported', message, where: { file } }]
  })
}
