"""Wheels → an environment: a virtual environment that Python finds everything in by itself."""

import csv
import io
import json
import os
import re
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .bytecode import compile_tree
from .environment import environment_files, write_environment
from .failure import fail, shown
from .job import Fields, TreeJob, WheelJob, read_tree_job, read_wheels
from .launchers import EntryPoint, first_lines_for, is_wrapper, launcher_text, patched_script, read_entry_points, versioned
from .merge import Placed, merge
from .schemes import python_version, site_packages, target_of
from .wheel import Wheel, check_record
from .writing import Written, write_all, write_file

# Written anew for every wheel, or not at all.
OWN_METADATA = ("RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json")
INSTALLER = b"lock2build\n"


def run_install(job: Fields) -> None:
    install(read_wheels(job, "wheels"), read_tree_job(job))


class Opened(NamedTuple):
    """A wheel with what it is asked for as."""

    wheel: Wheel
    asked: WheelJob
    points: List[EntryPoint]


def install(wheels: Sequence[WheelJob], tree: TreeJob) -> None:
    """`tree.out` is not there yet."""
    fail_on_rivals(wheels)
    opened = [open_wheel(asked) for asked in wheels]
    try:
        first_lines = first_lines_for(f"{tree.out}/bin/python3" if tree.shebangs == "patched" else None)
        files = [list(files_of(each, first_lines)) for each in opened]
        records = [record_path(each) for each in opened]
        reserved = [*environment_files(), *records]
        merged = merge((placed for some in files for placed in some), reserved, tree.collisions)
        write_environment(tree)
        written = write_all(tree.out, list(merged.values()), tree.workers)
        check_records(opened, written)
        compiled = compile_tree(tree, sorted(merged)) if tree.bytecode else {}
        for each, some in zip(opened, files):
            rows = record_rows(sorted({placed.path for placed in some}), written, compiled)
            write_file(tree.out, record_path(each), record_text(rows, record_path(each)))
    finally:
        for each in opened:
            each.wheel.close()


def fail_on_rivals(wheels: Sequence[WheelJob]) -> None:
    """An environment has one version of a package: imports would find a mixture of two."""
    first: Dict[str, WheelJob] = {}
    for asked in wheels:
        other = first.setdefault(normalized(asked.name), asked)
        if other is not asked:
            fail(f"{label_of(other)} and {label_of(asked)} are both asked for, and are one package: choose other groups or extras")


def label_of(asked: WheelJob) -> str:
    return asked.name if asked.version is None else f"{asked.name} {asked.version}"


def open_wheel(asked: WheelJob) -> Opened:
    label = label_of(asked)
    wheel = Wheel(asked.file, label)
    name = wheel.read_name()
    if normalized(name) != normalized(asked.name):
        fail(f"{label}: the wheel says that it is {shown(name)}")
    entry_points = wheel.find_metadata("entry_points.txt")
    points = [] if entry_points is None else read_entry_points(entry_points, label)
    return Opened(wheel, asked, versioned(points, python_version()) if asked.name == "pip" else points)


def normalized(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def files_of(opened: Opened, first_lines: str) -> Iterator[Placed]:
    wheel, asked, points = opened
    own = {f"{wheel.dist_info}/{name}" for name in OWN_METADATA}
    for member in wheel.members.values():
        if member.name in own:
            continue
        path, is_script = target_of(member.name, asked.name, wheel.label)
        if not is_script:
            yield Placed(path, wheel, member, member.is_executable)
        elif not is_wrapper(os.path.basename(path), points):
            script = patched_script(wheel.read(member), first_lines)
            yield Placed(path, wheel, member if script is None else script, True)
    for point in points:
        yield Placed(f"bin/{point.name}", wheel, launcher_text(point, first_lines), True)
    yield Placed(metadata_path(opened, "INSTALLER"), wheel, INSTALLER, False)
    if asked.direct is not None:
        text = json.dumps(asked.direct, sort_keys=True, ensure_ascii=False)
        yield Placed(metadata_path(opened, "direct_url.json"), wheel, text.encode("utf-8"), False)


def metadata_path(opened: Opened, name: str) -> str:
    return f"{site_packages()}/{opened.wheel.dist_info}/{name}"


def record_path(opened: Opened) -> str:
    return metadata_path(opened, "RECORD")


def check_records(opened: Iterable[Opened], written: Dict[str, Written]) -> None:
    for each in opened:
        claims = each.wheel.read_record()
        for name, claimed in claims.items():
            path = f"{site_packages()}/{name}"
            if name in each.wheel.members and path in written:
                check_record(each.wheel.label, name, claimed, written[path].digest)


class Row(NamedTuple):
    """`path`: below the environment."""

    path: str
    written: Optional[Written]


def record_rows(paths: Iterable[str], written: Dict[str, Written], compiled: Dict[str, str]) -> Iterator[Row]:
    """Bytecode has no digest: Python may write it anew."""
    for path in paths:
        yield Row(path, written[path])
        if path in compiled:
            yield Row(compiled[path], None)


def record_text(rows: Iterable[Row], record: str) -> bytes:
    """Sorted, with paths as seen from site-packages."""
    text = io.StringIO()
    lines = [record_line(row) for row in [*rows, Row(record, None)]]
    csv.writer(text, lineterminator="\n").writerows(sorted(lines))
    return text.getvalue().encode("utf-8")


def record_line(row: Row) -> Tuple[str, str, str]:
    path = os.path.relpath(row.path, site_packages())
    return (path, "", "") if row.written is None else (path, row.written.digest, str(row.written.size))
