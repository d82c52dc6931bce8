# The builds of a Python project. The same text in every project: what differs is in spec.json, and no string of it becomes code.
#
# Of nixpkgs it uses what project.nix lists, what is listed here, and nothing else.
#   stdenv.hostPlatform   isLinux                                   lib/systems/default.nix
#   mkShell               name, nativeBuildInputs, buildInputs, shellHook           pkgs/build-support/mkshell/default.nix
#   python3               bin/python3, .pythonVersion ("3.12")      pkgs/development/interpreters/python
#   autoPatchelfHook, pythonManylinuxPackages, where there are such: what wheels for Linux are linked with
#                         pkgs/build-support/setup-hooks/auto-patchelf.sh, pkgs/development/interpreters/python/manylinux
#   and what native-libraries.json names, of packages that are built from source
{ pkgs
  # spec.json, this ecosystem's part of it, and the systems it was made for.
, spec
, part
, systems
  # The project directory. Local packages and archives are taken from it one by one.
, root
  # What the application is built from. A path is filtered; anything else is taken as it is.
, src ? root
, python ? pkgs.python3
  # Dependency groups of pythonEnv and shell; null: those that the project's own tool installs. The application has none.
, groups ? null
, extras ? [ ]
  # By package name: { src, patches, env, buildInputs, nativeBuildInputs }. The last two take the place of what nativeLibraries has.
, overrides ? { }
  # By package name, what its source needs of nixpkgs; { } for nothing.
, nativeLibraries ? builtins.fromJSON (builtins.readFile ./native-libraries.json)
  # false: the binaries of wheels for Linux stay as they are, and look for libraries where other distributions have them.
, autoPatchelf ? true
  # false: Python compiles modules whenever it loads them.
, bytecode ? true
  # "first": of different files of the same name, that of the package with the first name is kept.
, collisions ? "refused"
, buildInputs ? [ ]
, nativeBuildInputs ? [ ]
}:

