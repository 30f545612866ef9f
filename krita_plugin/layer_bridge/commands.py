"""What the session wants done; the plugin does it with the link and the canvas."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Union

from .framing import Buffer
from .jobs import Job, Run
from .messages import Layer


class OpenLink(NamedTuple):
    """Connect to the server."""


class CloseLink(NamedTuple):
    """Let go of the connection."""


class Ping(NamedTuple):
    """Ask the server for a sign of life."""


class Send(NamedTuple):
    """Send a message."""

    header: Dict[str, Any]
    payload: Optional[Buffer]


class Read(NamedTuple):
    """Read a job's document; `picture_read` or `refused` answers."""

    job: Job


class Place(NamedTuple):
    """Put a job's layers into its document; `placed` or `refused` answers."""

    job: Job
    layers: List[Layer]
    psnr_db: float
    max_error: float


class Finish(NamedTuple):
    """All jobs of a run are over."""

    run: Run


Command = Union[OpenLink, CloseLink, Ping, Send, Read, Place, Finish]
