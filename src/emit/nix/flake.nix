# This project as a flake. Yours to edit: lock2build wrote it once and does not touch it again.
#   nix build        nix build .#sources        nix develop        nix flake check
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      inherit (builtins.fromJSON (builtins.readFile ./lock2build/spec.json)) systems;
      project = system: import ./default.nix { pkgs = import nixpkgs { inherit system; }; };
      forSystems = choose: builtins.listToAttrs (map (system: { name = system; value = choose (project system); }) systems);
    in
    {
      packages = forSystems (it: it.packages);
      devShells = forSystems (it: { default = it.shell; });
      checks = forSystems (it: { inherit (it) package; });
    };
}
