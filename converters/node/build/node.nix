# The builds of an npm project. The same text in every project: what differs is in spec.json, and no string of it becomes code.
#
# Of nixpkgs it uses what project.nix lists, what is listed here, and nothing else; each was read in the named files of NixOS/nixpkgs.
#   stdenv.hostPlatform   isDarwin                                  lib/systems/default.nix
#   mkShell               name, nativeBuildInputs, buildInputs, shellHook           pkgs/build-support/mkshell/default.nix
#   nodejs                bin/node, lib/node_modules/npm/bin/npm-cli.js, include/node, .python
#                         pkgs/development/web/nodejs/nodejs.nix, symlink.nix (setup-hook.sh sets NODE_PATH)
#   python3, cctools      what node-gyp asks for                    pkgs/build-support/node/build-npm-package/default.nix
#   bun                   bin/bun, where there is one               pkgs/by-name/bu/bun/package.nix
{ pkgs
  # spec.json, this ecosystem's part of it, and the systems it was made for.
, spec
, part
, systems
  # The project directory. Manifests and local archives are taken from it one by one.
, root
  # What the application is built from. A path is filtered; anything else is taken as it is.
, src ? root
, nodejs ? pkgs.nodejs
  # false: development dependencies are left out.
, dev ? true
  # More to leave out, in npm's words: "optional", "peer".
, omit ? [ ]
  # By package name or name@version: { src, patches, preInstall, env, scripts, buildInputs, nativeBuildInputs }.
, overrides ? { }
, npmFlags ? [ ]
  # false: what package.json (and those of workspace members) has npm run at every installation, postinstall and prepare, is not run.
, installScripts ? true
  # Script of package.json that builds the application. null: none.
, buildScript ? "build"
, buildInputs ? [ ]
, nativeBuildInputs ? [ ]
}:

