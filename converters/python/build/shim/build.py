"""
A source → its wheel, by the hooks of its build backend (PEP 517), in an environment that holds what was locked for it and nothing
else. Nothing of the result may depend on time, on the machine's paths or on the order of a directory.
"""

import json
import os
import re
import subprocess
import sys
from typing import Dict, List

from .failure import fail, shown
from .hook import HookRequest
from .install import install
from .job import Fields, TreeJob, read_wheels
from .sources import EARLIEST, unpack_source


def run_build(job: Fields) -> None:
    name, version = job.text("name"), job.find_text("version")
    label = name if version is None else f"{name} {version}"
    work, out = job.path("work"), job.path("out")
    environment = build_environment(job)
    if not os.path.isdir(environment):
        make_environment(job, environment)
    source = os.path.join(work, "source")
    unpack_source(job.path("source"), source, label)
    project = project_directory(source, job.find_text("subdir"), label)
    for patch in job.texts("patches"):
        apply_patch(patch, project, label)
    os.makedirs(out)
    request: HookRequest = {
        "backend": job.text("backend"),
        "backendPath": [inside(project, path, label) for path in job.texts("backendPath")],
        "out": out,
        "label": label,
    }
    run_hook(request, environment, project, build_variables(job, environment))
    check_result(out, label)


def prepare_build(job: Fields) -> None:
    """What it is built with alone: something may be done to it before it is used."""
    make_environment(job, build_environment(job))


def build_environment(job: Fields) -> str:
    return os.path.join(job.path("work"), "environment")


def make_environment(job: Fields, environment: str) -> None:
    tree = TreeJob("pristine", False, "first", job.number("workers"), f"{environment}.work", environment)
    install(read_wheels(job, "needs"), tree)


def project_directory(source: str, subdir: object, label: str) -> str:
    return source if subdir is None else inside(source, str(subdir), label)


def inside(root: str, path: str, label: str) -> str:
    """Throws for what leaves the root, through a link too."""
    found = os.path.realpath(os.path.join(root, path))
    if os.path.commonpath([found, os.path.realpath(root)]) != os.path.realpath(root):
        fail(f"{label}: {shown(path)} leads out of the source")
    if not os.path.isdir(found):
        fail(f"{label}: the source has no directory {shown(path)}")
    return found


def apply_patch(patch: str, project: str, label: str) -> None:
    command = ["patch", "-p1", "--batch", "--no-backup-if-mismatch", "-i", patch]
    if subprocess.run(command, cwd=project, check=False).returncode != 0:
        fail(f"{label}: {shown(patch)} does not fit")


def build_variables(job: Fields, environment: str) -> Dict[str, str]:
    """What is set already (compilers, libraries) stays; what differs between machines is set."""
    temporary = os.path.join(job.path("work"), "tmp")
    os.makedirs(temporary, exist_ok=True)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "HOME": os.environ.get("HOME", temporary),
        "LC_ALL": "C.UTF-8",
        "PATH": ":".join([f"{environment}/bin", *job.texts("path"), os.environ.get("PATH", "/usr/bin:/bin")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", str(EARLIEST)),
        "TMPDIR": temporary,
        "TZ": "UTC",
        "VIRTUAL_ENV": environment,
        **version_variables(job.text("name"), job.find_text("version") or ""),
        **{name: str(value) for name, value in Fields(job.record.get("env", {}), "env").record.items()},
    }


def version_variables(name: str, version: str) -> Dict[str, str]:
    """For backends that would ask git, of which there is nothing left; a source archive knows by itself."""
    if version == "":
        return {}
    suffix = re.sub(r"[^A-Za-z0-9]+", "_", name).upper()
    return {f"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{suffix}": version, "PDM_BUILD_SCM_VERSION": version}


def run_hook(request: HookRequest, environment: str, project: str, variables: Dict[str, str]) -> None:
    file = f"{environment}.hook.json"
    with open(file, "w", encoding="utf-8") as text:
        json.dump(request, text)
    command: List[str] = [f"{environment}/bin/python3", "-B", os.path.abspath(sys.argv[0]), "hook", file]
    done = subprocess.run(command, cwd=project, env=variables, check=False)
    if done.returncode != 0:
        fail(f"{request['label']}: its build backend {shown(request['backend'])} failed")


def check_result(out: str, label: str) -> None:
    names = sorted(os.listdir(out))
    if len(names) != 1 or not names[0].endswith(".whl"):
        fail(f"{label}: the build backend made {shown(', '.join(names))}, not one wheel")
