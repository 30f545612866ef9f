"""Folders that one process at a time may work in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import CannotWrite, EngineError

LOCK = ".layer-bridge.lock"
"""In the folder, while somebody works there; one that a killed process left locks nothing."""


class Occupied(EngineError):
    """Another process works in a folder."""

    code = "occupied"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep all others out of a folder for as long as this process works in it.

    Args:
        folder: made where it is missing.

    Raises:
        Occupied: another one does.
        CannotWrite: the folder cannot be made, or not be written to.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise Occupied(
            f"Another layer-bridge is at work in {folder}; wait for it to end, or choose another "
            "folder."
        ) from None
    except OSError as error:
        raise CannotWrite(
            f"{folder} cannot be written to ({error.strerror or error}); choose another place."
        ) from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps what is open, and there it stays
            (folder / LOCK).unlink()
        lock.release()
