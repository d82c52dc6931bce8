# A stand-in for nixpkgs: only what node.nix, python.nix and php.nix say they use, and strict about it, so that a test fails when more is used.
# Its builds see a sandbox as bare as NixOS's (see test/support/nix.ts): no /usr/bin/env, and on PATH only what stdenv has there.
# host.json, written beside it, says where the host's node installations are: { "nodejs": "/prefix", "nodejs_18": "/prefix", … }.
# pythons.json, if there is one, the same of pythons: { "python3": { "prefix": "/prefix", "version": "3.12" }, … }.
# php.json, if there is one, says which PHP the host has: { "program": "php8.2", "enabled": [ "mbstring" ], "all": { "mbstring": "extension=mbstring.so" } }.
{ system ? builtins.currentSystem }:

let
  host = builtins.fromJSON (builtins.readFile ./host.json);
  pythons = if builtins.pathExists ./pythons.json then builtins.fromJSON (builtins.readFile ./pythons.json) else { };
  hostPhp = if builtins.pathExists ./php.json then builtins.fromJSON (builtins.readFile ./php.json) else null;

  stdenv = {
    inherit mkDerivation;
    hostPlatform = {
      inherit system;
      isDarwin = builtins.match ".*-darwin" system != null;
      isLinux = builtins.match ".*-linux" system != null;
    };
  };

  mkDerivation =
    { name
    , buildCommand
    , nativeBuildInputs ? [ ]
    , buildInputs ? [ ]
    , passthru ? { }
    , meta ? { }
    , strictDeps ? false
    , __structuredAttrs ? false
    , ...
    }@attributes:
      assert builtins.isBool strictDeps;
      assert !__structuredAttrs;
      let
        derived = derivation (removeAttrs attributes [ "passthru" "meta" "__structuredAttrs" ] // {
          inherit system nativeBuildInputs buildInputs;
          builder = "/tools/bin/bash";
          args = [ "-e" ./builder.sh ];
          stdenv = setup;
          outputs = [ "out" ];
        });
      in
      derived // passthru // { inherit meta; };

  # What nix-shell and the builder source, and the tools of nixpkgs' own stdenv: not env in /usr/bin, not node, python or git.
  setup = derivation {
    name = "stdenv";
    inherit system;
    builder = "/tools/bin/bash";
    args = [ "-e" ./make-stdenv.sh ];
    setupScript = ./setup.sh;
  };

  mkShell = { name, nativeBuildInputs ? [ ], buildInputs ? [ ], shellHook ? "" }: mkDerivation {
    inherit name nativeBuildInputs buildInputs shellHook;
    buildCommand = ''export > "$out"'';
  };

  fetchurl = { name, urls, hash }:
    if builtins.length urls == 1
    then import <nix/fetchurl.nix> { inherit name hash; url = builtins.head urls; }
    else fixed {
      inherit name hash;
      mode = "flat";
      env = { inherit urls; };
      script = ''
        for url in $urls; do
          if curl --fail --silent --show-error --location --insecure --output "$out" "$url"; then exit 0; fi
        done
        exit 1
      '';
    };

  fetchgit = { name, url, rev, hash, fetchSubmodules ? true, deepClone ? false, leaveDotGit ? deepClone }:
    assert !fetchSubmodules && !deepClone && !leaveDotGit;
    fixed {
      inherit name hash;
      mode = "recursive";
      env = { inherit url rev; };
      script = ''
        export HOME="$NIX_BUILD_TOP" GIT_CONFIG_NOSYSTEM=1 GIT_SSL_NO_VERIFY=1
        git init --quiet --initial-branch=master "$out"
        cd "$out"
        git fetch --quiet --depth=1 -- "$url" "$rev" || git fetch --quiet --tags -- "$url"
        git checkout --quiet -b fetchgit "$rev"
        find "$out" -name .git -print0 | xargs -0 rm -rf
        exit 0
      '';
    };

  fixed = { name, hash, mode, env, script }: derivation (env // {
    inherit name system script;
    builder = "/tools/bin/bash";
    args = [ "-e" "-c" ''PATH=/tools/bin; eval "$script"'' ];
    outputHash = hash;
    outputHashMode = mode;
    outputHashAlgo = null;
    __ignoreNulls = true;
    preferLocalBuild = true;
  });

  # A prefix of the host's, made visible in the sandbox. Its npm has patched interpreters, as nixpkgs' has.
  makeNode = prefix: mkDerivation {
    name = "nodejs";
    inherit prefix;
    buildCommand = ''
      mkdir -p "$out"
      ln -s "$prefix"/* "$out/"
    '';
    passthru = { inherit python; };
  };

  makePython = { prefix, version }: mkDerivation {
    name = "python3";
    inherit prefix;
    buildCommand = ''
      mkdir -p "$out"
      ln -s "$prefix"/* "$out/"
    '';
    passthru.pythonVersion = version;
  };

  # Started by a script that says which extensions are loaded, as nixpkgs' is. Extensions are lines of its configuration here.
  makePhp = extensions: mkDerivation {
    name = "php";
    settings = builtins.concatStringsSep "\n" (extensions ++ [ "" ]);
    passAsFile = [ "settings" ];
    buildCommand = ''
      mkdir -p "$out/bin" "$out/lib"
      cp "$settingsPath" "$out/lib/php.ini"
      printf '#!/tools/bin/bash\nexport PHP_INI_SCAN_DIR="%s"\nexec /tools/bin/${hostPhp.program} "$@"\n' "$out/lib" > "$out/bin/php"
      chmod +x "$out/bin/php"
    '';
    passthru = rec {
      withExtensions = choose: makePhp (choose { enabled = extensions; inherit (hostPhp) all; });
      packages.composer = makeComposer (makePhp extensions);
    };
  };

  makeComposer = php: mkDerivation {
    name = "composer";
    buildCommand = ''
      mkdir -p "$out/bin" "$out/share"
      sed "s#__DIR__ . '/../share#'/usr/share#" /tools/bin/composer > "$out/share/composer"
      printf '#!/tools/bin/bash\nexec ${php}/bin/php %s "$@"\n' "$out/share/composer" > "$out/bin/composer"
      chmod +x "$out/bin/composer"
    '';
  };

  unzip = mkDerivation {
    name = "unzip";
    buildCommand = ''
      mkdir -p "$out/bin"
      ln -s /tools/bin/unzip "$out/bin/unzip"
    '';
  };

  autoPatchelfHook = mkDerivation {
    name = "auto-patchelf-hook";
    hook = ./auto-patchelf.sh;
    buildCommand = ''
      mkdir -p "$out/nix-support"
      cp "$hook" "$out/nix-support/setup-hook"
    '';
  };

  # Of the libraries that wheels may expect, some.
  manylinux = mkDerivation {
    name = "manylinux";
    buildCommand = ''
      mkdir -p "$out/lib"
      for name in libstdc++.so.6 libgcc_s.so.1 libz.so.1; do ln -s "$(find /usr/lib -name "$name" -print -quit)" "$out/lib/$name"; done
    '';
  };

  python = mkDerivation {
    name = "python3";
    buildCommand = ''
      mkdir -p "$out/bin"
      ln -s /tools/bin/python3 "$out/bin/python3"
      ln -s python3 "$out/bin/python"
    '';
  };
in
{
  inherit stdenv mkShell fetchurl fetchgit autoPatchelfHook;
  pythonManylinuxPackages.manylinux2014 = [ manylinux ];
  python3 = python;
}
// (if hostPhp == null then { } else { inherit unzip; php = makePhp (map (name: hostPhp.all.${name}) hostPhp.enabled); })
// builtins.mapAttrs (_: makeNode) host
// builtins.mapAttrs (_: makePython) pythons
