"""
Builds Python environments out of wheels. `python3 -I -S -B python-shim.py <command> job.json`: install, environment, build, package, tool, shell.
Written by lock2build; not to be edited. Needs Python 3.8 and nothing else.
"""

import os
import sys
from typing import Callable, Dict, List

from .build import prepare_build, run_build
from .bytecode import run_compile
from .failure import Failure
from .hook import run_hook_request
from .install import run_install
from .job import Fields, load_job
from .package import run_package, run_tool
from .shell import run_shell

COMMANDS: Dict[str, Callable[[Fields], None]] = {
    "build": run_build,
    "environment": prepare_build,
    "install": run_install,
    "package": run_package,
    "shell": run_shell,
    "tool": run_tool,
}
# What the shim runs itself with.
PARTS: Dict[str, Callable[[str], None]] = {"compile": run_compile, "hook": run_hook_request}


def main(words: List[str]) -> int:
    if len(words) != 2 or words[0] not in {*COMMANDS, *PARTS}:
        print(f"usage: python-shim.py {'|'.join(COMMANDS)} job.json", file=sys.stderr)
        return 2
    os.umask(0o022)
    command, job = words
    try:
        if command in PARTS:
            PARTS[command](job)
        else:
            COMMANDS[command](load_job(job))
    except Failure as failure:
        print(f"lock2build: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
