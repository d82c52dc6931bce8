PATH=/tools/bin
mkdir -p "$out/bin"
cp "$setupScript" "$out/setup"
# One process for all: every store of every test makes this.
set --
for tool in \
  bash sh [ arch b2sum base32 base64 basename cat chgrp chmod chown cksum comm cp csplit cut date dd df dir dircolors dirname du \
  echo env expand expr factor false fmt fold groups head hostid id install join link ln logname ls md5sum mkdir mkfifo mknod \
  mktemp mv nice nl nohup nproc numfmt od paste pathchk pr printenv printf ptx pwd readlink realpath rm rmdir seq sha1sum \
  sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test timeout touch \
  tr true truncate tsort tty uname unexpand uniq unlink users vdir wc who whoami yes \
  find xargs cmp diff diff3 sdiff sed grep egrep fgrep tar gzip gunzip zcat bzip2 xz make patch file \
  ar as ld nm objcopy objdump patchelf ranlib readelf strip gcc g++ cpp mawk
do
  if [ -e "/tools/bin/$tool" ]; then set -- "$@" "/tools/bin/$tool"; fi
done
ln -s "$@" "$out/bin"
ln -s gcc "$out/bin/cc"
ln -s g++ "$out/bin/c++"
ln -s mawk "$out/bin/awk"
exit 0
