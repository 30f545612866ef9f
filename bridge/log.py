"""The log: where our own faults are written down for a bug report, never for an artist to read."""

from __future__ import annotations

import contextlib
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

MAX_BYTES = 1_000_000
"""Of one log file; one older file is kept beside it."""


def log_file() -> Path:
    """Where the log lies on this system, whether or not there is one yet."""
    return platformdirs.user_log_path("layer-bridge", appauthor=False) / "layer-bridge.log"


def log_handler() -> logging.Handler:
    """A handler that appends to the log, with the time of each entry."""
    path = log_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler


class Sentence(logging.Formatter):
    """An entry as a person at a terminal wants it: what happened; the log has the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        more = f"; the details are in {log_file()}" if record.exc_info else ""
        return f"{record.getMessage()}{more}."


def start_logging() -> None:
    """Let every warning go to the log, and its sentence to standard error."""
    terminal = logging.StreamHandler()
    terminal.setFormatter(Sentence())
    handlers: list[logging.Handler] = [terminal]
    with contextlib.suppress(OSError):  # a server is of use without its log, too
        handlers.append(log_handler())
    logging.basicConfig(level=logging.WARNING, handlers=handlers)


def record_fault(fault: BaseException, doing: str) -> Path:
    """Append a fault's traceback to the log and say where that is.

    Args:
        fault: what was raised.
        doing: what was going on: the command line.
    """
    logger = logging.Logger("layer-bridge")
    handler = log_handler()
    logger.addHandler(handler)
    logger.error("%s", doing, exc_info=fault)
    handler.close()
    return log_file()


def last_lines(count: int) -> list[str]:
    """The end of the log; nothing where there is none."""
    path = log_file()
    if not path.is_file():
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
