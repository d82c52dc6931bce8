# What the builds of every ecosystem share: the project's sources and files, names, and how a shim is run. The same text in every project:
# what differs is in spec.json, and no string of it becomes code.
#
# Of nixpkgs it uses what is listed here and nothing else; each was read in the named files of NixOS/nixpkgs.
#   stdenv.mkDerivation   name, buildCommand, passAsFile, strictDeps, nativeBuildInputs, buildInputs, passthru, meta, preferLocalBuild
#                         pkgs/stdenv/generic/make-derivation.nix, setup.sh (with buildCommand no phase runs, hence no fixup)
#   stdenv.hostPlatform   system                                    lib/systems/default.nix
#   fetchurl              name, urls, hash                          pkgs/build-support/fetchurl/default.nix
#   fetchgit              name, url, rev, hash, fetchSubmodules (default: true), deepClone, leaveDotGit
#                         pkgs/build-support/fetchgit/default.nix, nix-prefetch-git
{ pkgs
  # The ecosystem's part of spec.json, and the systems it was made for.
, part
, systems
  # The project directory.
, root
}:

let
  inherit (builtins) any attrNames attrValues baseNameOf concatLists concatStringsSep elem elemAt filter genList groupBy head isAttrs isPath
    isString length listToAttrs mapAttrs match pathExists placeholder split storeDir stringLength substring toJSON;

  # ---- Words and names ----

  fail = message: throw "lock2build: ${message}";
  quoted = names: concatStringsSep ", " (map toJSON names);
  distinct = names: attrNames (listToAttrs (map (name: { inherit name; value = null; }) names));
  # Paths go to the store, as they do in an interpolation; booleans and numbers become text.
  toText = value: if isPath value || isString value || isAttrs value then "${value}" else toString value;
  # What is left of a name when everything that cannot stand in a store name is gone: @scope/name gives scope-name.
  storeName = text:
    let words = filter (word: isString word && word != "") (split "[^A-Za-z0-9+._?=-]+|^[^A-Za-z0-9]+" text);
    in if words == [ ] then "project" else substring 0 100 (concatStringsSep "-" words);
  versionSuffix = from: if isString (from.version or null) then "-" + storeName from.version else "";
  projectName = storeName (part.project.name or "project");

  system = pkgs.stdenv.hostPlatform.system;
  checkedSystem =
    if elem system systems then system
    else fail "spec.json was made for ${quoted systems}; for this machine type: lock2build --system ${system}";

  # ---- Sources: fixed outputs, only those that a build names ----

  sources = mapAttrs (_: fetch) part.sources;
  fetch = source:
    if source ? urls then pkgs.fetchurl { inherit (source) name urls hash; }
    else if source ? git then pkgs.fetchgit {
      inherit (source) name rev hash;
      # nix-prefetch-git evaluates its arguments as shell code.
      url = checkedGit source.git;
      fetchSubmodules = false;
      deepClone = false;
      leaveDotGit = false;
    }
    else builtins.path { inherit (source) name; path = nearProject source.path; };
  checkedGit = url:
    if match "[A-Za-z0-9][A-Za-z0-9@:/.~_%+=-]*" url != null then url
    else fail "spec.json: ${toJSON url} is not an address git should be given";

  # Paths by the sources' keys → one directory with a link to each, under its name; under its whole store name where several are called
  # the same.
  linkFarm = { paths, nativeBuildInputs ? [ ], buildCommand ? linkEach }: pkgs.stdenv.mkDerivation {
    name = "${projectName}-sources";
    links = concatStringsSep "" (concatLists (attrValues (mapAttrs
      (name: keys: map (key: "${paths.${key}} ${if length keys == 1 then name else storeFile paths.${key}}\n") keys)
      (groupBy (key: part.sources.${key}.name) (attrNames paths)))));
    passAsFile = [ "links" ];
    __structuredAttrs = false;
    # Elsewhere, every source would have to be sent first.
    preferLocalBuild = true;
    inherit nativeBuildInputs buildCommand;
  };
  linkEach = ''
    mkdir "$out"
    while read -r path name; do ln -sfn "$path" "$out/$name"; done < "$linksPath"
  '';
  storeFile = path: baseNameOf (builtins.unsafeDiscardStringContext "${path}");

  # ---- Files of the project ----

  inProject = below root;
  below = directory: path:
    if match "(.*/)?\\.\\.(/.*)?|/.*" path != null then fail "spec.json: ${toJSON path} leaves the project"
    else directory + "/${path}";

  # What may also stand beside the project (`../lib`): in the git repository that holds both, or in the same copy of one in the store.
  nearProject = path:
    let
      found = match "((\\.\\./)+)(.*)" "${path}/";
      count = stringLength (head found) / 3;
    in
    if found == null then inProject path
    else if !(isHeld count) then fail "spec.json: ${toJSON path} leaves the project, and no git repository holds both"
    else below (above count) (head (match "(.*[^/]|)/*" (elemAt found 2)));
  above = count: if count == 0 then root else dirOf (above (count - 1));
  isHeld = count:
    if inStore root then inStore (above count)
    else !(any (level: isRepository (above level)) (genList (level: level) count)) && hasRepository (above count);
  hasRepository = directory: isRepository directory || directory != dirOf directory && hasRepository (dirOf directory);
  isRepository = directory: pathExists (directory + "/.git");
  # A store may itself stand in some directory (`--store`).
  inStore = directory: match ".*${storeDir}/[^/]+(/.*)?" (toString directory) != null;

  # Not what is made from the sources (`made`: names, wherever they are), nor what describes the build but is no part of the application.
  isSource = from: made: path: type:
    let name = baseNameOf path; top = elem (dirOf path) [ (toString from) (toString root) ]; in
    !(elem name made || name == ".git"
      || type == "symlink" && top && match "result(-.*)?" name != null
      || top && elem name [ "lock2build" "lock2build.nix" "default.nix" "flake.nix" "flake.lock" ]);

  # ---- Running a shim ----

  # A derivation of commands that read a job, the file "$NIX_BUILD_TOP/job.json".
  runJob = { name, commands, job, nativeBuildInputs, buildInputs ? [ ], passthru ? { }, meta ? { } }: pkgs.stdenv.mkDerivation {
    inherit name nativeBuildInputs buildInputs passthru meta;
    # Not in the environment, where a string has at most 128 KiB. passAsFile would be ignored with structured attributes.
    job = toJSON (job // { out = placeholder "out"; });
    passAsFile = [ "job" ];
    __structuredAttrs = false;
    strictDeps = true;
    # The job's last two fields are known here only.
    buildCommand = ''
      export HOME="$NIX_BUILD_TOP/home"
      mkdir -p "$HOME"
      cores="''${NIX_BUILD_CORES:-1}"
      printf '{"work":"%s/work","workers":%s,' "$NIX_BUILD_TOP" "$((cores > 0 ? cores : 1))" > "$NIX_BUILD_TOP/job.json"
      tail -c +2 "$jobPath" >> "$NIX_BUILD_TOP/job.json"
      ${concatStringsSep "\n" commands}
    '';
  };
in
{
  inherit fail quoted distinct toText storeName versionSuffix projectName;
  inherit system checkedSystem sources linkFarm inProject nearProject isSource runJob;
}
