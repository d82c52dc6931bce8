"""
Where the files of a wheel go, below the environment.
https://packaging.python.org/en/latest/specifications/binary-distribution-format/#installing-a-wheel-distribution-1-0-py32-none-any-whl
"""

import os
import sys
import sysconfig
from typing import NamedTuple, Optional

from .failure import fail, shown


class Target(NamedTuple):
    """A place for a file of a wheel."""

    # Below the environment.
    path: str
    is_script: bool


def python_version() -> str:
    """3.12, as far as names of directories are made of it."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def python_directory() -> str:
    """python3.12; python3.13t where it runs without the global lock."""
    suffix = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"python{python_version()}{suffix}"


def site_packages() -> str:
    return f"lib/{python_directory()}/site-packages"


def target_of(name: str, package: str, label: str) -> Target:
    """`name`: a path in a wheel, checked; `package`: the name that its headers are kept under."""
    top, _, rest = name.partition("/")
    if not top.endswith(".data") or not rest:
        return Target(f"{site_packages()}/{name}", False)
    scheme, _, path = rest.partition("/")
    root = scheme_root(scheme, package)
    if root is None or not path:
        fail(f"{label}: {shown(name)} belongs to no place that wheels may install to")
    return Target(os.path.join(root, path), scheme == "scripts")


def scheme_root(scheme: str, package: str) -> Optional[str]:
    roots = {
        "purelib": site_packages(),
        "platlib": site_packages(),
        # As in every virtual environment.
        "headers": f"include/site/{python_directory()}/{package}",
        "scripts": "bin",
        "data": "",
    }
    return roots.get(scheme)
