/** The user's own default.nix: written once, every setting shown as a comment. Nothing of the project goes into it. */

export interface EcosystemSettings {
  readonly name: string
  /** What can be built, in the order in which it is shown. */
  readonly attributes: readonly string[]
  /** Lines of Nix comments, one setting each. */
  readonly settings: string
}

/** With one ecosystem its settings stand directly in the call, with several under their names. */
export function userDefault(ecosystems: readonly EcosystemSettings[]): string {
  const [only, ...others] = ecosystems
  const isSingle = only !== undefined && others.length === 0
  const commands = ecosystems.map((each) => commandsOf(each, isSingle ? '' : `${each.name}.`)).join('')
  const settings = isSingle
    ? indent(only.settings, 2)
    : ecosystems.map((each) => `  ${each.name} = {\n${indent(each.settings, 4)}  };\n`).join('\n')
  return `${TITLE}${commands}${CALL}${settings}}\n`
}

const TITLE = '# How this project is built. Yours to edit: lock2build wrote it once and does not touch it again.\n'

const CALL = `{ pkgs ? import <nixpkgs> { } }:

import ./lock2build {
  inherit pkgs;

`

function commandsOf({ attributes }: EcosystemSettings, prefix: string): string {
  const names = attributes.map((name) => prefix + name).join(' | ')
  return `#   nix-build -A ${names}        nix-shell -A ${prefix}shell\n`
}

function indent(lines: string, by: number): string {
  return lines
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(by) + line))
    .join('\n')
}
