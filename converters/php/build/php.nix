# The builds of a PHP project. The same text in every project: what differs is in spec.json, and no string of it becomes code.
#
# Of nixpkgs it uses what is listed here and nothing else.
#   stdenv.mkDerivation   name, buildCommand, passAsFile, strictDeps, nativeBuildInputs, passthru, meta, preferLocalBuild
#                         pkgs/stdenv/generic/make-derivation.nix, setup.sh (with buildCommand no phase runs, hence no fixup)
#   stdenv.hostPlatform   system                                    lib/systems/default.nix
#   fetchurl              name, urls, hash                          pkgs/build-support/fetchurl/default.nix
#   fetchgit              name, url, rev, hash, fetchSubmodules, deepClone, leaveDotGit    pkgs/build-support/fetchgit/default.nix
#   mkShell               name, nativeBuildInputs, shellHook        pkgs/build-support/mkshell/default.nix
#   php                   bin/php, .withExtensions ({ enabled, all }: …), .packages.composer
#                         pkgs/development/interpreters/php/generic.nix, pkgs/top-level/php-packages.nix
#   unzip                 bin/unzip: what Composer unpacks archives with                pkgs/tools/archivers/unzip
{ pkgs
  # spec.json, this ecosystem's part of it, and the systems it was made for.
, spec
, part
, systems
  # The project directory. Local archives are taken from it one by one.
, root
  # What the application is built from. A path is filtered; anything else is taken as it is.
, src ? root
, php ? pkgs.php
  # Of all extensions that there are, further ones.
, extensions ? (all: [ ])
  # Null: the one that belongs to this PHP.
, composer ? null
  # false: what only development needs is neither in `vendor` nor in `shell`. The application never has it.
, dev ? !(builtins.elem "dev" part.omit)
, scripts ? true
, plugins ? true
, nativeBuildInputs ? [ ]
}:

