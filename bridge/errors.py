"""Every way in which a command can come to nothing, in one sentence and one code each."""

from __future__ import annotations

import sys
from typing import NamedTuple

from bridge.log import record_fault
from engine import EngineError

OUR_FAULTS = frozenset({"engine_failed", "reconstruction"})
"""Codes that nobody but we can put right."""


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
    if isinstance(error, OSError) and error.filename is not None:
        sentence = f"{error.filename} cannot be used ({error.strerror}); check its permissions."
        return Trouble(UserError.code, sentence)
    try:
        where = f"the details are in {record_fault(error, ' '.join(sys.argv))}"
    except OSError:
        where = "the log cannot be written"
    return Trouble(
        "engine_failed",
        f"Something went wrong inside layer-bridge ({type(error).__name__}: {error}); {where}. "
        "Please report it with what `layer-bridge doctor --report` says.",
    )
