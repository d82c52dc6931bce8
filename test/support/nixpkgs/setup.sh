# Sourced by the builder and by nix-shell: puts the inputs and stdenv's tools on PATH, as nixpkgs' setup.sh does.
export PATH=
for input in ${nativeBuildInputs-} ${buildInputs-}; do
  if [ -d "$input/bin" ]; then PATH="$PATH${PATH:+:}$input/bin"; fi
  # nodejs' setup hook.
  if [ -d "$input/lib/node_modules" ]; then export NODE_PATH="${NODE_PATH-}${NODE_PATH:+:}$input/lib/node_modules"; fi
done
PATH="$PATH${PATH:+:}$stdenv/bin"
for input in ${nativeBuildInputs-}; do
  if [ -f "$input/nix-support/setup-hook" ]; then source "$input/nix-support/setup-hook"; fi
done
export CC=gcc CXX=g++ SOURCE_DATE_EPOCH=315532800
# gcc looks for its parts beside the directory that it was called from.
export GCC_EXEC_PREFIX=/usr/lib/gcc/ COMPILER_PATH=/tools/bin

genericBuild() {
  eval "$buildCommand"
}

# nix-shell runs the shellHook through this.
runHook() {
  eval "${!1-}"
}
