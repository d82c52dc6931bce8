"""
The application: its own wheel over the environment of what it needs, and on PATH the programs of its own alone. A project that is no
package is laid out as it is, beside the environment.
"""

import csv
import io
import os
from typing import List, Optional

from .environment import write_environment
from .failure import warn
from .farm import link_all_inside, link_environment
from .install import install, normalized
from .job import Fields, TreeJob, read_tree_job, read_wheels
from .schemes import site_packages
from .sources import copy_directory
from .writing import write_file

# Python looks for its environment where the name is that it was started by: a link to it would find none.
INTERPRETER = """\
#!/bin/sh
exec "$(dirname -- "$(realpath -- "$0")")"/../lib/environment/bin/python3 "$@"
"""


def run_package(job: Fields) -> None:
    tree = read_tree_job(job)
    wheels = read_wheels(job, "wheels")
    inner = tree._replace(out=os.path.join(tree.out, "lib", "environment"))
    if wheels:
        install(wheels, inner)
        own = own_files(inner)
        link_environment(job.path("environment"), inner)
        link_all_inside(tree.out, own, inner.out)
    else:
        write_environment(inner)
        link_environment(job.path("environment"), inner)
        copy_directory(job.path("source"), os.path.join(tree.out, "lib", "project"))
        write_file(tree.out, "bin/python3", INTERPRETER.encode("utf-8"), True)


def run_tool(job: Fields) -> None:
    """One package with an environment of its own, and of that environment on PATH the programs of this package alone."""
    tree = read_tree_job(job)
    inner = tree._replace(out=os.path.join(tree.out, "lib", "environment"))
    install(read_wheels(job, "wheels"), inner)
    name = job.text("tool")
    own = own_files(inner, name)
    if not any(path.startswith("bin/") for path in own):
        warn(f"{name} has no programs")
    link_all_inside(tree.out, own, inner.out)


def own_files(tree: TreeJob, of: Optional[str] = None) -> List[str]:
    """Programs and data files of a package, or of all: what its RECORD has outside of site-packages."""
    site = os.path.join(tree.out, site_packages())
    found: List[str] = []
    for name in sorted(os.listdir(site)):
        if name.endswith(".dist-info") and of in (None, normalized(name.split("-")[0])):
            with open(os.path.join(site, name, "RECORD"), encoding="utf-8", newline="") as file:
                rows = csv.reader(io.StringIO(file.read()))
            found.extend(os.path.normpath(os.path.join(site_packages(), row[0])) for row in rows if row[0].startswith("../"))
    return [path for path in found if not path.startswith("lib/")]
