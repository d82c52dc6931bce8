# This collection as a flake. Yours to edit: lock2build wrote it once and does not touch it again.
#   nix build .#NAME        nix run .#NAME        nix flake check
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      inherit (builtins.fromJSON (builtins.readFile ./lock2build/spec.json)) systems;
      collection = system: import ./default.nix { pkgs = import nixpkgs { inherit system; }; };
      forSystems = choose: builtins.listToAttrs (map (system: { name = system; value = choose (collection system); }) systems);
    in
    {
      packages = forSystems (it: it.packages);
      checks = forSystems (it: it.packages);
    };
}
