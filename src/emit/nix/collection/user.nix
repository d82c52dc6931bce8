# How the packages of this collection are built. Yours to edit: lock2build wrote it once and does not touch it again.
#   nix-build -A packages.NAME        nix-env -f . -iA NAME        nix-build -A sources
{ pkgs ? import <nixpkgs> { } }:

import ./lock2build {
  inherit pkgs;

  # Of all packages of one ecosystem:
  # node.nodejs = pkgs.nodejs_22;
  # python.python = pkgs.python312;
  # Of one package:
  # packages.NAME = {
  #   buildInputs = [ pkgs.vips ];                # libraries for what it compiles; nativeBuildInputs: tools
  #   overrides.sharp = { env.CXXFLAGS = "-O2"; };  # further: buildInputs, nativeBuildInputs, patches, src, …
  # };
}
