"""Runs Qt's event loop in a test until something has happened."""

import time
from collections.abc import Callable
from typing import Any

from layer_bridge.qt import QtCore

PATIENCE_SECONDS = 20


def wait_until(condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> float:
    """Handle events until a condition holds.

    Returns:
        The longest that one round of events kept this thread busy, in seconds of its own time;
        what other programs do meanwhile does not count.
    """
    app = QtCore.QCoreApplication.instance()
    assert app is not None
    flags = QtCore.QEventLoop.ProcessEventsFlag.AllEvents
    begun = time.monotonic()
    longest = 0.0
    while not condition():
        before = time.thread_time()
        app.processEvents(flags)
        longest = max(longest, time.thread_time() - before)
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.0005)
    return longest


def handle_events(seconds: float) -> None:
    """Handle events for a while."""
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() >= end)
