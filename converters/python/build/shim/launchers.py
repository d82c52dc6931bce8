"""
Programs of packages: launchers for entry points, and scripts that say `#!python`.
https://packaging.python.org/en/latest/specifications/entry-points/
"""

import re
from typing import Dict, List, NamedTuple, Optional

from .failure import fail, shown

# What the kernel reads of a first line.
MOST_FIRST_LINE = 127

# As pip writes it, but that it also suits a Python without str.removesuffix.
LAUNCHER = """\
import sys
from {module} import {imported}
if __name__ == '__main__':
    sys.exit({called}())
"""

# The interpreter beside the launcher, wherever both are: a shell script that is an expression of Python.
BESIDE = """\
#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python3' "$0" "$@"
' '''
"""

EXACT = """\
#!/bin/sh
'''exec' '{python}' "$0" "$@"
' '''
"""


class EntryPoint(NamedTuple):
    """`name = module:attribute`"""

    name: str
    module: str
    attribute: str


def read_entry_points(text: str, label: str) -> List[EntryPoint]:
    """Those of console_scripts and gui_scripts: without windows, they are the same."""
    points: Dict[str, EntryPoint] = {}
    section: Optional[str] = None
    for line in (line.strip() for line in text.splitlines()):
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section in ("console_scripts", "gui_scripts"):
            point = parse_entry_point(line, label)
            points[point.name] = point
    return list(points.values())


def parse_entry_point(line: str, label: str) -> EntryPoint:
    """Its parts become a program, so they are names of Python and nothing else."""
    found = re.fullmatch(r"(?P<name>[^=]*[^=\s])\s*=\s*(?P<module>[\w.]+)\s*:\s*(?P<attribute>[\w.]+)\s*(?:\[[^\]]*\]\s*)?", line)
    if found is None or not all(part.isidentifier() for key in ("module", "attribute") for part in found[key].split(".")):
        fail(f"{label}: {shown(line)} in entry_points.txt is no program")
    name = found["name"]
    if "/" in name or "\0" in name or name in (".", ".."):
        fail(f"{label}: {shown(name)} in entry_points.txt cannot be the name of a program")
    return EntryPoint(name, found["module"], found["attribute"])


def versioned(points: List[EntryPoint], version: str) -> List[EntryPoint]:
    """pip's wheel is made for every Python: which programs it has is for whoever installs it, and that is how pip does it."""
    pip = next((point for point in points if point.name == "pip"), None)
    if pip is None:
        return points
    others = [point for point in points if not re.fullmatch(r"pip(\d+(\.\d+)?)?", point.name)]
    return [*others, *(pip._replace(name=name) for name in ("pip", f"pip{version.split('.')[0]}", f"pip{version}"))]


def launcher_text(point: EntryPoint, first_lines: str) -> bytes:
    imported = point.attribute.split(".")[0]
    body = LAUNCHER.format(module=point.module, imported=imported, called=point.attribute)
    return (first_lines + body).encode("utf-8")


def first_lines_for(python: Optional[str]) -> str:
    """`python`: the interpreter's path; None: the one beside the launcher."""
    if python is None:
        return BESIDE
    line = f"#!{python}\n"
    if " " in python or len(line.encode()) > MOST_FIRST_LINE:
        return EXACT.format(python=python)
    return line


def patched_script(script: bytes, first_lines: str) -> Optional[bytes]:
    """A script of a wheel whose first line is `#!python` or `#!pythonw`; None: it stays as it is."""
    first, newline, rest = script.partition(b"\n")
    return first_lines.encode() + rest if newline and first.startswith(b"#!python") else None


def is_wrapper(name: str, points: List[EntryPoint]) -> bool:
    """Made by setuptools for an entry point, and replaced by the launcher."""
    lowered = name.lower()
    for ending in (".exe", "-script.py", ".pya"):
        if lowered.endswith(ending):
            name = name[: -len(ending)]
            break
    return any(point.name == name for point in points)