let
  inherit (builtins) any attrNames attrValues concatMap elem elemAt filter foldl' fromJSON genList head intersectAttrs isAttrs isPath
    isString length listToAttrs mapAttrs match pathExists readFile sort stringLength substring toFile toJSON;
  project = import ./project.nix { inherit pkgs part systems root; };
  inherit (project) fail quoted distinct toText storeName versionSuffix projectName linkFarm inProject nearProject isSource runJob;

  inherit (part) plan;
  system = project.checkedSystem;
  shim = ./node-shim.mjs;

  # ---- Sources: fixed outputs, only those that this system and this choice of dependencies need ----

  # The shim selects by the same rule. devOptional goes only when both kinds are left out, as in npm.
  isOmitted = left: flags:
    elem "dev" flags && elem "dev" left
    || elem "optional" flags && elem "optional" left
    || elem "peer" flags && elem "peer" left
    || elem "devOptional" flags && elem "dev" left && elem "optional" left;
  pathsFor = left: filter
    (path:
      let place = plan.places.${path};
      in (place ? systems -> elem system place.systems) && (place ? flags -> !(isOmitted left place.flags)))
    (attrNames plan.places);
  # Source key → store path.
  sourcesAt = paths: listToAttrs (concatMap
    (path:
      let name = plan.places.${path}.source or null;
      in if name == null then [ ] else [{ inherit name; value = "${sources.${name}}"; }])
    paths);
  sources = project.sources // replacements;

  # The package manager itself, when it is not npm.
  manager = plan.manager or { };
  managerJob = if manager ? source then { manager = "${sources.${manager.source}}"; } else { };

  # A manifest is an input of its own: no other edit of the project reinstalls its dependencies.
  manifestOf = dir: inProject (if dir == "" then "package.json" else "${dir}/package.json");
  manifests = mapAttrs (dir: _: builtins.path { name = "package.json"; path = manifestOf dir; }) plan.local;
  patchesAt = paths: listToAttrs (map
    (path: { name = path; value = builtins.path { name = "project.patch"; path = inProject path; }; })
    (concatMap (path: plan.places.${path}.patches or [ ]) paths));
  # A directory that is copied, without what is installed in it.
  directoriesAt = paths: listToAttrs (concatMap
    (path:
      let name = plan.places.${path}.copy or null;
      in if name == null then [ ] else [{
        inherit name;
        value = directoryAt name;
      }])
    paths);
  directoryAt = path: builtins.path {
    name = "directory";
    path = nearProject path;
    filter = inner: _: ! elem (baseNameOf inner) [ "node_modules" ".git" ];
  };
  # What else of the project installing needs: the lock file, configuration.
  managerFiles = listToAttrs (map
    (path: { name = path; value = builtins.path { name = "project-file"; path = inProject path; }; })
    (manager.files or [ ]))
  // listToAttrs (map (path: { name = path; value = directoryAt path; }) (manager.directories or [ ]));

  # ---- Overrides ----

  settings = [ "src" "patches" "preInstall" "env" "scripts" "buildInputs" "nativeBuildInputs" ];
  checkedOverrides = mapAttrs
    (selector: override:
      let unknown = filter (name: !(elem name settings)) (attrNames override);
      in
      if !(isKnown selector) then fail "overrides: no package is called ${toJSON selector}${suggestions selector}"
      else if unknown != [ ] then fail "overrides.${toJSON selector}: ${quoted unknown} is none of ${quoted settings}"
      else override)
    overrides;
  # What the shim does of it; the rest is done here.
  shimOverrides = mapAttrs
    (_: override: intersectAttrs { patches = null; preInstall = null; scripts = null; } override
      // (if override ? env then { env = mapAttrs (_: toText) override.env; } else { }))
    checkedOverrides;
  replacements = foldl'
    (found: selector:
      let keys = if checkedOverrides.${selector} ? src then filter (selects selector) (attrNames part.sources) else [ ];
      in found // listToAttrs (map (name: { inherit name; value = checkedOverrides.${selector}.src; }) keys))
    { }
    (attrNames checkedOverrides);
  fromOverrides = name: concatMap (override: override.${name} or [ ]) (attrValues checkedOverrides);

  # Keys of sources are name@version, or name@version#qualifier.
  selects = selector: key: key == selector || startsWith "${selector}@" key || startsWith "${selector}#" key;
  isKnown = selector: elem selector knownNames || filter (selects selector) (attrNames part.sources) != [ ];
  knownNames = distinct (concatMap nameInKey (attrNames part.sources) ++ concatMap nameInPath (attrNames plan.places));
  nameInKey = key: let found = match "(@?[^@]+)@.*" key; in if found == null then [ ] else found;
  nameInPath = path:
    let found = match "(.*/)?node_modules/((@[^/]+/)?[^/]+)" path; in if found == null then [ ] else [ (elemAt found 1) ];
  suggestions = selector:
    let
      measured = map (name: { inherit name; far = distance selector name; }) knownNames;
      near = filter (one: one.far <= 1 + stringLength selector / 4) measured;
      best = map (one: one.name) (sort (a: b: a.far < b.far) near);
    in
    if best == [ ] then "" else "; did you mean ${quoted (genList (elemAt best) (min 3 (length best)))}?";

  # ---- Derivations: each runs one command of the shim on a job file ----

  runShim = { name, command, job, inputs ? [ ], passthru ? { }, meta ? { } }: runJob {
    inherit name passthru meta;
    job = job // { inherit npmFlags; spec = specFile; npm = npmCli; nodedir = "${nodejs}"; };
    nativeBuildInputs = [ nodejs ] ++ inputs ++ nativeBuildInputs ++ fromOverrides "nativeBuildInputs";
    buildInputs = buildInputs ++ fromOverrides "buildInputs";
    # nodejs' setup hook puts npm's own dependencies on NODE_PATH.
    commands = [ "unset NODE_PATH" ''node ${shim} ${command} "$NIX_BUILD_TOP/job.json"'' ];
  };
  # Jobs hold the variables that the project sets: another value of one installs nothing anew.
  specFile =
    if part ? env then toFile "spec.json" (toJSON { lock2build = 1; inherit systems; ecosystems.node = removeAttrs part [ "env" ]; })
    # Of a package of a collection: a text in the store already.
    else if isPath spec then builtins.path { name = "spec.json"; path = spec; } else spec;
  npmCli = "${nodejs}/lib/node_modules/npm/bin/npm-cli.js";

  # node-gyp's needs, where something may compile. Locks of npm 6 and older do not say what has scripts.
  compilerInputs = paths: if plan ? scripts || any (path: plan.places.${path} ? scripts) paths then compilers else [ ];
  compilers = [ (nodejs.python or pkgs.python3) ]
    ++ (if pkgs.stdenv.hostPlatform.isDarwin then [ (pkgs.cctools or pkgs.darwin.cctools) ] else [ ]);
  # The project, or a member of its, is an addon itself.
  isAddon = installScripts && any (dir: pathExists (inProject (if dir == "" then "binding.gyp" else "${dir}/binding.gyp")))
    (attrNames plan.local);

  # out/node_modules, and out/<dir>/node_modules for local directories that have one.
  # With tool: what `npm install -g` leaves of that package.
  install = { left, shebangs, tool ? null }: let paths = pathsFor left; in runShim {
    name =
      if tool == null then "${projectName}-node-modules${if elem "dev" left then "-production" else ""}"
      else projectName + versionSuffix part.project;
    command = "install";
    inputs = compilerInputs paths ++ (if manager.installs or false then bunInputs else [ ]);
    job = {
      inherit system shebangs manifests;
      omit = left;
      sources = sourcesAt paths;
      replaced = attrNames replacements;
      overrides = shimOverrides;
      patches = patchesAt paths;
      files = managerFiles;
      directories = directoriesAt paths;
      # Overrides may write into packages.
      sealed = overrides == { };
      # npm is asked when the shim cannot tell, and whenever something was changed.
      check = if overrides == { } then "own" else null;
    } // (if manager.installs or false then managerJob else { }) // (if tool == null then { } else { inherit tool; });
    passthru = {
      # As npm leaves it: interpreters are not patched.
      pristine = install { inherit left tool; shebangs = "pristine"; };
      # Without development dependencies; the same derivation where there are none.
      production = install { inherit shebangs tool; left = productionOmit left; };
    };
  };
  productionOmit = left: let less = distinct (left ++ [ "dev" ]); in if pathsFor less == pathsFor left then left else less;
  leftOut = distinct (part.omit ++ map checkedOmit omit ++ (if dev then [ ] else [ "dev" ]));
  nodeModules = install { left = leftOut; shebangs = "patched"; };
  tool = install { left = leftOut; shebangs = "patched"; tool = part.project.name; };

  # The project itself (dir: ""), or a workspace member.
  application = dir:
    let
      manifest = fromJSON (readFile (manifestOf dir));
      name = manifest.name or projectName;
      bin = manifest.bin or null;
      programs = if isString bin then [ (lastWord name) ] else if isAttrs bin then attrNames bin else [ ];
      build = suffix: command: passthru: runShim {
        name = storeName name + versionSuffix manifest + suffix;
        inherit command passthru;
        inputs = (if isAddon then compilers else compilerInputs (pathsFor leftOut)) ++ bunInputs;
        job = {
          src = sourceTree;
          modules = "${nodeModules}";
          productionModules = "${nodeModules.production}";
          member = if dir == "" then null else dir;
          inherit installScripts;
          omit = leftOut;
          buildScript = scriptOf manifest;
        } // (if part ? env then { inherit (part) env; } else { }) // managerJob;
        meta = if length programs == 1 then { mainProgram = head programs; } else { };
      };
    in
    build "" "package" { tarball = build "-tarball" "pack" { }; };
  # The registry's Bun looks for the loader of another distribution; so build scripts that start it get the one of nixpkgs.
  bunInputs = if manager ? binaries && pkgs ? bun then [ pkgs.bun ] else [ ];
  scriptOf = manifest:
    if buildScript == null || (manifest.scripts or { }) ? ${buildScript} then buildScript
    else if buildScript == "build" then null
    else fail "buildScript: package.json of ${toJSON (manifest.name or "the project")} has no script ${toJSON buildScript}";
  sourceTree =
    if !(isPath src) then "${src}"
    else builtins.path { name = "${projectName}-source"; path = src; filter = isSource src [ "node_modules" ]; };

  package = application "";
  workspaces = listToAttrs (map
    (dir: { name = plan.local.${dir}.name or dir; value = application dir; })
    (filter (dir: plan.local.${dir}.workspace or false) (attrNames plan.local)));

  allSources = linkFarm {
    paths = sourcesAt (pathsFor leftOut)
      // (if manager ? source then { ${manager.source} = "${sources.${manager.source}}"; } else { });
    nativeBuildInputs = [ nodejs ];
    # One process, where ln would be a thousand. Two keys may stand for the same file.
    buildCommand = ''
      node -e '
        const { mkdirSync, readFileSync, symlinkSync } = require("fs")
        const { linksPath, out } = process.env
        mkdirSync(out)
        for (const line of new Set(readFileSync(linksPath, "utf8").split("\n"))) {
          const [path, name] = line.split(" ")
          if (name !== undefined) symlinkSync(path, `''${out}/''${name}`)
        }
      '
    '';
  };

  shell = pkgs.mkShell {
    name = "${projectName}-shell";
    nativeBuildInputs = [ nodejs ] ++ compilerInputs (pathsFor leftOut) ++ nativeBuildInputs ++ fromOverrides "nativeBuildInputs";
    buildInputs = buildInputs ++ fromOverrides "buildInputs";
    shellHook = ''
      ${nodejs}/bin/node ${shim} shell ${shellJob}
      export PATH="$PWD/node_modules/.bin:$PATH"
    '';
  };
  # A file of its own: nix develop does not provide what passAsFile names.
  shellJob = pkgs.stdenv.mkDerivation {
    name = "shell-job.json";
    job = toJSON { modules = "${nodeModules}"; };
    buildCommand = ''
      printf '%s' "$job" > "$out"
    '';
  };

  # ---- Words and names ----

  startsWith = prefix: text: substring 0 (stringLength prefix) text == prefix;
  # "app" of @scope/app: what npm calls the program when bin is a string.
  lastWord = name: elemAt (match "(.*/)?(.*)" name) 1;
  checkedOmit = kind:
    if elem kind [ "dev" "optional" "peer" ] then kind
    else fail "omit: ${toJSON kind} is none of \"dev\", \"optional\", \"peer\"";

  # Edit distance (Wagner and Fischer), row by row.
  distance = a: b:
    let
      letters = text: genList (at: substring at 1 text) (stringLength text);
      width = stringLength b;
      nextRow = row: letter: foldl'
        (done: at:
          let changed = elemAt row at + (if substring at 1 b == letter then 0 else 1);
          in done ++ [ (min changed (min (elemAt done at) (elemAt row (at + 1)) + 1)) ])
        [ (head row + 1) ]
        (genList (at: at) width);
    in
    elemAt (foldl' nextRow (genList (at: at) (width + 1)) (letters a)) width;
  min = a: b: if a < b then a else b;
in
{
  inherit package nodeModules shell workspaces;
  inherit (package) tarball;
  sources = allSources;
  # Of a package of a collection.
  inherit tool;

  # What a flake offers as packages.
  packages = workspaces // { default = package; inherit package nodeModules; inherit (package) tarball; sources = allSources; };

  # The names node2nix gave them.
  nodeDependencies = nodeModules;
  nodeShell = shell;
}
