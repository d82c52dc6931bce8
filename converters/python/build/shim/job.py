"""The job file: what is asked of the shim. Its shapes are described in converters/python/build/job.ts."""

import json
import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from .failure import fail, shown


class WheelJob(NamedTuple):
    """A wheel to be installed."""

    # PEP 503 name.
    name: str
    version: Optional[str]
    # The wheel, or a directory that holds it alone.
    file: str
    # direct_url.json as it is to be written.
    direct: Optional[Mapping[str, Any]]


class TreeJob(NamedTuple):
    """How an environment is made."""

    # 'patched': launchers name the environment by its path. 'pristine': they find it beside themselves.
    shebangs: str
    bytecode: bool
    # 'refused', or 'first': what the package with the first name has is kept.
    collisions: str
    workers: int
    work: str
    out: str


class Fields:
    """Members of a JSON object, each of the type that it must have."""

    def __init__(self, record: Any, where: str) -> None:
        if not isinstance(record, dict):
            fail(f"job: {where} is not an object")
        self.record: Dict[str, Any] = record
        self.where = where

    def text(self, key: str) -> str:
        value = self.record.get(key)
        if not isinstance(value, str):
            fail(f"job: {self.where}.{key} is not a text")
        return value

    def find_text(self, key: str) -> Optional[str]:
        return None if self.record.get(key) is None else self.text(key)

    def path(self, key: str) -> str:
        value = self.text(key)
        if not os.path.isabs(value):
            fail(f"job: {self.where}.{key} is not an absolute path")
        return value

    def texts(self, key: str) -> List[str]:
        return [value if isinstance(value, str) else fail(f"job: {self.where}.{key} holds no text") for value in self.list(key)]

    def list(self, key: str) -> List[Any]:
        value = self.record.get(key, [])
        if not isinstance(value, list):
            fail(f"job: {self.where}.{key} is not a list")
        return value

    def flag(self, key: str) -> bool:
        return self.record.get(key) is True

    def number(self, key: str) -> int:
        value = self.record.get(key)
        if not isinstance(value, int) or value < 1:
            fail(f"job: {self.where}.{key} is not a number above 0")
        return value

    def choice(self, key: str, choices: List[str]) -> str:
        value = self.text(key)
        if value not in choices:
            fail(f"job: {self.where}.{key} is {shown(value)}, not one of {', '.join(choices)}")
        return value


def load_job(path: str) -> Fields:
    with open(path, encoding="utf-8") as file:
        return Fields(json.load(file), "job")


def read_tree_job(job: Fields) -> TreeJob:
    return TreeJob(
        shebangs=job.choice("shebangs", ["patched", "pristine"]),
        bytecode=job.flag("bytecode"),
        collisions=job.choice("collisions", ["refused", "first"]),
        workers=job.number("workers"),
        work=job.path("work"),
        out=job.path("out"),
    )


def read_wheels(job: Fields, key: str) -> List[WheelJob]:
    """Sorted by name: the order in which they are installed does not depend on who wrote the job."""
    found = [read_wheel(Fields(record, key)) for record in job.list(key)]
    return sorted(found, key=lambda wheel: wheel.name)


def read_wheel(fields: Fields) -> WheelJob:
    direct = fields.record.get("direct")
    return WheelJob(
        name=fields.text("name"),
        version=fields.find_text("version"),
        file=find_wheel(fields.path("file")),
        direct=None if direct is None else Fields(direct, "direct").record,
    )


def find_wheel(path: str) -> str:
    """What a build makes is a directory that holds the wheel under its own name."""
    if not os.path.isdir(path):
        return path
    names = sorted(os.listdir(path))
    if len(names) != 1:
        fail(f"{shown(path)} does not hold one wheel, but {shown(', '.join(names))}")
    return os.path.join(path, names[0])
