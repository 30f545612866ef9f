"""What Ctrl-C and SIGTERM do: end the program on the spot while it loads, tidily when it works."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

INTERRUPTED = 3
"""The exit code."""


def end_at_once() -> None:
    """Let a signal end the program quietly, as long as there is nothing to tidy up."""
    _handle(lambda number, frame: os._exit(INTERRUPTED))


def end_tidily() -> None:
    """Let a signal raise KeyboardInterrupt, so that nothing half done is left behind."""
    _handle(signal.default_int_handler)


@contextmanager
def noted() -> Iterator[Callable[[], bool]]:
    """Let the first signal be asked for, by what comes back; a second one ends tidily."""
    came = Event()

    def note(number: int, frame: Any) -> None:
        came.set()
        end_tidily()

    _handle(note)
    try:
        yield came.is_set
    finally:
        end_tidily()


def _handle(handler: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and scripts set it
            signal.signal(number, handler)