let
  inherit (builtins) attrNames attrValues concatLists concatMap concatStringsSep elem filter head isList isPath isString length listToAttrs
    mapAttrs match replaceStrings split stringLength substring toJSON;
  inherit (import ./project.nix { inherit pkgs part systems root; }) fail quoted distinct toText storeName versionSuffix projectName
    system checkedSystem sources linkFarm nearProject isSource runJob;

  inherit (part) plan;
  shim = ./python-shim.py;
  version = python.pythonVersion;
  target = checkedTarget "${system}/${version}";

  # ---- What belongs to an environment ----

  isFor = targets: targets == "all" || isList targets && (elem target targets || elem version targets || elem system targets);

  # The selectors of a project's environment; see the plan's type.
  selectorsOf = dir: { groups, extras }:
    let prefix = if dir == "" then "" else "${dir}:"; in
    [ "${prefix}main" ]
    ++ map (name: "${prefix}group:${checkedName dir "groups" name}") groups
    ++ map (name: "${prefix}extra:${checkedName dir "extras" name}") extras;

  # Package ids, sorted.
  packagesFor = selectors:
    let
      chosen = distinct (filter (selector: elem selector (concatLists (plan.conflicts or [ ]))) selectors);
      choice = if chosen == [ ] then "none" else concatStringsSep "+" chosen;
      keys = concatMap (selector: [ selector "${selector}@${choice}" ]) selectors;
      isWanted = pkg: filter (key: pkg.for ? ${key} && isFor pkg.for.${key}) keys != [ ];
      clash = filter (list: length (filter (selector: elem selector list) chosen) > 1) (plan.conflicts or [ ]);
    in
    if clash != [ ] then fail "of ${quoted (head clash)} at most one can be chosen"
    else filter (id: isWanted plan.packages.${id}) (attrNames plan.packages);

  # Key of the source that a package has here; null: a directory of the project.
  fileOf = id:
    let
      pkg = plan.packages.${id};
      found = filter (key: isFor pkg.files.${key}) (attrNames (pkg.files or { }));
    in
    if pkg ? directory then null
    else if found == [ ] || pkg ? missing && isFor pkg.missing then fail "${id} has no file for ${target}"
    else head found;

  # What the shim installs: wheels, or the results of building them.
  wheelsFor = selectors: map wheelOf (packagesFor selectors);
  wheelOf = id:
    let pkg = plan.packages.${id}; in
    { inherit (pkg) name; file = "${wheelFile id pkg}"; }
    // keep "version" pkg // keep "direct" pkg;
  wheelFile = id: pkg:
    let override = checkedOverrides.${pkg.name} or { }; key = fileOf id; in
    if override ? src then (if endsWith ".whl" "${override.src}" then override.src else buildOf pkg override.src)
    else if key == null then ownBuildOf pkg (sourceTree pkg.directory)
    else if !(endsWith ".whl" key) then buildOf pkg sources.${key}
    else if override ? patches then fail "overrides.${pkg.name}.patches: ${id} is a wheel, and those are not patched; give it a src"
    else sources.${key};

  # ---- Directories of the project ----

  sourceTree = dir:
    let from = if dir == "" then src else nearProject dir; in
    if !(isPath from) then "${from}"
    else builtins.path { name = "${projectName}-source"; path = from; filter = isSource from [ ".venv" "__pycache__" "node_modules" ]; };

  # ---- Overrides ----

  settings = [ "src" "patches" "env" "buildInputs" "nativeBuildInputs" ];
  checkedOverrides = mapAttrs
    (name: override:
      let unknown = filter (setting: !(elem setting settings)) (attrNames override); in
      if !(elem name knownNames) then fail "overrides: no package is called ${toJSON name}"
      else if unknown != [ ] then fail "overrides.${toJSON name}: ${quoted unknown} is none of ${quoted settings}"
      else override)
    overrides;
  knownNames = map (pkg: pkg.name) (attrValues plan.packages) ++ map (project: normalized project.name) (attrValues plan.projects);

  # ---- What packages need of nixpkgs ----

  # Those that are built here.
  nativeOf = import ./native-libraries.nix { inherit pkgs fail; table = nativeLibraries; overrides = checkedOverrides; };

  # Wheels for Linux look for libraries where other distributions have them. null: there are none, or they stay as they are.
  patchingFor = selectors:
    let ids = packagesFor selectors; in
    if !autoPatchelf || !(pkgs ? autoPatchelfHook) || !pkgs.stdenv.hostPlatform.isLinux || filter isLinked ids == [ ] then null
    else {
      nativeBuildInputs = [ pkgs.autoPatchelfHook ];
      buildInputs = (pkgs.pythonManylinuxPackages or { }).manylinux2014 or [ ] ++ concatMap librariesOf ids;
    };
  # For musl they are none of ours.
  isLinked = id: match ".*[-.](many)?linux[^-/]*[.]whl" (fileName id) != null;
  fileName = id:
    let override = checkedOverrides.${plan.packages.${id}.name} or { }; key = fileOf id; in
    if override ? src then "${override.src}" else if key == null then "" else key;
  # What is built here keeps its libraries when everything is looked through.
  librariesOf = id:
    let inherit (plan.packages.${id}) name; in
    if endsWith ".whl" (fileName id) then checkedOverrides.${name}.buildInputs or [ ] else (nativeOf name).buildInputs;

  # ---- Derivations: each runs commands of the shim on a job file ----

  runShim = { name, commands, job, inputs ? [ ], passthru ? { }, meta ? { } }: runJob {
    inherit name commands job passthru meta;
    nativeBuildInputs = nativeBuildInputs ++ concatMap (each: each.nativeBuildInputs) inputs;
    buildInputs = buildInputs ++ concatMap (each: each.buildInputs) inputs;
  };
  runs = command: ''${python}/bin/python3 -I -S -B ${shim} ${command} "$NIX_BUILD_TOP/job.json"'';
  # An array, because the hook takes the star of a string for files in some nixpkgs. What is missing (libcuda) is the machine's.
  patches = patching: path: if patching == null then [ ] else [ ''autoPatchelfIgnoreMissingDeps=("*")'' ''autoPatchelf -- "${path}"'' ];
  given = patching: if patching == null then [ ] else [ patching ];

  # A source archive, checkout or directory → its wheel.
  buildOf = buildWith { };
  # Of a directory of the project: with the variables that the project sets.
  ownBuildOf = buildWith (part.env or { });
  buildWith = env: pkg: source:
    let
      build = pkg.build or { };
      selectors = if build ? needs then [ build.needs ] else [ ];
      patching = patchingFor selectors;
      native = nativeOf (normalized pkg.name);
    in
    runShim {
      name = "${storeName pkg.name}${versionSuffix pkg}-wheel";
      # Programs and modules that it is built with must run here.
      commands = (if patching == null then [ ] else [ (runs "environment") ])
        ++ patches patching "$NIX_BUILD_TOP/work/environment"
        ++ [ (runs "build") ];
      inputs = [ native ] ++ given patching;
      job = {
        inherit (pkg) name;
        source = "${source}";
        backend = build.backend or "setuptools.build_meta:__legacy__";
        backendPath = build.backendPath or [ ];
        needs = wheelsFor selectors;
        patches = map (patch: "${patch}") (checkedOverrides.${normalized pkg.name}.patches or [ ]);
        env = env // mapAttrs (_: toText) native.env;
      } // keep "version" pkg // keep "subdir" pkg;
    };

  treeJob = shebangs: { inherit shebangs bytecode collisions; };

  environment = { selectors, shebangs ? "patched" }: runShim {
    name = "${projectName}-env";
    inherit (installing "install" selectors shebangs) commands inputs;
    job = treeJob shebangs // { wheels = wheelsFor selectors; };
    # As the project's own tool leaves it, but for what finds the interpreter: nothing names this result, nothing is patched.
    passthru.pristine = environment { inherit selectors; shebangs = "pristine"; };
  };
  installing = command: selectors: shebangs:
    let patching = if shebangs == "patched" then patchingFor selectors else null; in
    { commands = [ (runs command) ] ++ patches patching "$out"; inputs = given patching; };

  environmentGroups = dir: if groups != null && dir == "" then groups else plan.projects.${dir}.defaultGroups;
  pythonEnvSelectors = selectorsOf "" { groups = environmentGroups ""; inherit extras; };
  pythonEnv = environment { selectors = pythonEnvSelectors; };

  # The project itself (dir: ""), or a member of its workspace.
  application = dir: applicationWith dir "patched";
  applicationWith = dir: shebangs:
    let
      project = plan.projects.${dir};
      base = environment { selectors = selectorsOf dir { groups = [ ]; extras = if dir == "" then extras else [ ]; }; };
      source = sourceTree dir;
      programs = attrNames (project.scripts or { } // project.guiScripts or { });
    in
    runShim {
      name = "${storeName project.name}${versionSuffix project}";
      commands = [ (runs "package") ];
      job = treeJob shebangs // {
        environment = "${if shebangs == "patched" then base else base.pristine}";
        wheels = if project.virtual or false then [ ] else [{ name = normalized project.name; file = "${ownBuildOf project source}"; }];
        inherit source;
      };
      passthru.pristine = applicationWith dir "pristine";
      meta = if length programs == 1 then { mainProgram = head programs; } else { };
    };

  # The package that the part is about, in an environment of its own; of that its own programs.
  tool = toolWith "patched";
  toolWith = shebangs: runShim {
    name = "${storeName part.project.name}${versionSuffix part.project}";
    inherit (installing "tool" toolSelectors shebangs) commands inputs;
    job = treeJob shebangs // { wheels = wheelsFor toolSelectors; tool = normalized part.project.name; };
    passthru.pristine = toolWith "pristine";
  };
  toolSelectors = selectorsOf "" { groups = [ ]; inherit extras; };

  package = application "";
  workspaces = listToAttrs (map
    (dir: { inherit (plan.projects.${dir}) name; value = application dir; })
    (filter (dir: plan.projects.${dir}.member or false) (attrNames plan.projects)));

  shell = pkgs.mkShell {
    name = "${projectName}-shell";
    nativeBuildInputs = nativeBuildInputs;
    inherit buildInputs;
    shellHook = ''
      export LOCK2BUILD_PROJECT="''${LOCK2BUILD_PROJECT:-$PWD}"
      export PATH="${shellEnv}/bin:$PATH" VIRTUAL_ENV="${shellEnv}"
    '';
  };
  shellEnv = runShim {
    name = "${projectName}-shell-env";
    commands = [ (runs "shell") ];
    job = treeJob "patched" // {
      environment = "${pythonEnv}";
      projects = concatMap
        (dir:
          let project = plan.projects.${dir}; in
          if project.virtual or false then [ ]
          else [
            ({
              name = normalized project.name;
              directory = dir;
              scripts = project.scripts or { } // project.guiScripts or { };
            } // keep "version" project)
          ])
        [ "" ];
      editable = concatMap
        (id: let pkg = plan.packages.${id}; in if pkg.editable or false && pkg ? directory then [{ inherit (pkg) name directory; }] else [ ])
        (packagesFor pythonEnvSelectors);
    };
  };

  # Of everything that may be built here, build requirements too.
  allSources = linkFarm { paths = listToAttrs (map (name: { inherit name; value = sources.${name}; }) farmed); };
  farmed = concatMap
    (id: let pkg = plan.packages.${id}; in filter (key: isFor pkg.files.${key}) (attrNames (pkg.files or { })))
    (attrNames plan.packages);

  # ---- Words and names ----

  keep = name: from: if from ? ${name} then { ${name} = from.${name}; } else { };
  endsWith = suffix: text:
    let size = stringLength suffix; all = stringLength text; in
    all >= size && substring (all - size) size text == suffix;
  # PEP 503.
  normalized = name: lowered (concatStringsSep "-" (filter isString (split "[-_.]+" name)));
  lowered = replaceStrings (letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (letters "abcdefghijklmnopqrstuvwxyz");
  letters = text: filter (letter: isString letter && letter != "") (concatMap (at: if isString at then [ at ] else at) (split "(.)" text));
  checkedTarget = here:
    if elem here plan.targets then here
    else builtins.seq checkedSystem
      (fail "spec.json was made for ${quoted plan.targets}, and python is ${version}; choose another, as in: python = pkgs.python312");
  checkedName = dir: kind: name:
    if elem name plan.projects.${dir}.${kind} then name
    else fail "${kind}: ${toJSON name} is none of ${quoted plan.projects.${dir}.${kind}}";
in
{
  inherit package pythonEnv shell workspaces;
  sources = allSources;
  # Of a package of a collection.
  inherit tool;

  # What a flake offers as packages.
  packages = workspaces // { default = package; inherit package pythonEnv; sources = allSources; };
}
