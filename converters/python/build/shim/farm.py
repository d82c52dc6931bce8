"""
An environment over another one: links to all that the other has, as high up as that is possible, beside files of its own.
Programs are copied, because they must run the interpreter of the environment that they stand in.
"""

import os
from typing import Iterable, List

from .environment import environment_files
from .failure import fail, shown
from .job import TreeJob
from .merge import is_stray


def link_environment(below: str, tree: TreeJob) -> None:
    """`tree.out` is an environment already."""
    skipped = {*environment_files(), "bin"}
    link_entries(below, tree, "", skipped)
    for name in sorted(os.listdir(os.path.join(below, "bin"))):
        path = f"bin/{name}"
        if path not in skipped and not os.path.lexists(os.path.join(tree.out, path)):
            copy_program(below, tree.out, path)


def link_entries(below: str, tree: TreeJob, directory: str, skipped: Iterable[str]) -> None:
    for name in sorted(os.listdir(os.path.join(below, directory))):
        path = os.path.join(directory, name)
        if path in skipped:
            continue
        source, target = os.path.join(below, path), os.path.join(tree.out, path)
        if not os.path.lexists(target):
            os.symlink(source, target)
        elif is_directory(source) and is_directory(target):
            link_entries(below, tree, path, skipped)
        elif not is_equal(source, target) and not is_stray(path) and tree.collisions != "first":
            fail(f"{shown(path)} is in the project and in a package it depends on, with different contents")


def is_directory(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def is_equal(one: str, other: str) -> bool:
    return os.path.isfile(one) and os.path.isfile(other) and load(one) == load(other)


def load(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def copy_program(below: str, out: str, path: str) -> None:
    content = load(os.path.join(below, path)).replace(f"{below}/bin/python3".encode(), f"{out}/bin/python3".encode(), 1)
    target = os.path.join(out, path)
    with open(target, "xb") as file:
        file.write(content)
    os.chmod(target, 0o755 if os.stat(os.path.join(below, path)).st_mode & 0o100 else 0o644)


def link_inside(out: str, path: str, environment: str) -> None:
    """out/bin/app → ../lib/environment/bin/app"""
    target = os.path.join(out, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.symlink(os.path.relpath(os.path.join(environment, path), os.path.dirname(target)), target)


def link_all_inside(out: str, paths: List[str], environment: str) -> None:
    for path in paths:
        link_inside(out, path, environment)
