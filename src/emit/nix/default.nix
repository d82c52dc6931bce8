# Reads spec.json and gives what can be built: package, shell, sources, nodeModules or pythonEnv, … Written by lock2build; not to be edited.
{ pkgs ? import <nixpkgs> { }
  # The project directory.
, root ? ./..
  # Settings of an ecosystem stand under its name, or right here when there is only one.
, ...
}@arguments:

let
  inherit (builtins) attrNames filter fromJSON head length mapAttrs match readFile removeAttrs toJSON;

  spec = fromJSON (readFile ./spec.json);
  names = attrNames spec.ecosystems;
  isSingle = length names == 1;

  ecosystems = mapAttrs
    (name: part:
      if match "[a-z]+" name == null then throw "lock2build: spec.json: ${toJSON name} is not an ecosystem"
      else import (./. + "/${name}.nix") ({
        inherit pkgs root part;
        inherit (spec) systems;
        spec = ./spec.json;
      } // settings name))
    spec.ecosystems;
  # An interpreter may be called as its ecosystem is: `python = pkgs.python312;` is a setting, and no set of them.
  isSection = name: arguments ? ${name} && (arguments.${name}.type or null) != "derivation";
  others = removeAttrs arguments ([ "pkgs" "root" ] ++ filter isSection names);
  settings = name:
    (if isSingle then others else builtins.intersectAttrs { src = null; } others)
    // (if isSection name then arguments.${name} else { });
  stray = attrNames (removeAttrs others [ "src" ]);
in
if spec.lock2build != 1 then
  throw "lock2build: spec.json has format ${toJSON spec.lock2build} and these files read format 1; run lock2build again"
else if !isSingle && stray != [ ] then
  throw "lock2build: say which of ${toJSON names} the setting ${toJSON (head stray)} is for: ${head names}.${head stray} = …"
else
  ecosystems // (if isSingle then ecosystems.${head names} else { })
