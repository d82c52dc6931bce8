"""
Compiled modules that are never checked against their source (PEP 552), because neither can change: the same bytes wherever they
are made. What marshal writes depends on what else an interpreter has done, so each share is compiled by a fresh fork of a fresh one.
"""

import contextlib
import importlib.util
import json
import os
import py_compile
import subprocess
import sys
import warnings
from typing import Dict, List, Sequence

from .failure import Failure, fail
from .job import TreeJob
from .merge import path_in_site

# Of one interpreter.
CHUNK = 200


def compile_tree(tree: TreeJob, paths: Sequence[str]) -> Dict[str, str]:
    """Source → compiled module, both below `tree.out`. What is no Python of this version is left out, as pip leaves it."""
    sources = [path for path in paths if path.endswith(".py") and path_in_site(path) is not None]
    os.makedirs(tree.work, exist_ok=True)
    request = os.path.join(tree.work, "compile.json")
    with open(request, "w", encoding="utf-8") as file:
        json.dump({"out": tree.out, "workers": tree.workers, "sources": sources}, file)
    command = [sys.executable, "-S", "-s", "-B", "-W", "ignore", os.path.abspath(sys.argv[0]), "compile", request]
    done = subprocess.run(command, env={"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")}, check=False)
    if done.returncode != 0:
        fail(f"compiling failed: exit code {done.returncode}")
    compiled = {source: importlib.util.cache_from_source(source, optimization="") for source in sources}
    return {source: target for source, target in compiled.items() if os.path.exists(os.path.join(tree.out, target))}


def run_compile(request: str) -> None:
    """In an interpreter of its own."""
    with open(request, encoding="utf-8") as file:
        asked = json.load(file)
    os.chdir(asked["out"])
    sources: List[str] = asked["sources"]
    chunks = [sources[start : start + CHUNK] for start in range(0, len(sources), CHUNK)]
    running: List[int] = []
    for chunk in chunks:
        if len(running) == asked["workers"]:
            wait_for(running.pop(0))
        running.append(start_compiling(chunk))
    for child in running:
        wait_for(child)


def start_compiling(sources: Sequence[str]) -> int:
    child = os.fork()
    if child != 0:
        return child
    status = 1
    try:
        for source in sources:
            compile_source(source)
        status = 0
    finally:
        os._exit(status)


def wait_for(child: int) -> None:
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise Failure("a compiler ended early")


def compile_source(source: str) -> None:
    """The path inside is relative: Python puts the real one there when it loads the module."""
    warnings.simplefilter("ignore")
    with contextlib.suppress(py_compile.PyCompileError, UnicodeDecodeError, ValueError, RecursionError, MemoryError):
        py_compile.compile(source, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
