"""A lane: one engine's jobs, one at a time in a worker thread, fair among clients."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from bridge.server.jobs import Job, Owner, code_of
from bridge.wire.protocol import ErrorCode
from bridge.wire.stacks import result
from bridge.wire.stream import Outgoing
from engine import Cancelled, Engine, EngineError
from engine import Progress as EngineProgress

REPORT_INTERVAL_S = 0.1
"""An engine's progress goes to the client at most this often within a stage."""

logger = logging.getLogger(__name__)


class Lane:
    """Runs an engine's jobs in a thread of its own; all else happens on the event loop's.

    Clients take turns; within a client the first come is the first served. The engine is loaded
    for its first job and stays so, until it has had nothing to do for a while.

    Args:
        load: makes the engine ready; called in the worker.
        unload_after_s: idle time after which the engine gives back what it keeps; None is never.
    """

    def __init__(self, load: Callable[[], Engine], unload_after_s: float | None) -> None:
        self._load = load
        self._unload_after_s = unload_after_s
        self._engine: Engine | None = None
        self._unload_at: float | None = None
        """By time.monotonic(); None where nothing is to unload"""
        self._waiting: dict[Owner, deque[Job]] = {}
        self._running: Job | None = None
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")

    def submit(self, job: Job) -> None:
        """Put a job in line; the client whose turn it is comes after all others."""
        self._waiting.setdefault(job.owner, deque()).append(job)
        if self._running and self._running.owner in self._waiting:
            served = self._running.owner
            self._waiting[served] = self._waiting.pop(served)
        self._tell_positions()
        self._changed.set()

    def stop(self, job: Job, reply: Outgoing) -> None:
        """End a job of this lane, queued or running, with this reply."""
        waiting = self._waiting.get(job.owner)
        if waiting and job in waiting:
            waiting.remove(job)
            if not waiting:
                del self._waiting[job.owner]
        job.cancelled.set()
        job.end(reply)
        self._tell_positions()

    def drop(self, owner: Owner) -> None:
        """Forget everything of an owner that is gone."""
        running = self._running
        for job in [
            *self._waiting.pop(owner, ()),
            *([running] if running and running.owner is owner else []),
        ]:
            job.is_over = True
            job.cancelled.set()
        self._tell_positions()

    def wake(self) -> None:
        """Look again: an owner can take another result, or the engine was idle for long."""
        self._changed.set()

    @property
    def jobs(self) -> list[Job]:
        """Those at work and in line, in the order of their ends."""
        return [*([self._running] if self._running else []), *self._in_order()]

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

    # -- the worker

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                await self._work_on(await self._next())
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _next(self) -> Job:
        while True:
            self._changed.clear()
            owner = next((owner for owner in self._waiting if owner.is_ready), None)
            if owner is not None:
                return self._take_from(owner)
            if self._unload_at is not None and time.monotonic() >= self._unload_at:
                self._unload_at = None
                await asyncio.get_running_loop().run_in_executor(self._thread, self._unload)
            else:
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
            if self._unload_after_s is not None:
                self._unload_at = time.monotonic() + self._unload_after_s
        job.end(reply)

    def _decompose(self, job: Job, loop: asyncio.AbstractEventLoop) -> Outgoing:
        """Do the work, in the worker thread: every outcome is a reply."""
        try:
            report = self._reporter(job, loop)
            self._engine = self._engine or self._load()
            stack = self._engine.decompose(job.rgba, job.composition, report, job.options)
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

    def _unload(self) -> None:
        """Let the engine give back what it keeps, in the worker thread: never beside a job."""
        try:
            if self._engine:
                self._engine.unload()
        except Exception:
            logger.exception("an engine could not be unloaded")

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
                loop.call_soon_threadsafe(_progressed, job, stage, fraction)

        return report


def _progressed(job: Job, stage: str, fraction: float) -> None:
    job.stage, job.fraction = stage, max(job.fraction, min(1.0, fraction))
    if not job.is_over:
        job.owner.progressed(job.progress())
