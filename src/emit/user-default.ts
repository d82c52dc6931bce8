/** The user's own default.nix: written once, every setting shown as a comment. Nothing of the project goes into it. */

export interface EcosystemSettings {
  readonly name: string
  /** Lines of Nix comments, one setting each. */
  readonly settings: string
}

/** With one ecosystem its settings stand directly in the call, with several under their names. */
export function userDefault(ecosystems: readonly EcosystemSettings[]): string {
  const [only, ...others] = ecosystems
  const settings =
    only !== undefined && others.length === 0
      ? indent(only.settings, 2)
      : ecosystems.map((each) => `  ${each.name} = {\n${indent(each.settings, 4)}  };\n`).join('\n')
  return `${opening}${settings}}\n`
}

const opening = `# How this project is built. Yours to edit: lock2build wrote it once and does not touch it again.
#   nix-build -A package | nodeModules | tarball | sources        nix-shell -A shell
{ pkgs ? import <nixpkgs> { } }:

import ./lock2build {
  inherit pkgs;

`

function indent(lines: string, by: number): string {
  return lines
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(by) + line))
    .join('\n')
}
