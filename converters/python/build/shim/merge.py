"""
Which file stands at which path when wheels bring the same one: where the contents are equal it does not matter, and elsewhere the build
fails, because whoever is installed last would win. What nobody imports is let through.
"""

import re
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Union

from .failure import fail, shown, warn
from .schemes import site_packages
from .wheel import Member, Wheel


class Placed(NamedTuple):
    """A file of the environment that comes from a wheel, or is made for it."""

    # Below the environment.
    path: str
    wheel: Wheel
    # A member of the wheel as it is, or the contents.
    content: Union[Member, bytes]
    is_executable: bool


# Directories and files at the top of site-packages that packages bring by mistake.
STRAY_DIRECTORIES = {"benchmarks", "doc", "docs", "example", "examples", "scripts", "test", "tests", "tools"}
STRAY_FILE = re.compile(
    r"(authors|changelog|changes|contributing|copying|history|licen[cs]e|manifest|news|notice|readme|todo)"
    r"([._-][^/]*)?|pyproject\.toml|setup\.(py|cfg)|tox\.ini|conftest\.py|\.gitignore",
    re.IGNORECASE,
)


def merge(files: Iterable[Placed], reserved: Iterable[str], collisions: str) -> Dict[str, Placed]:
    """By path. `reserved`: paths of the environment itself."""
    merged: Dict[str, Placed] = {}
    taken = set(reserved)
    for placed in files:
        if placed.path in taken:
            fail(f"{placed.wheel.label}: {shown(placed.path)} is a file of the environment itself")
        first = merged.get(placed.path)
        if first is None:
            merged[placed.path] = placed
        elif not is_same(first, placed):
            decide(first, placed, collisions)
    fail_on_files_as_directories(merged)
    return merged


def decide(first: Placed, other: Placed, collisions: str) -> None:
    names = f"{first.wheel.label} and {other.wheel.label}"
    if is_stray(first.path):
        warn(f"{shown(first.path)} differs between {names}: the former is kept")
    elif collisions == "first":
        warn(f"{shown(first.path)} differs between {names}: the former is kept, as collisions = \"first\" says")
    elif not (declares_namespace(first) and declares_namespace(other)):
        fail(f'{names} both have {shown(first.path)}, with different contents; collisions = "first" keeps the former')


def is_same(first: Placed, other: Placed) -> bool:
    """Checksums are asked first: they are at hand."""
    a, b = first.content, other.content
    if isinstance(a, Member) and isinstance(b, Member) and (a.info.CRC, a.info.file_size) != (b.info.CRC, b.info.file_size):
        return False
    return first.is_executable == other.is_executable and contents(first) == contents(other)


def contents(placed: Placed) -> bytes:
    return b"".join(pieces_of(placed))


def pieces_of(placed: Placed) -> Iterator[bytes]:
    if isinstance(placed.content, Member):
        return placed.wheel.pieces(placed.content)
    return iter([placed.content])


def is_stray(path: str) -> bool:
    inside = path_in_site(path)
    if inside is None:
        return False
    top, slash, _ = inside.partition("/")
    return top.lower() in STRAY_DIRECTORIES if slash else STRAY_FILE.fullmatch(top) is not None


def path_in_site(path: str) -> Optional[str]:
    prefix = f"{site_packages()}/"
    return path[len(prefix) :] if path.startswith(prefix) else None


def declares_namespace(placed: Placed) -> bool:
    """A package of parts in several distributions, in the way of before PEP 420: each of them does the same."""
    if not placed.path.endswith("/__init__.py"):
        return False
    text = contents(placed)
    return b"extend_path" in text or b"declare_namespace" in text


def fail_on_files_as_directories(merged: Dict[str, Placed]) -> None:
    for path, placed in merged.items():
        for parent in parents(path):
            if parent in merged:
                other = merged[parent].wheel.label
                fail(f"{placed.wheel.label} has a directory {shown(parent)}, and {other} a file")


def parents(path: str) -> List[str]:
    """a/b/c → a/b, a"""
    found: List[str] = []
    while "/" in path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found
