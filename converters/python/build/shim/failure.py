"""What ends the shim with a message, and what is worth saying without ending it."""

import sys
from typing import NoReturn


class Failure(Exception):
    """One sentence for people; the shim ends with exit code 1."""


def fail(message: str) -> NoReturn:
    raise Failure(message)


def warn(message: str) -> None:
    print(f"lock2build: warning: {message}", file=sys.stderr)


def shown(text: str) -> str:
    """Text of strangers inside of a message: on one line, not too long, without escape sequences."""
    short = text if len(text) <= 200 else f"{text[:200]}…"
    return ascii(short)
