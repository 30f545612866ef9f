"""Jobs: one worker, a queue that is fair among clients, cancel, progress, one reply for each."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bridge.wire.protocol import ErrorCode, Failure, Progress
from bridge.wire.stacks import result
from bridge.wire.stream import Outgoing
from engine import Cancelled, Engine, EngineError, OptionValue, Rgba
from engine import Progress as EngineProgress

Engines = Mapping[str, Callable[[], Engine]]
"""name -> what makes that engine ready; called once, in the worker, when first needed."""

REPORT_INTERVAL_S = 0.1
"""An engine's progress goes to the client at most this often within a stage."""
HEARTBEAT_S = 1.0
"""Progress is told again this often while nothing new happens."""

logger = logging.getLogger(__name__)


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

    def failure(self, code: ErrorCode, detail: str) -> Outgoing:
        """The reply that says it came to nothing."""
        return Outgoing(Failure(job=self.id, code=code, detail=detail))


class JobQueue:
    """Runs jobs one at a time in a worker thread; all else happens on the event loop's.

    Clients take turns; within a client the first come is the first served.
    """

    def __init__(self, engines: Engines) -> None:
        self.engines = engines
        self._loaded: dict[str, Engine] = {}
        self._waiting: dict[Owner, deque[Job]] = {}
        self._running: Job | None = None
        self._arriving_bytes = 0
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self.is_open = True

    # -- what sessions ask for

    def submit(self, job: Job) -> None:
        """Put a job in the queue; the client whose turn it is comes after all others."""
        self._waiting.setdefault(job.owner, deque()).append(job)
        if self._running and self._running.owner in self._waiting:
            served = self._running.owner
            self._waiting[served] = self._waiting.pop(served)
        self._tell_positions()
        self._changed.set()

    def cancel(self, job: Job) -> None:
        """End a job, queued or running; its owner is told now, whatever the engine does."""
        detail = "The decomposition was cancelled; nothing was changed."
        self._stop(job, job.failure(ErrorCode.CANCELLED, detail))

    def drop(self, owner: Owner) -> None:
        """Forget everything of an owner that is gone."""
        for job in [*self._waiting.pop(owner, ()), *self._running_of(owner)]:
            job.is_over = True
            job.cancelled.set()
        self._tell_positions()

    def wake(self) -> None:
        """Look again: an owner can take another result."""
        self._changed.set()

    def shut_down(self) -> None:
        """End every job and take no more."""
        self.is_open = False
        running = [self._running] if self._running else []
        for job in [*self._in_order(), *running]:
            detail = "The server is stopping; start it again and repeat."
            self._stop(job, job.failure(ErrorCode.SHUTTING_DOWN, detail))

    @property
    def held_bytes(self) -> int:
        """Of the canvases that arrive, wait and are worked on."""
        running = self._running.rgba.nbytes if self._running else 0
        waiting = sum(job.rgba.nbytes for job in self._in_order())
        return self._arriving_bytes + waiting + running

    @contextmanager
    def arriving(self, canvas_bytes: int) -> Iterator[None]:
        """Count a canvas that is on its way to the queue."""
        self._arriving_bytes += canvas_bytes
        try:
            yield
        finally:
            self._arriving_bytes -= canvas_bytes

    def _running_of(self, owner: Owner) -> list[Job]:
        return [self._running] if self._running and self._running.owner is owner else []

    def _stop(self, job: Job, reply: Outgoing) -> None:
        waiting = self._waiting.get(job.owner)
        if waiting and job in waiting:
            waiting.remove(job)
            if not waiting:
                del self._waiting[job.owner]
        job.cancelled.set()
        self._end(job, reply)
        self._tell_positions()

    def _end(self, job: Job, reply: Outgoing) -> None:
        if not job.is_over:
            job.is_over = True
            job.owner.ended(job, reply)

    # -- order and progress

    def _in_order(self) -> Iterator[Job]:
        """The waiting jobs as they will run: clients in turn."""
        queues = [list(jobs) for jobs in self._waiting.values()]
        for turn in range(max(map(len, queues), default=0)):
            yield from (jobs[turn] for jobs in queues if turn < len(jobs))

    def _tell_positions(self) -> None:
        for position, job in enumerate(self._in_order(), start=1 if self._running else 0):
            if position != job.position:
                job.position = position
                job.owner.progressed(job.progress())

    def _tell_all(self) -> None:
        running = [self._running] if self._running and not self._running.is_over else []
        for job in [*running, *self._in_order()]:
            job.owner.progressed(job.progress())

    # -- the worker

    async def run(self) -> None:
        """Work until cancelled."""
        heartbeat = asyncio.create_task(self._beat())
        try:
            while True:
                await self._work_on(await self._next())
        finally:
            heartbeat.cancel()
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self._tell_all()

    async def _next(self) -> Job:
        while True:
            owner = next((owner for owner in self._waiting if owner.is_ready), None)
            if owner is not None:
                return self._take_from(owner)
            self._changed.clear()
            await self._changed.wait()

    def _take_from(self, owner: Owner) -> Job:
        jobs = self._waiting.pop(owner)
        job = jobs.popleft()
        if jobs:
            self._waiting[owner] = jobs
        return job

    async def _work_on(self, job: Job) -> None:
        loop = asyncio.get_running_loop()
        self._running = job
        job.position, job.stage, job.started = 0, "starting", time.monotonic()
        job.owner.progressed(job.progress())
        self._tell_positions()
        try:
            reply = await loop.run_in_executor(self._thread, self._decompose, job, loop)
        finally:
            self._running = None
        self._end(job, reply)

    def _decompose(self, job: Job, loop: asyncio.AbstractEventLoop) -> Outgoing:
        """Do the work, in the worker thread: every outcome is a reply."""
        try:
            report = self._reporter(job, loop)
            engine = self._engine(job.engine)
            stack = engine.decompose(job.rgba, job.composition, report, job.options)
            return result(job.id, stack)
        except Cancelled:
            return job.failure(ErrorCode.CANCELLED, "The decomposition was cancelled.")
        except EngineError as error:
            return job.failure(code_of(error), str(error))
        except MemoryError:
            detail = "There is not enough free memory; close other programs or take a smaller part."
            return job.failure(ErrorCode.OUT_OF_MEMORY, detail)
        except Exception as error:
            logger.exception("job %s failed", job.id)
            detail = f"The engine failed ({type(error).__name__}); the server's log says more."
            return job.failure(ErrorCode.ENGINE_FAILED, detail)

    def _engine(self, name: str) -> Engine:
        if name not in self._loaded:
            self._loaded[name] = self.engines[name]()
        return self._loaded[name]

    def _reporter(self, job: Job, loop: asyncio.AbstractEventLoop) -> EngineProgress:
        """What the engine calls: tells of a new stage at once, of the rest now and then."""
        last_stage, last_time = "", 0.0

        def report(stage: str, fraction: float) -> None:
            nonlocal last_stage, last_time
            if job.cancelled.is_set():
                raise Cancelled
            now = time.monotonic()
            if stage != last_stage or now - last_time >= REPORT_INTERVAL_S:
                last_stage, last_time = stage, now
                loop.call_soon_threadsafe(self._progressed, job, stage, fraction)

        return report

    def _progressed(self, job: Job, stage: str, fraction: float) -> None:
        job.stage, job.fraction = stage, max(job.fraction, min(1.0, fraction))
        if not job.is_over:
            job.owner.progressed(job.progress())


def code_of(error: EngineError) -> ErrorCode:
    """The code on the wire of what an engine raised."""
    known = error.code in set(ErrorCode)
    return ErrorCode(error.code) if known else ErrorCode.ENGINE_FAILED
