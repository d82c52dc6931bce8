"""Files on the disk: each new, none through a link, with no more rights than 0755 or 0644."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Dict, Iterable, List, NamedTuple, Sequence

from .failure import fail, shown
from .merge import Placed, parents, pieces_of
from .wheel import digest_text


class Written(NamedTuple):
    """What RECORD says of a file."""

    digest: str
    size: int


def write_all(out: str, files: Sequence[Placed], workers: int) -> Dict[str, Written]:
    """By path. What is written is hashed, so no list of a wheel has to be believed."""
    make_directories(out, (placed.path for placed in files))
    with ThreadPoolExecutor(workers) as pool:
        results = pool.map(lambda some: write_some(out, some), shares(files, workers * 8))
        return {path: written for result in results for path, written in result.items()}


def write_some(out: str, files: Sequence[Placed]) -> Dict[str, Written]:
    return {placed.path: write_placed(out, placed) for placed in files}


def write_placed(out: str, placed: Placed) -> Written:
    digest = hashlib.sha256()
    size = 0
    target = create(os.path.join(out, placed.path), placed.is_executable)
    try:
        for piece in pieces_of(placed):
            digest.update(piece)
            size += len(piece)
            write_whole(target, piece)
    finally:
        os.close(target)
    return Written(f"sha256={digest_text(digest.digest())}", size)


def write_file(out: str, path: str, content: bytes, is_executable: bool = False) -> Written:
    """One file more, below directories that may not be there yet."""
    os.makedirs(os.path.dirname(os.path.join(out, path)), exist_ok=True)
    target = create(os.path.join(out, path), is_executable)
    try:
        write_whole(target, content)
    finally:
        os.close(target)
    return Written(f"sha256={digest_text(hashlib.sha256(content).digest())}", len(content))


def create(path: str, is_executable: bool) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755 if is_executable else 0o644)
    except FileExistsError:
        fail(f"{shown(path)} is there already: this file system does not tell two names apart")


def write_whole(target: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(target, left) :]


def make_directories(out: str, paths: Iterable[str]) -> None:
    wanted = {parent for path in paths for parent in parents(path)}
    for path in sorted(wanted):
        os.makedirs(os.path.join(out, path), exist_ok=True)


def shares(files: Sequence[Placed], count: int) -> List[Sequence[Placed]]:
    size = max(1, len(files) // count)
    return [files[start : start + size] for start in range(0, len(files), size)]
