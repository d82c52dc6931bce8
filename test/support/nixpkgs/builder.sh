set -eu -o pipefail
source "$stdenv/setup"
genericBuild
# A builder whose last process is not the shell may be killed by Nix 2.8 while it exits.
exit 0
