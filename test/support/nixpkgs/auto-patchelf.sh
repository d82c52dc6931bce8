# What python.nix uses of nixpkgs' hook: `autoPatchelf -- <directory>` gives every binary in there an RPATH to what it needs, first of the
# directory itself, then of buildInputs. What is missing fails, unless the array autoPatchelfIgnoreMissingDeps has a star.
autoPatchelf() {
  test $# = 2
  test "$1" = --
  local file
  while IFS= read -r -d '' file; do
    if [ "$(head -c 4 "$file")" = $'\x7fELF' ]; then patchBinary "$2" "$file"; fi
  done < <(find "$2" -type f \( -name '*.so' -o -name '*.so.*' -o -perm -0100 \) -print0)
}

patchBinary() {
  local need found rpath=
  for need in $(patchelf --print-needed "$2"); do
    found="$(findLibrary "$1" "$need")"
    if [ -n "$found" ]; then
      if [[ ":$rpath:" != *":${found%/*}:"* ]]; then rpath="$rpath${rpath:+:}${found%/*}"; fi
    elif ! isOfLibc "$need" && [ "${autoPatchelfIgnoreMissingDeps[*]-}" != "*" ]; then
      echo "auto-patchelf could not satisfy dependency $need wanted by $2" >&2
      return 1
    fi
  done
  if [ -n "$rpath" ]; then patchelf --set-rpath "$rpath" "$2"; fi
}

findLibrary() {
  local input file
  file="$(find "$1" -name "$2" -print -quit)"
  for input in ${buildInputs-}; do
    if [ -z "$file" ] && [ -e "$input/lib/$2" ]; then file="$input/lib/$2"; fi
  done
  echo "$file"
}

isOfLibc() {
  [[ "$1" =~ ^(ld-linux.*|lib(c|dl|m|pthread|resolv|rt|util))\.so\. ]]
}
