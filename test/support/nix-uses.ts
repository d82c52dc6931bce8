/** How Nix tests use what was emitted: a program of a collection in a build of its own, a flake with the stand-in for nixpkgs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NixStore } from './nix.ts'

/** What a command prints in a build that has a package of the collection in a directory, and nothing else. */
export async function printsInSandbox(
  store: NixStore,
  { folder, name, command }: { readonly folder: string; readonly name: string; readonly command: string },
): Promise<string> {
  const use = join(folder, `use-${name}.nix`)
  writeFileSync(
    use,
    `{ pkgs ? import <nixpkgs> { } }: {
      ran = pkgs.stdenv.mkDerivation {
        name = "ran";
        nativeBuildInputs = [ (import ./. { inherit pkgs; }).packages."${name}" ];
        buildCommand = "HOME=$TMPDIR ${command} > $out";
      };
    }`,
  )
  return readFileSync(await store.build(use, 'ran'), 'utf8')
}

/** A command of Nix on a flake; throws with Nix's words. */
export async function runFlake(store: NixStore, command: string, args: readonly string[]): Promise<string> {
  const nixpkgs = ['--override-input', 'nixpkgs', `path:${store.nixpkgs}`, '--no-write-lock-file']
  const words = [...nixpkgs, '--option', 'substitute', 'true', ...args]
  const { status, stdout, stderr } = await store.run(`nix ${command}`, words)
  if (status !== 0) throw new Error(stderr)
  return stdout
}
