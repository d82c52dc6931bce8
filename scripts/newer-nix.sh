#!/usr/bin/env bash
# Fetches newer versions of Nix from Debian's archive into a directory, changing nothing else on the machine (44 MB each).
#   scripts/newer-nix.sh [DIRECTORY] [SUITE…]      default: newer-nix in what the tests keep; trixie sid
# The Nix tests then run on them too: test/nix/versions.test.ts looks in $LOCK2BUILD_NEWER_NIX, or in the default directory.
set -euo pipefail

directory="${1:-${LOCK2BUILD_TEST_CACHE:-${TMPDIR:-/tmp}/lock2build-test-cache-$(id -u)}/newer-nix}"
shift || true
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(trixie sid)

case "$(uname -m)" in
  x86_64) triplet=x86_64-linux-gnu loader=ld-linux-x86-64.so.2 ;;
  aarch64) triplet=aarch64-linux-gnu loader=ld-linux-aarch64.so.1 ;;
  *) echo "newer-nix.sh: no recipe for $(uname -m)" >&2; exit 1 ;;
esac
mirror="$(grep -rhoE 'https?://[^ ]+/debian/? *$|https?://[^ ]+/debian ' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' ' || true)"
programs=(nix nix-build nix-instantiate nix-store nix-shell)

for suite in "${suites[@]}"; do
  target="$directory/$suite"
  [ ! -e "$target/bin/nix" ] || continue
  work="$target.part"
  rm -rf "$work"
  mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/root" "$work/bin"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main" > "$work/sources.list"
  apt=(apt-get -qq -o "Dir::State=$work/state" -o Dir::State::status=/dev/null -o "Dir::Cache=$work/cache"
    -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o APT::Install-Recommends=false -o APT::Sandbox::User=root)
  "${apt[@]}" update
  "${apt[@]}" -y --download-only install nix-bin
  for package in "$work"/cache/archives/*.deb; do dpkg -x "$package" "$work/root"; done
  rm -rf "$work/state" "$work/cache"
  # The loader of the same suite, with its libraries; nix tells its programs apart by the name it is called by.
  for program in "${programs[@]}"; do
    cat > "$work/bin/$program" <<EOF
#!/bin/sh
exec "$target/root/usr/lib/$triplet/$loader" --argv0 $program --library-path "$target/root/usr/lib/$triplet" "$target/root/usr/bin/nix" "\$@"
EOF
    chmod +x "$work/bin/$program"
  done
  mv "$work" "$target"
  "$target/bin/nix" --version
done