let
  inherit (builtins) attrNames attrValues baseNameOf concatLists concatStringsSep elem filter groupBy head isPath isString length listToAttrs
    mapAttrs match placeholder replaceStrings split stringLength substring toJSON;

  inherit (part) plan;
  shim = ./php-shim.php;
  system = pkgs.stdenv.hostPlatform.system;
  projectName = storeName (part.project.name or "project");

  # ---- PHP with what composer.lock asks for ----

  # What is built into PHP has no package of its own; of what is missing here Composer says that it is.
  phpWith = names: php.withExtensions ({ enabled, all }:
    enabled
    ++ map (name: all.${name}) (filter (name: all ? ${name}) (map extensionName names))
    ++ extensions all);
  extensionName = name: if name == "zend-opcache" then "opcache" else replaceStrings [ "-" ] [ "_" ] name;
  phps = {
    prod = phpWith plan.extensions.prod;
    dev = phpWith (plan.extensions.prod ++ plan.extensions.dev);
  };
  phpFor = isDev: if isDev then phps.dev else phps.prod;
  composerFor = isDev: if composer != null then composer else (phpFor isDev).packages.composer;

  # ---- Sources: fixed outputs, only those that a build needs ----

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
    else builtins.path { inherit (source) name; path = inProject source.path; };

  packagesFor = isDev: map packageOf (filter (id: isDev || !(plan.packages.${id}.dev or false)) (attrNames plan.packages));
  packageOf = id:
    let pkg = plan.packages.${id}; in
    { inherit (pkg) name version; } // (
      if pkg ? directory then { path = pkg.directory; }
      else if pkg ? reference then { inherit (pkg) reference; directory = "${sources.${id}}"; }
      else { inherit (pkg) type; urls = if pkg ? url then [ pkg.url ] else part.sources.${id}.urls; file = "${sources.${id}}"; }
    );

  # The project's own files, or what of them the dependencies need.
  tree = { only ? null }:
    if !(isPath src) then "${src}"
    else builtins.path { name = "${projectName}-source"; path = src; filter = path: type: isSource path type && (only == null || isKept only path type); };
  # What is made from the sources, and what describes the build but is no part of the application.
  isSource = path: type:
    let name = baseNameOf path; at = relative path; isTop = at == name; in
    at == plan.lock || within at plan.lock
    || !(elem name [ ".git" "node_modules" ]
      || at == plan.vendorDir
      || match "lock2build/.*" at != null
      || type == "symlink" && isTop && match "result(-.*)?" name != null
      || isTop && elem name [ "auth.json" "lock2build" "lock2build.nix" "default.nix" "flake.nix" "flake.lock" ]);
  isKept = paths: path: type:
    let at = relative path; in
    filter (kept: kept == at || within kept at || type == "directory" && within at kept) paths != [ ];
  within = directory: path: let size = stringLength directory; in substring 0 (size + 1) path == "${directory}/";
  relative = path: substring (stringLength (toString src) + 1) (stringLength path) path;
  dependencySource = tree (if plan.scansProject or false then { } else { only = [ "composer.json" plan.lock ] ++ paths; });
  paths = filter isString (map (pkg: pkg.directory or null) (attrValues plan.packages));
  inProject = path:
    if match "(.*/)?\\.\\.(/.*)?|/.*" path != null then fail "spec.json: ${toJSON path} leaves the project"
    else root + "/${path}";

  # ---- Derivations: each runs one command of the shim on a job file ----

  runShim = { name, command, isDev, job, passthru ? { }, meta ? { } }: checkedSystem (pkgs.stdenv.mkDerivation {
    inherit name passthru meta;
    # Not in the environment, where a string has at most 128 KiB. passAsFile would be ignored with structured attributes.
    job = toJSON (job // { packages = packagesFor isDev; out = placeholder "out"; });
    passAsFile = [ "job" ];
    __structuredAttrs = false;
    strictDeps = true;
    nativeBuildInputs = [ (phpFor isDev) pkgs.unzip ] ++ nativeBuildInputs;
    # The job's last two fields are known here only.
    buildCommand = ''
      export HOME="$NIX_BUILD_TOP/home"
      mkdir -p "$HOME"
      cores="''${NIX_BUILD_CORES:-1}"
      printf '{"work":"%s/work","workers":%s,' "$NIX_BUILD_TOP" "$((cores > 0 ? cores : 1))" > "$NIX_BUILD_TOP/job.json"
      tail -c +2 "$jobPath" >> "$NIX_BUILD_TOP/job.json"
      ${phpFor isDev}/bin/php ${shim} ${command} "$NIX_BUILD_TOP/job.json"
    '';
  });

  installing = isDev: {
    composer = "${composerFor isDev}/bin/composer";
    inherit (plan) lock vendorDir;
    dev = isDev;
    inherit plugins;
  };

  # The dependencies, as Composer leaves them; the project's own scripts are not run.
  vendor = runShim {
    name = "${projectName}-vendor";
    command = "vendor";
    isDev = dev;
    job = installing dev // { project = dependencySource; scripts = false; };
  };

  # The project with what it needs to run, below share/php; its programs are started by this PHP.
  package = packageWith "${phps.prod}/bin/php";
  packageWith = interpreter: runShim {
    name = "${projectName}${versionSuffix part.project}";
    command = "package";
    isDev = false;
    job = installing false // { project = tree { }; inherit scripts; inherit (plan) bin; name = projectName; php = interpreter; };
    # Started by whatever PHP there is: the same everywhere.
    passthru = if interpreter == "php" then { } else { pristine = packageWith "php"; php = phps.prod; };
    meta = if length plan.bin == 1 then { mainProgram = programName (head plan.bin); } else { };
  };
  programName = path: replaceStrings [ ".php" ] [ "" ] (baseNameOf path);

  # Composer needs no network here: what composer.lock names is in its cache.
  shell = pkgs.mkShell {
    name = "${projectName}-shell";
    nativeBuildInputs = [ (phpFor dev) (composerFor dev) pkgs.unzip ] ++ nativeBuildInputs;
    shellHook = ''
      export COMPOSER_CACHE_DIR="${cache}" COMPOSER_CACHE_READ_ONLY=1
      export PATH="$PWD/${plainVendorDir}/bin:$PATH"
    '';
  };
  # It becomes a part of a shell's code.
  plainVendorDir = if match "[A-Za-z0-9._/-]+" plan.vendorDir != null then plan.vendorDir else "vendor";
  cache = runShim {
    name = "${projectName}-composer-cache";
    command = "cache";
    isDev = dev;
    job = { };
  };

  # One directory with a link to every source, under its name; under its whole store name where several are called the same.
  linkFarm = pkgs.stdenv.mkDerivation {
    name = "${projectName}-sources";
    links = concatStringsSep "" (concatLists (attrValues (mapAttrs
      (name: keys: map (key: "${sources.${key}} ${if length keys == 1 then name else storeFile sources.${key}}\n") keys)
      (groupBy (key: part.sources.${key}.name) (attrNames part.sources)))));
    passAsFile = [ "links" ];
    __structuredAttrs = false;
    # Elsewhere, every source would have to be sent first.
    preferLocalBuild = true;
    buildCommand = ''
      mkdir "$out"
      while read -r path name; do ln -s "$path" "$out/$name"; done < "$linksPath"
    '';
  };
  storeFile = path: baseNameOf (builtins.unsafeDiscardStringContext "${path}");

  # ---- Words and names ----

  fail = message: throw "lock2build: ${message}";
  quoted = names: concatStringsSep ", " (map toJSON names);
  checkedSystem = built:
    if elem system systems then built
    else fail "spec.json was made for ${quoted systems}; for this machine type: lock2build --system ${system}";
  # What is left of a name when everything that cannot stand in a store name is gone.
  storeName = text:
    let words = filter (word: isString word && word != "") (split "[^A-Za-z0-9+._?=-]+|^[^A-Za-z0-9]+" text);
    in if words == [ ] then "project" else substring 0 100 (concatStringsSep "-" words);
  versionSuffix = from: if isString (from.version or null) then "-" + storeName from.version else "";
  checkedGit = url:
    if match "[A-Za-z0-9][A-Za-z0-9@:/.~_%+=-]*" url != null then url
    else fail "spec.json: ${toJSON url} is not an address git should be given";
in
{
  inherit package vendor shell;
  sources = linkFarm;

  # What a flake offers as packages.
  packages = { default = package; inherit package vendor; sources = linkFarm; };
}
