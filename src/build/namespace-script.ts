/**
 * What runs as root of a fresh user and mount namespace: it mounts what a build may see, makes that the root, and hands on. The text
 * is the same for every build; everything that differs comes as a positional parameter, and is never read as code.
 */

/** Run with `sh -euc`. Parameters: an empty directory for the new root; pairs of path and target for links, `--`; pairs of host path and
 * path inside for what is read-only, `--`; the host directory that is /build, user, group, and the command with its words. */
export const namespaceScript = `
root=$1
shift
mount -t tmpfs -o mode=755 lock2build "$root"
# Options that a mount already has cannot be taken away in here, so they are given again.
kept() {
  at=$(printf '%s' "$1" | sed 's/ /\\\\\\\\040/g')
  flags=
  while read -r _ _ _ _ point options _; do
    if [ "$point" = "$at" ]; then flags=$options; fi
  done < /proc/self/mountinfo
  for flag in noexec noatime nodiratime relatime; do
    case ",$flags," in *",$flag,"*) printf ',%s' "$flag" ;; esac
  done
}
place() {
  if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "\${2%/*}"; [ -e "$2" ] || : > "$2"; fi
}
readonly_bind() {
  place "$1" "$2"
  mount --bind "$1" "$2"
  mount -o "remount,bind,ro,nosuid,nodev$(kept "$2")" "$2"
}
while [ "$1" != -- ]; do
  mkdir -p "$root\${1%/*}"
  ln -s "$2" "$root$1"
  shift 2
done
shift
while [ "$1" != -- ]; do
  readonly_bind "$1" "$root$2"
  shift 2
done
shift
mkdir -p "$root/build" "$root/tmp" "$root/proc" "$root/dev/shm" "$root/old"
mount --bind "$1" "$root/build"
shift
mount -t tmpfs -o mode=1777,nosuid,nodev lock2build "$root/tmp"
mount -t tmpfs -o mode=1777,nosuid,nodev lock2build "$root/dev/shm"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
for device in full null random tty urandom zero; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || :
hostname localhost 2>/dev/null || :
cd "$root"
pivot_root . old
cd /build
umount -l /old
rmdir /old
mount -o remount,bind,ro,nosuid,nodev /
user=$1
group=$2
shift 2
unset OLDPWD
# Not exec: the first process of a pid namespace must wait for orphans.
unshare --user --map-user="$user" --map-group="$group" -- "$@"
exit $?
`
