"""A job: one picture to decompose, how far it is, and whose it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bridge.wire.protocol import ErrorCode, Failure, Progress
from bridge.wire.stream import Outgoing
from engine import EngineError, OptionValue, Rgba


class Owner(Protocol):
    """Whose a job is: hears of it, on the event loop's thread."""

    @property
    def is_ready(self) -> bool:
        """Whether it could take another result now; its jobs wait until it can."""

    def progressed(self, progress: Progress) -> None:
        """A job of its waits or runs."""

    def ended(self, job: Job, reply: Outgoing) -> None:
        """A job of its is over; this is its one reply."""


@dataclass(eq=False)
class Job:
    """One picture that a client wants decomposed."""

    owner: Owner
    id: str
    engine: str
    composition: str
    options: Mapping[str, OptionValue]
    rgba: Rgba
    cancelled: threading.Event = field(default_factory=threading.Event)
    is_over: bool = False
    """Whether its owner has been told how it ended"""
    stage: str = "queued"
    fraction: float = 0.0
    position: int = 0
    started: float | None = None
    """time.monotonic() when the worker took it"""

    def progress(self) -> Progress:
        """How far it is."""
        return Progress(
            job=self.id,
            stage=self.stage,
            fraction=self.fraction,
            queue_position=self.position,
            remaining_s=self._remaining_s(),
        )

    def _remaining_s(self) -> float | None:
        if self.started is None or self.fraction < 0.05:
            return None
        elapsed = time.monotonic() - self.started
        return round(elapsed * (1 - self.fraction) / self.fraction, 1) if elapsed > 0.5 else None

    def end(self, reply: Outgoing) -> None:
        """Tell its owner how it ended, unless that is told already."""
        if not self.is_over:
            self.is_over = True
            self.owner.ended(self, reply)

    def failure(self, code: ErrorCode, detail: str) -> Outgoing:
        """The reply that says it came to nothing."""
        return Outgoing(Failure(job=self.id, code=code, detail=detail))


def code_of(error: EngineError) -> ErrorCode:
    """The code on the wire of what an engine raised."""
    known = error.code in set(ErrorCode)
    return ErrorCode(error.code) if known else ErrorCode.ENGINE_FAILED
