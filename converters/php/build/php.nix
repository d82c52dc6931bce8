# The builds of a PHP project. The same text in every project: what differs is in spec.json, and no string of it becomes code.
#
# Of nixpkgs it uses what project.nix lists, what is listed here, and nothing else.
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
  inherit (builtins) attrNames attrValues baseNameOf filter head isPath isString length match replaceStrings stringLength substring;
  inherit (import ./project.nix { inherit pkgs part systems root; }) projectName storeName versionSuffix checkedSystem sources linkFarm
    inProject nearProject isSource runJob;

  inherit (part) plan;
  shim = ./php-shim.php;

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

  # ---- What a build needs ----

  packagesFor = isDev: map packageOf (filter (id: isDev || !(plan.packages.${id}.dev or false)) (attrNames plan.packages));
  packageOf = id:
    let pkg = plan.packages.${id}; in
    { inherit (pkg) name version; } // (
      if pkg ? directory then { path = pkg.directory; } // besideOf pkg.directory
      else if pkg ? reference then { inherit (pkg) reference; directory = "${sources.${id}}"; }
      else { inherit (pkg) type; urls = if pkg ? url then [ pkg.url ] else part.sources.${id}.urls; file = "${sources.${id}}"; }
    );

  # A path repository that is none of the project's own files.
  besideOf = path:
    let from = nearProject path; in
    if match "\\.\\./.*" path == null then { }
    else { from = builtins.path { name = "directory"; path = from; filter = isSource from [ "node_modules" ]; }; };

  # The project's own files, or what of them the dependencies need.
  tree = { only ? null }:
    if !(isPath src) then "${src}"
    else builtins.path { name = "${projectName}-source"; path = src; filter = path: type: isOurs path type && (only == null || isKept only path type); };
  isOurs = path: type:
    let at = relative path; in
    at == plan.lock || within at plan.lock
    || isSource src [ "node_modules" ] path type && at != plan.vendorDir && at != "auth.json" && !(within "lock2build" at);
  isKept = paths: path: type:
    let at = relative path; in
    filter (kept: kept == at || within kept at || type == "directory" && within at kept) paths != [ ];
  within = directory: path: let size = stringLength directory; in substring 0 (size + 1) path == "${directory}/";
  relative = path: substring (stringLength (toString src) + 1) (stringLength path) path;
  dependencySource = tree (if plan.scansProject or false then { } else { only = [ "composer.json" plan.lock ] ++ paths; });
  paths = filter isString (map (pkg: pkg.directory or null) (attrValues plan.packages));
  # ---- Derivations: each runs one command of the shim on a job file ----

  runShim = { name, command, isDev, job, passthru ? { }, meta ? { } }: builtins.seq checkedSystem (runJob {
    inherit name passthru meta;
    job = job // { packages = packagesFor isDev; };
    nativeBuildInputs = [ (phpFor isDev) pkgs.unzip ] ++ nativeBuildInputs;
    commands = [ ''${phpFor isDev}/bin/php ${shim} ${command} "$NIX_BUILD_TOP/job.json"'' ];
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
    job = installing false // { project = tree { }; inherit scripts; inherit (plan) bin; name = projectName; php = interpreter; }
      // (if part ? env then { inherit (part) env; } else { });
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

  allSources = linkFarm { paths = sources; };
in
{
  inherit package vendor shell;
  sources = allSources;

  # What a flake offers as packages.
  packages = { default = package; inherit package vendor; sources = allSources; };
}
