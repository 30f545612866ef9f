"""The plugin's jobs: what the artist asked for, how far each job is, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

from .options import OptionValue


class Stage(Enum):
    """Where a job is on its way; the last three are ends."""

    WAITING = "waiting"
    """For the jobs of this plugin before it; its document has not been read"""
    READING = "reading the canvas"
    SENDING = "sending"
    QUEUED = "queued"
    """On the server, behind jobs of others"""
    RUNNING = "running"
    RECEIVING = "receiving"
    PLACING = "inserting the layers"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDS = (Stage.DONE, Stage.FAILED, Stage.CANCELLED)
ON_THE_SERVER = (Stage.SENDING, Stage.QUEUED, Stage.RUNNING, Stage.RECEIVING)


class Request(NamedTuple):
    """What the artist asked for, as the choices stood at the click."""

    document: Any
    """The canvas's own handle; it goes along unread"""
    title: str
    """Of the document"""
    scope: str
    engine: str
    composition: str
    placement: str
    replace: bool
    """Whether the last group put into the document goes"""
    hide_originals: bool = False
    """Whether what was decomposed is hidden"""
    options: Mapping[str, OptionValue] = MappingProxyType({})
    """A value for each option of the engine"""

    @property
    def leaves_out_last_group(self) -> bool:
        """Whether the picture is read without that group; for a new document it stays in."""
        return self.replace and self.placement != "new_document"


@dataclass
class Job:
    """One request on its way."""

    id: str
    request: Request
    stage: Stage = Stage.WAITING
    size: Tuple[int, int, int] = (0, 0, 0)
    """Width and height of its picture, pixels, and bits a channel; known once it was read"""
    work: str = ""
    """The server's own words for what it does"""
    fraction: float = 0.0
    """Of the stage, 0 to 1"""
    ahead: int = 0
    """Jobs before it on the server"""
    remaining_s: Optional[float] = None
    detail: str = ""
    """What came of it, one sentence: how well it restacks, or why it failed"""

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.stage in ENDS

    def end(self, stage: Stage, detail: str = "") -> None:
        """It is over."""
        self.stage, self.detail = stage, detail


class Run:
    """The jobs from a first click to the moment when none is left; one runs at a time.

    A document is read only when its turn comes, so that many open documents need no more memory
    than one.
    """

    def __init__(self) -> None:
        self.jobs: List[Job] = []

    @property
    def current(self) -> Optional[Job]:
        """The job whose turn it is; None when all are over."""
        return next((job for job in self.jobs if not job.ended), None)

    @property
    def number(self) -> int:
        """Which of the jobs is the current one, counted from 1."""
        return 1 + sum(job.ended for job in self.jobs)

    @property
    def fraction(self) -> float:
        """How much of the whole run is behind us, 0 to 1."""
        current = self.current
        done = sum(job.ended for job in self.jobs) + (_progress(current) if current else 0.0)
        return done / len(self.jobs) if self.jobs else 0.0

    def holds(self, document: Any) -> bool:
        """Whether a document has a job here that is not over."""
        return any(not job.ended and job.request.document == document for job in self.jobs)

    def ended(self, stage: Stage) -> List[Job]:
        """The jobs that came to one end."""
        return [job for job in self.jobs if job.stage is stage]


_SPAN = {
    Stage.SENDING: (0.02, 0.08),
    Stage.QUEUED: (0.08, 0.08),
    Stage.RUNNING: (0.08, 0.92),
    Stage.RECEIVING: (0.92, 0.97),
    Stage.PLACING: (0.97, 0.97),
}
"""Which part of the progress bar each stage fills; it is never full before the layers are there."""


def _progress(job: Job) -> float:
    begin, end = _SPAN.get(job.stage, (0.0, 0.0))
    return begin + (end - begin) * min(max(job.fraction, 0.0), 1.0)
