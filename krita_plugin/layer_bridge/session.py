"""The conversation with the server, as a state machine: events in, commands out.

It knows no Qt, no Krita and no socket. Every method that takes an event gives back what is to be
done, in order. The connection may come and go under it; the jobs are its own.
"""

from __future__ import annotations

from enum import Enum
from itertools import count
from typing import Any, Callable, ClassVar, Dict, Iterable, Iterator, List, Optional

from .commands import CloseLink, Command, Finish, OpenLink, Ping, Place, Read, Send
from .framing import Buffer, FrameError, unpack
from .jobs import ON_THE_SERVER, Job, Request, Run, Stage
from .messages import ResultError, decompose_header, layers_of, read_welcome
from .pacing import CONNECT_SECONDS, Backoff, Heartbeat
from .protocol import PROTOCOL_VERSION, VERSION, Welcome

UNREADABLE = "The server sent something that this plugin cannot read; update both."


class State(Enum):
    """Of the connection."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    READY = "ready"
    REFUSED = "refused"
    """The versions do not fit: only the artist starts another attempt"""


class Session:
    """One plugin's conversation with one server."""

    def __init__(self, clock: Callable[[], float], job_ids: Optional[Iterator[str]] = None) -> None:
        self.state = State.OFFLINE
        self.reason = ""
        """Why there is no connection, one sentence; empty while the first attempt runs"""
        self.welcome: Optional[Welcome] = None
        """What the server said of itself, as long as it is there"""
        self.run: Optional[Run] = None
        """The jobs under way"""
        self._clock = clock
        self._job_ids = job_ids or (f"job-{number}" for number in count(1))
        self._backoff = Backoff()
        self._heartbeat = Heartbeat(clock())
        self._try_at: Optional[float] = None

    # ---- the connection

    @property
    def deadline(self) -> Optional[float]:
        """When `tick` is due, by the clock; None while nothing is to be waited for."""
        return self._heartbeat.deadline if self.state is State.READY else self._try_at

    def connect(self) -> List[Command]:
        """Connect now: the plugin starts, the artist asks, or the address has changed."""
        self._backoff.reset()
        self.reason = ""
        return [*self._open(), *self._fail_what_is_lost("The connection was opened anew.")]

    def opened(self) -> List[Command]:
        """The link stands."""
        hello = {
            "type": "hello",
            "protocol": PROTOCOL_VERSION,
            "client": "krita",
            "client_version": VERSION,
        }
        return [Send(hello, None)]

    def closed(self, reason: str) -> List[Command]:
        """The link is gone, or did not come about."""
        if self.state is State.REFUSED:
            return []
        self.state, self.reason = State.OFFLINE, reason
        self._try_at = self._clock() + self._backoff.pause()
        return self._fail_what_is_lost(reason)

    def heard(self) -> List[Command]:
        """Something came from the server."""
        self._heartbeat.heard(self._clock())
        return []

    def tick(self) -> List[Command]:
        """The deadline has come."""
        now = self._clock()
        if self.deadline is None or now < self.deadline:
            return []
        if self.state is State.OFFLINE:
            return self._open()
        if self.state is State.CONNECTING:
            return [CloseLink(), *self.closed("The server does not answer.")]
        if self._heartbeat.is_silent(now):
            return [CloseLink(), *self.closed("The server went silent.")]
        self._heartbeat.asked()
        return [Ping()]

    def _open(self) -> List[Command]:
        self.state = State.CONNECTING
        self._try_at = self._clock() + CONNECT_SECONDS
        return [OpenLink()]

    def _refuse(self, reason: str) -> List[Command]:
        """The versions do not fit."""
        self.state, self.reason, self._try_at = State.REFUSED, reason, None
        return [CloseLink(), *self._fail_what_is_lost(reason)]

    def _fail_what_is_lost(self, reason: str) -> List[Command]:
        """What was on the server is lost; what still waits goes on with the next connection."""
        self.welcome = None
        job = self.run.current if self.run else None
        if job is None:
            return []
        if job.stage is Stage.READING:
            job.stage = Stage.WAITING
        if job.stage in ON_THE_SERVER:
            lost = f"{reason} “{job.request.title}” was not finished; decompose it again."
            return self._end(job, Stage.FAILED, lost)
        return []

    # ---- jobs

    def submit(self, requests: Iterable[Request]) -> List[Command]:
        """The artist asks for these, one after another."""
        self.run = self.run or Run()
        self.run.jobs += [Job(next(self._job_ids), request) for request in requests]
        return self._next()

    def picture_read(
        self, job: Job, width: int, height: int, depth: int, pixels: Buffer
    ) -> List[Command]:
        """The document of a job was read.

        Args:
            job: as in `Read`.
            width: of the picture, pixels.
            height: of the picture, pixels.
            depth: bits a channel, 8 or 16.
            pixels: raw rows, R G B A.
        """
        if job.stage is not Stage.READING or self.welcome is None:
            return []
        limit = self.welcome["limits"]["max_pixels"]
        if width * height > limit:
            return self.refused(
                job,
                f"“{job.request.title}” has {width * height / 1e6:.0f} megapixels, and the server "
                f"takes {limit / 1e6:.0f}; scale it down, or select a part of it.",
            )
        job.stage, job.fraction, job.size = Stage.SENDING, 0.0, (width, height, depth)
        return [Send(decompose_header(job), pixels)]

    def refused(self, job: Job, why: str) -> List[Command]:
        """The canvas cannot read a job's document, or cannot take its layers."""
        return [] if job.ended else self._end(job, Stage.FAILED, why)

    def placed(self, job: Job, quality: str = "") -> List[Command]:
        """The layers of a job are in its document; how well they restack, one sentence."""
        return self._end(job, Stage.DONE, quality)

    def document_closed(self, job: Job) -> List[Command]:
        """The document of a job is closed; only layers for a new document are of use then."""
        on_the_server = job.stage in ON_THE_SERVER
        if not (on_the_server or job.stage in (Stage.WAITING, Stage.READING)):
            return []
        if on_the_server and job.request.placement == "new_document":
            return []
        tell = [self._cancellation(job)] if on_the_server else []
        why = f"“{job.request.title}” was closed, so it is not decomposed; open it and try again."
        return [*tell, *self._end(job, Stage.FAILED, why)]

    def cancel(self) -> List[Command]:
        """Stop the running job and drop the waiting ones; what is placed stays."""
        job = self.run.current if self.run else None
        if self.run is None or job is None:
            return []
        tell = [self._cancellation(job)] if job.stage in ON_THE_SERVER else []
        for waiting in self.run.jobs:
            if not waiting.ended:
                waiting.end(Stage.CANCELLED)
        return [*tell, *self._next()]

    def _cancellation(self, job: Job) -> Command:
        return Send({"type": "cancel", "job": job.id}, None)

    def sending(self, done: int, total: int) -> List[Command]:
        """So many bytes of the message under way have gone."""
        job = self.run.current if self.run else None
        if job is not None and job.stage is Stage.SENDING:
            job.fraction = done / total
        return []

    def receiving(self, done: int, total: int) -> List[Command]:
        """So many bytes of a result are here."""
        job = self.run.current if self.run else None
        if job is not None and job.stage in (Stage.RUNNING, Stage.RECEIVING):
            job.stage, job.fraction, job.remaining_s = Stage.RECEIVING, done / total, None
        return []

    def _next(self) -> List[Command]:
        """Give the next job its turn, or end the run."""
        if self.run is None:
            return []
        job = self.run.current
        if job is None:
            run, self.run = self.run, None
            return [Finish(run)]
        if job.stage is Stage.WAITING and self.state is State.READY:
            job.stage = Stage.READING
            return [Read(job)]
        return []

    def _end(self, job: Job, stage: Stage, detail: str = "") -> List[Command]:
        job.end(stage, detail)
        return self._next()

    # ---- messages

    def received(self, message: Buffer) -> List[Command]:
        """A whole message came."""
        try:
            header, payload = unpack(message)
            answer = self._ANSWERS.get(str(header.get("type")))
            return answer(self, header, payload) if answer else []
        except (FrameError, KeyError, TypeError, ValueError):
            return [CloseLink(), *self.closed(UNREADABLE)]

    def _on_welcome(self, header: Dict[str, Any], payload: memoryview) -> List[Command]:
        if header["protocol"] != PROTOCOL_VERSION:
            return self._refuse(f"The server is of version {header['server_version']}.")
        self.welcome = read_welcome(header)
        self.state, self.reason, self._try_at = State.READY, "", None
        self._backoff.reset()
        self._heartbeat.heard(self._clock())
        return self._next()

    def _on_progress(self, header: Dict[str, Any], payload: memoryview) -> List[Command]:
        job = self._job_on_server(header["job"])
        if job is not None and job.stage is not Stage.RECEIVING:
            job.ahead = int(header["queue_position"])
            job.stage = Stage.QUEUED if job.ahead else Stage.RUNNING
            job.work, job.fraction = str(header["stage"]), float(header["fraction"])
            job.remaining_s = header["remaining_s"]
        return []

    def _on_result(self, header: Dict[str, Any], payload: memoryview) -> List[Command]:
        job = self._job_on_server(header["job"])
        if job is None:
            return []
        try:
            layers = layers_of(header, payload, job.size)
        except ResultError as error:
            return self._end(job, Stage.FAILED, str(error))
        quality = header["reconstruction"]
        place = Place(job, layers, float(quality["psnr_db"]), float(quality["max_error"]))
        job.stage, job.fraction, job.remaining_s = Stage.PLACING, 0.0, None
        return [place]

    def _on_failure(self, header: Dict[str, Any], payload: memoryview) -> List[Command]:
        code, detail = header["code"], str(header["detail"])
        if code == "unsupported_version":
            return self._refuse(detail)
        if header["job"] is None and self.state is not State.READY:
            return [CloseLink(), *self.closed(detail)]
        job = self._job_on_server(header["job"])
        if job is None:
            return []
        cancelled = code == "cancelled"
        return self._end(job, *((Stage.CANCELLED,) if cancelled else (Stage.FAILED, detail)))

    def _job_on_server(self, job_id: Optional[str]) -> Optional[Job]:
        """The current job, if it is on the server and a message is about it.

        A failure without a job is about it too: nothing else of ours can have gone wrong.
        """
        job = self.run.current if self.run else None
        if job is None or job.stage not in ON_THE_SERVER or job_id not in (job.id, None):
            return None
        return job

    _ANSWERS: ClassVar[Dict[str, Callable[..., List[Command]]]] = {
        "welcome": _on_welcome,
        "progress": _on_progress,
        "result": _on_result,
        "failure": _on_failure,
    }
