"""The part that runs in the interpreter of the build environment: calls the backend. https://peps.python.org/pep-0517/"""

import importlib
import json
import re
import sys
from typing import Any, List, TypedDict

from .failure import fail, shown


class HookRequest(TypedDict):
    """Directories are absolute."""

    # module:object
    backend: str
    backendPath: List[str]
    out: str
    label: str


def run_hook_request(file: str) -> None:
    with open(file, encoding="utf-8") as text:
        request: HookRequest = json.load(text)
    # The first entry is the directory of the shim.
    sys.path[:1] = request["backendPath"]
    backend = load_backend(request)
    fail_on_missing(backend, request["label"])
    backend.build_wheel(request["out"], {}, None)


def load_backend(request: HookRequest) -> Any:
    module, _, attribute = request["backend"].partition(":")
    try:
        backend: Any = importlib.import_module(module)
    except ImportError as error:
        fail(f"{request['label']}: its build backend {shown(module)} cannot be loaded: {error}")
    for name in attribute.split(".") if attribute else []:
        backend = getattr(backend, name)
    return backend


def fail_on_missing(backend: Any, label: str) -> None:
    """What a backend wants beside its declared requirements it says only now."""
    if not hasattr(backend, "get_requires_for_build_wheel"):
        return
    wanted: List[str] = backend.get_requires_for_build_wheel({})
    missing = sorted({name for name in map(always_required, wanted) if name and not is_installed(name)})
    if missing:
        fail(f"{label}: to be built it also needs {shown(', '.join(missing))}, for which nothing is locked")


def always_required(requirement: str) -> str:
    """Its name; '' where a marker says when it is needed."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return "" if found is None or ";" in requirement else found.group(1)


def is_installed(name: str) -> bool:
    from importlib import metadata

    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
