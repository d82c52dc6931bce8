"""
The environment of a development shell: what the project needs, and the project itself as a directory that is being worked in. Where
that is the variable LOCK2BUILD_PROJECT says, so the environment does not depend on it.
"""

import json
import os
import re
from typing import List

from .environment import write_environment
from .failure import warn
from .farm import link_environment
from .install import normalized
from .job import Fields, TreeJob, read_tree_job
from .launchers import first_lines_for, launcher_text, parse_entry_point
from .schemes import site_packages
from .writing import write_file

# One line: site runs it when Python starts. Directories are relative to the project.
PATH_LINE = """\
import os, sys; sys.path[:0] = [os.path.join(os.environ["LOCK2BUILD_PROJECT"], *path) for path in {paths} \
if os.path.isdir(os.path.join(os.environ.get("LOCK2BUILD_PROJECT", "/nonexistent"), *path))]
"""


def run_shell(job: Fields) -> None:
    tree = read_tree_job(job)
    write_environment(tree)
    directories: List[str] = []
    for project in (Fields(record, "projects") for record in job.list("projects")):
        directories.append(project.text("directory"))
        write_project(project, tree)
    environment = job.path("environment")
    for package in (Fields(record, "editable") for record in job.list("editable")):
        name = package.text("name")
        if is_pure(environment, name):
            directories.append(package.text("directory"))
        else:
            warn(f"{name} has compiled modules: changes of it are seen when the shell is built again")
    write_file(tree.out, f"{site_packages()}/lock2build-projects.pth", path_line(directories))
    link_environment(environment, tree._replace(collisions="first"))


def write_project(project: Fields, tree: TreeJob) -> None:
    """Its metadata and programs, without building it."""
    name, version = project.text("name"), project.find_text("version") or "0"
    folder = f"{site_packages()}/{name.replace('-', '_')}-{version}.dist-info"
    scripts = Fields(project.record.get("scripts", {}), "scripts")
    lines = [f"{script} = {scripts.text(script)}" for script in sorted(scripts.record)]
    write_file(tree.out, f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode())
    write_file(tree.out, f"{folder}/entry_points.txt", "\n".join(["[console_scripts]", *lines, ""]).encode())
    first_lines = first_lines_for(f"{tree.out}/bin/python3" if tree.shebangs == "patched" else None)
    for point in (parse_entry_point(line, name) for line in lines):
        write_file(tree.out, f"bin/{point.name}", launcher_text(point, first_lines), is_executable=True)


def is_pure(environment: str, name: str) -> bool:
    """What its wheel says of itself."""
    site = os.path.join(environment, site_packages())
    for folder in os.listdir(site):
        if folder.endswith(".dist-info") and normalized(folder.split("-")[0]) == name:
            with open(os.path.join(site, folder, "WHEEL"), encoding="utf-8") as file:
                return re.search(r"(?mi)^Root-Is-Purelib:\s*true\s*$", file.read()) is not None
    return False


def path_line(directories: List[str]) -> bytes:
    paths = [[*parts(directory), *source] for directory in directories for source in (["src"], [])]
    return PATH_LINE.format(paths=json.dumps(paths)).encode()


def parts(directory: str) -> List[str]:
    return [part for part in directory.split("/") if part not in ("", ".")]
