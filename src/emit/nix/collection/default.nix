# Reads spec.json and gives every package of the collection: prettier, "prettier-3.4.2", … Written by lock2build; not to be edited.
{ pkgs ? import <nixpkgs> { }
  # By attribute, settings of single packages; those of an ecosystem stand under its name.
, packages ? { }
, ...
}@arguments:

let
  inherit (builtins) attrNames attrValues concatLists concatMap concatStringsSep elem filter foldl' fromJSON head intersectAttrs isAttrs isList isString
    listToAttrs mapAttrs match readFile removeAttrs split toFile toJSON;

  spec = fromJSON (readFile ./spec.json);
  inherit (spec) collection systems;

  # What an ecosystem's file gives, by attribute.
  built = foldAttrs (attrValues (mapAttrs
    (ecosystem: { packages, sources }:
      if match "[a-z]+" ecosystem == null then throw "lock2build: spec.json: ${toJSON ecosystem} is not an ecosystem"
      else mapAttrs (name: entry: build ecosystem name entry (sources // (entry.sources or { }))) packages)
    collection));
  build = ecosystem: name: entry: sources:
    let
      # Only what its own plan names: nothing that another package changes can change this one.
      part = removeAttrs entry [ "supplements" ] // { sources = intersectAttrs (named (namesIn entry.plan)) sources; };
      own = (arguments.${ecosystem} or { }) // (packages.${name} or { });
      supplements = map (other: tools.${other}) (entry.supplements or [ ]);
    in
    import (./. + "/${ecosystem}.nix") ({
      inherit pkgs part systems;
      spec = toFile "spec.json" (toJSON { inherit (spec) lock2build; inherit systems; ecosystems.${ecosystem} = part; });
      root = ./packages + "/${checkedName name}";
    } // own // { nativeBuildInputs = supplements ++ own.nativeBuildInputs or [ ]; });
  namesIn = value:
    if isString value then [ value ]
    else if isList value then concatMap namesIn value
    else if isAttrs value then attrNames value ++ concatMap namesIn (attrValues value)
    else [ ];

  tools = mapAttrs (_: it: it.tool) built;
  # nix-build and nix-env pass over names with other characters: for them @scope/tool is scope-tool, too.
  plain = foldl'
    (others: name:
      let words = filter (word: isString word && word != "") (split "[^A-Za-z0-9_+-]+" name); in
      if match plainName name != null then others
      else others // { ${freeName others (concatStringsSep "-" words)} = tools.${name}; })
    { }
    (attrNames tools);
  plainName = "[A-Za-z_][A-Za-z0-9_+-]*";
  # @a/b-c and @a-b/c are the same without their marks: the second one is _a-b-c.
  freeName = others: name:
    if match plainName name != null && !(tools ? ${name}) && !(others ? ${name}) then name else freeName others "_${name}";
  # "prettier-3.4.2", where no package is called so.
  versioned = listToAttrs (concatLists (attrValues (mapAttrs
    (_: each: concatMap
      (name:
        let version = each.packages.${name}.project.version or null; in
        if version == null then [ ] else [{ name = "${name}-${version}"; value = tools.${name}; }])
      (attrNames each.packages))
    collection)));

  # One directory with a link to every source, under the name of the package that needs it.
  sources = pkgs.stdenv.mkDerivation {
    name = "collection-sources";
    links = concatLists (map (name: [ name "${built.${name}.sources}" ]) (attrNames built));
    __structuredAttrs = false;
    preferLocalBuild = true;
    buildCommand = ''
      mkdir "$out"
      set -- $links
      while [ "$#" -gt 1 ]; do
        mkdir -p "$(dirname "$out/$1")"
        ln -s "$2" "$out/$1"
        shift 2
      done
    '';
  };

  named = names: listToAttrs (map (name: { inherit name; value = null; }) names);
  foldAttrs = sets: listToAttrs (concatMap (set: map (name: { inherit name; value = set.${name}; }) (attrNames set)) sets);
  checkedName = name:
    if match "(@[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)?[A-Za-z0-9_~-][A-Za-z0-9._~-]*" name != null then name
    else throw "lock2build: spec.json: ${toJSON name} is not the name of a package";
  known = attrNames tools;
  stray = filter (name: !(elem name ([ "pkgs" "packages" ] ++ attrNames collection))) (attrNames arguments);
  unknown = filter (name: !(elem name known)) (attrNames packages);
in
if spec.lock2build != 1 then
  throw "lock2build: spec.json has format ${toJSON spec.lock2build} and these files read format 1; run lock2build again"
else if stray != [ ] then
  throw "lock2build: a collection has no setting ${toJSON (head stray)}: write node.${head stray} or packages.NAME.${head stray}"
else if unknown != [ ] then
  throw "lock2build: packages: the collection has no ${toJSON (head unknown)}"
else
  plain // versioned // tools // { inherit sources; packages = tools; }
