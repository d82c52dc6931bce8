"""
What makes a directory a virtual environment, so that its interpreter finds its packages and no others.
https://docs.python.org/3/library/venv.html, PEP 405
"""

import os
import sys
from typing import List

from .job import TreeJob
from .schemes import python_version
from .writing import write_file


def environment_files() -> List[str]:
    return ["pyvenv.cfg", *(f"bin/{name}" for name in interpreter_names())]


def write_environment(tree: TreeJob) -> None:
    os.makedirs(tree.out)
    os.makedirs(os.path.join(tree.out, "bin"))
    link = interpreter_names()[0]
    os.symlink(interpreter(), os.path.join(tree.out, "bin", link))
    for name in interpreter_names()[1:]:
        os.symlink(link, os.path.join(tree.out, "bin", name))
    write_file(tree.out, "pyvenv.cfg", environment_text().encode("utf-8"))


def interpreter() -> str:
    """The one that runs the shim, where it really is."""
    return os.path.realpath(sys.executable)


def interpreter_names() -> List[str]:
    return ["python3", "python", f"python{python_version()}"]


def environment_text() -> str:
    version = ".".join(str(part) for part in sys.version_info[:3])
    home = os.path.dirname(interpreter())
    return f"home = {home}\ninclude-system-site-packages = false\nversion = {version}\n"
