"""
A source archive, checkout or directory → the directory in which it is built: the same one everywhere, because compilers write down
where they were. https://packaging.python.org/en/latest/specifications/source-distribution-format/
"""

import os
import shutil
import stat
import tarfile
import zipfile
from typing import IO, Iterator, NamedTuple, Optional

from .failure import fail, shown
from .wheel import check_sizes, checked_path

# 1980-01-01: the earliest time that a zip archive can hold.
EARLIEST = 315532800


class SourceFile(NamedTuple):
    """A file or a link of an archive."""

    path: str
    is_executable: bool
    # Seconds.
    time: int
    # Target of a symbolic link.
    link: Optional[str]
    content: Optional[IO[bytes]]


def unpack_source(source: str, to: str, label: str) -> None:
    """`to` is not there yet. Throws for whatever would come to lie outside of it."""
    if os.path.isdir(source):
        copy_directory(source, to)
        return
    loose = f"{to}.unpacked"
    os.makedirs(loose)
    try:
        for file in archive_files(source, label):
            write_source(loose, file, label)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError, RuntimeError) as error:
        fail(f"{label}: the source archive cannot be unpacked: {error}")
    names = os.listdir(loose)
    if len(names) == 1 and os.path.isdir(os.path.join(loose, names[0])):
        os.rename(os.path.join(loose, names[0]), to)
        os.rmdir(loose)
    else:
        os.rename(loose, to)


def archive_files(source: str, label: str) -> Iterator[SourceFile]:
    if zipfile.is_zipfile(source):
        yield from zip_files(source, label)
    else:
        yield from tar_files(source, label)


def zip_files(source: str, label: str) -> Iterator[SourceFile]:
    with zipfile.ZipFile(source) as archive:
        check_sizes(archive.infolist(), source, label)
        for info in archive.infolist():
            if info.is_dir():
                continue
            path = checked_path(info.filename, info.orig_filename, label)
            mode = info.external_attr >> 16
            with archive.open(info) as content:
                link = content.read().decode("utf-8", "surrogateescape") if stat.S_ISLNK(mode) else None
                yield SourceFile(path, mode & 0o100 != 0, EARLIEST, link, content)


def tar_files(source: str, label: str) -> Iterator[SourceFile]:
    with tarfile.open(source, "r:*") as archive:
        for member in archive:
            if member.isdir() or member.type in (tarfile.XGLTYPE, tarfile.XHDTYPE):
                continue
            path = checked_path(member.name, member.name, label)
            if not (member.isfile() or member.issym() or member.islnk()):
                fail(f"{label}: {shown(path)} is neither a file nor a link")
            content = None if member.issym() else archive.extractfile(member)
            link = member.linkname if member.issym() else None
            yield SourceFile(path, member.mode & 0o100 != 0, max(int(member.mtime), EARLIEST), link, content)


def write_source(root: str, file: SourceFile, label: str) -> None:
    target = os.path.join(root, file.path)
    parent = os.path.dirname(target)
    os.makedirs(parent, exist_ok=True)
    # An earlier link may lead elsewhere.
    if os.path.realpath(parent) != os.path.abspath(parent):
        fail(f"{label}: {shown(file.path)} stands below a link")
    if os.path.lexists(target):
        os.unlink(target)
    if file.link is not None:
        inside = os.path.normpath(os.path.join(os.path.dirname(file.path), file.link))
        if os.path.isabs(file.link) or inside.split("/")[0] == "..":
            fail(f"{label}: the link {shown(file.path)} leads out of the source archive")
        os.symlink(file.link, target)
    elif file.content is not None:
        with open(target, "xb") as out:
            shutil.copyfileobj(file.content, out, 1 << 20)
        os.chmod(target, 0o755 if file.is_executable else 0o644)
        os.utime(target, (file.time, file.time))


def copy_directory(source: str, to: str) -> None:
    """Writable, and of one time."""
    os.makedirs(to)
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        target = os.path.join(to, entry.name)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
        elif entry.is_dir():
            copy_directory(entry.path, target)
        else:
            shutil.copyfile(entry.path, target)
            os.chmod(target, 0o755 if entry.stat().st_mode & 0o100 else 0o644)
            os.utime(target, (EARLIEST, EARLIEST))
