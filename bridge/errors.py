"""Every way in which a command can come to nothing, in one sentence and one code each."""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from bridge.log import record_fault
from engine import COMPOSITIONS, ENGINES, EngineError

COMMANDS = (
    "decompose",
    "batch",
    "evaluate",
    "edit",
    "dataset",
    "train",
    "serve",
    "models",
    "install",
    "doctor",
)
OUR_FAULTS = frozenset({"engine_failed", "reconstruction"})
"""Codes that nobody but we can put right."""

ADVICE: Mapping[int | None, str] = MappingProxyType(
    {
        errno.EACCES: "check its permissions",
        errno.EPERM: "check its permissions",
        errno.ENOENT: "check the name",
        errno.ENOTDIR: "a part of the name before the last / is a file",
        errno.EISDIR: "name a file in place of the folder",
        errno.EEXIST: "name another place",
        errno.ENAMETOOLONG: "choose a shorter name",
        errno.ENOSPC: "make room on the disk",
    }
)
"""What to do when the system refuses a file."""


class UserError(Exception):
    """What was asked for cannot be done; one sentence says why and what to do instead."""

    code = "bad_request"


class Trouble(NamedTuple):
    """What is told of an exception."""

    code: str
    sentence: str

    @property
    def exit_code(self) -> int:
        """1 for a fault of ours, 2 for what the user can put right."""
        return 1 if self.code in OUR_FAULTS else 2


def trouble(error: Exception) -> Trouble:
    """What to tell of an exception; the traceback of one that nobody foresaw goes to the log."""
    if isinstance(error, EngineError | UserError):
        return Trouble(error.code, str(error))
    if isinstance(error, MemoryError):
        sentence = "There is not enough free memory; close other programs or take a smaller part."
        return Trouble("out_of_memory", sentence)
    if isinstance(error, OSError) and (error.filename is not None or error.errno == errno.ENOSPC):
        what = error.filename or "The output"
        advice = ADVICE.get(error.errno, "name another place")
        return Trouble(UserError.code, f"{what} cannot be used ({error.strerror}); {advice}.")
    try:
        where = f"the details are in {record_fault(error, _without_names(sys.argv[1:]))}"
    except OSError:
        where = "the log cannot be written"
    return Trouble(
        "engine_failed",
        f"Something went wrong inside layer-bridge ({type(error).__name__}: {error}); {where}. "
        "Please open an issue where you got layer-bridge, with what `layer-bridge doctor --report` "
        "says.",
    )


def _without_names(words: Sequence[str]) -> str:
    """A command line as a bug report wants it: the command and its options, not whose pictures."""
    kept = re.compile(r"--[a-z-]+|" + "|".join([*COMMANDS, *COMPOSITIONS, *ENGINES]))
    return " ".join(["layer-bridge", *(word if kept.fullmatch(word) else "..." for word in words)])
