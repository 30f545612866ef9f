"""Files that take another's place whole, or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(destination: Path) -> Iterator[Path]:
    """A new path beside a file, to write to; it takes the file's place when all went well.

    Else what was there stays, and nothing is left of what was written.
    """
    partial = beside(destination)
    try:
        yield partial
        partial.replace(destination)
    finally:
        with suppress(OSError):
            partial.unlink()


def beside(path: Path) -> Path:
    """A hidden path in the same folder that nobody has."""
    return path.with_name(f".{secrets.token_hex(4)}.partial")  # a long name would be too long
