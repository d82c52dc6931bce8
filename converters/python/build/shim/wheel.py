"""
A wheel: what it holds, read without believing it.
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import csv
import io
import os
import re
import struct
import zipfile
import zlib
from email.parser import HeaderParser
from typing import Dict, Iterator, NamedTuple, Optional, Sequence

from .failure import fail, shown, warn

# More than this is never one piece of memory.
PIECE = 1 << 24
LOCAL_HEADER = 30
# No compiler's output shrinks like this; what does so is made to fill a disk.
MOST_UNPACKED = 1 << 30
MOST_RATIO = 100


class Member(NamedTuple):
    """A file of a wheel."""

    name: str
    info: zipfile.ZipInfo

    @property
    def is_executable(self) -> bool:
        mode = self.info.external_attr >> 16
        return mode & 0o170000 == 0o100000 and mode & 0o111 != 0


class Wheel:
    """Open wheel. `label` is what messages call it."""

    def __init__(self, path: str, label: str) -> None:
        self.path = path
        self.label = label
        try:
            self.file = open(path, "rb")  # noqa: SIM115
            self.archive = zipfile.ZipFile(self.file)
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            fail(f"{label}: no wheel can be read from it: {error}")
        self.members = self._read_members()
        self.dist_info = self._find_dist_info()
        self._check_version()

    def close(self) -> None:
        self.archive.close()
        self.file.close()

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Its contents, checked against size and checksum; never more bytes than the archive says there are."""
        size, checksum = 0, 0
        for piece in self._unpacked(member):
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            if size > member.info.file_size:
                break
            yield piece
        if size != member.info.file_size or checksum != member.info.CRC:
            fail(f"{self.label}: {shown(member.name)} is damaged: its size or checksum is not what the wheel says")

    def read(self, member: Member) -> bytes:
        return b"".join(self.pieces(member))

    def find_metadata(self, name: str) -> Optional[str]:
        """Text of a file of the .dist-info directory."""
        member = self.members.get(f"{self.dist_info}/{name}")
        return None if member is None else self.read(member).decode("utf-8", "replace")

    def get_metadata(self, name: str) -> str:
        text = self.find_metadata(name)
        return fail(f"{self.label}: the wheel has no {name}") if text is None else text

    def read_name(self) -> str:
        """As its METADATA says."""
        return str(HeaderParser().parsestr(self.get_metadata("METADATA"))["Name"] or "")

    def read_record(self) -> Dict[str, str]:
        """Path → digest, `sha256=…`, as RECORD has it."""
        rows = csv.reader(io.StringIO(self.get_metadata("RECORD")))
        try:
            return {row[0]: row[1] for row in rows if len(row) >= 2}
        except csv.Error as error:
            fail(f"{self.label}: RECORD cannot be read: {error}")

    def _unpacked(self, member: Member) -> Iterator[bytes]:
        """zipfile does the same with five times the work, and not from several threads at once."""
        packed = self._packed(member)
        if member.info.compress_type == zipfile.ZIP_STORED:
            yield from packed
        elif member.info.compress_type == zipfile.ZIP_DEFLATED:
            yield from self._inflated(member, packed)
        else:
            fail(f"{self.label}: {shown(member.name)} is compressed by a method that wheels do not use")

    def _inflated(self, member: Member, packed: Iterator[bytes]) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for piece in packed:
                yield inflater.decompress(piece, PIECE)
                while inflater.unconsumed_tail:
                    yield inflater.decompress(inflater.unconsumed_tail, PIECE)
            yield inflater.flush()
        except zlib.error as error:
            fail(f"{self.label}: {shown(member.name)} cannot be unpacked: {error}")

    def _packed(self, member: Member) -> Iterator[bytes]:
        offset, left = member.info.header_offset, member.info.compress_size
        header = os.pread(self.file.fileno(), LOCAL_HEADER, offset)
        if len(header) != LOCAL_HEADER or not header.startswith(b"PK\3\4"):
            fail(f"{self.label}: {shown(member.name)} is not where the wheel says")
        offset += LOCAL_HEADER + sum(struct.unpack("<HH", header[26:]))
        while left > 0:
            piece = os.pread(self.file.fileno(), min(left, PIECE), offset)
            if not piece:
                fail(f"{self.label}: {shown(member.name)} is cut off")
            yield piece
            offset += len(piece)
            left -= len(piece)

    def _read_members(self) -> Dict[str, Member]:
        members: Dict[str, Member] = {}
        infos = self.archive.infolist()
        check_sizes(infos, self.path, self.label)
        for info in infos:
            if info.filename.endswith("/"):
                continue
            name = checked_path(info.filename, info.orig_filename, self.label)
            if info.flag_bits & 1:
                fail(f"{self.label}: {shown(name)} is encrypted")
            known = members.get(name)
            if known is not None and (known.info.CRC, known.info.file_size) != (info.CRC, info.file_size):
                fail(f"{self.label}: {shown(name)} stands in it twice, with different contents")
            members[name] = Member(name, info)
        return members

    def _find_dist_info(self) -> str:
        tops = {name.split("/", 1)[0] for name in self.members if "/" in name}
        found = sorted(top for top in tops if top.endswith(".dist-info"))
        if len(found) != 1:
            what = "no" if not found else "more than one"
            fail(f"{self.label}: the wheel has {what} .dist-info directory")
        return found[0]

    def _check_version(self) -> None:
        headers = HeaderParser().parsestr(self.get_metadata("WHEEL"))
        found = re.match(r"(\d+)\.(\d+)$", str(headers["Wheel-Version"] or "").strip())
        if found is None or int(found.group(1)) != 1:
            fail(f"{self.label}: wheels of version {shown(str(headers['Wheel-Version']))} are not known")


def check_sizes(infos: Sequence[zipfile.ZipInfo], path: str, label: str) -> None:
    """Files that lie over each other, or grow without measure, are no wheel that anybody made by accident."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            fail(f"{label}: files of the wheel lie over each other")
        end = info.header_offset + LOCAL_HEADER + info.compress_size
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if unpacked > MOST_UNPACKED and unpacked > MOST_RATIO * max(packed, 1):
        fail(f"{label}: the wheel would unpack to {unpacked} bytes, over {MOST_RATIO} times its size")


def checked_path(name: str, original: str, label: str) -> str:
    """A path below the place where it is unpacked. What zipfile has shortened (at a NUL) is refused."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or "\0" in original or not parts or ".." in parts:
        fail(f"{label}: {shown(original)} leads out of the place where it is to be unpacked")
    return "/".join(parts)


def digest_text(digest: bytes) -> str:
    """As RECORD spells it."""
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def check_record(label: str, name: str, claimed: str, digest: str) -> None:
    """The archive as a whole is what was locked, so its own list decides nothing; what it says wrong is said."""
    if claimed.startswith("sha256=") and claimed != digest:
        warn(f"{label}: RECORD has another digest of {shown(name)}")
