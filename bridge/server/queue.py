"""The queue of all jobs: a lane for each engine, so that a slow one holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from bridge.server.jobs import Job, Owner
from bridge.server.lane import Lane
from bridge.wire.protocol import ErrorCode
from engine import Engine

Engines = Mapping[str, Callable[[], Engine]]
"""name -> what makes that engine ready; called once, in its lane's worker, when first needed."""

HEARTBEAT_S = 1.0
"""Progress is told again, and idle engines are looked for, this often."""


class JobQueue:
    """Takes the jobs of all clients; see `Lane` for their order.

    Args:
        engines: what clients may choose from, the default first.
        unload_after_s: idle time after which an engine gives back what it keeps; None is never.
    """

    def __init__(self, engines: Engines, unload_after_s: float | None = None) -> None:
        self._lanes = {name: Lane(load, unload_after_s) for name, load in engines.items()}
        self._arriving_bytes = 0
        self.is_open = True

    @property
    def engines(self) -> list[str]:
        """The names of the engines, the default first."""
        return list(self._lanes)

    def submit(self, job: Job) -> None:
        """Put a job in its engine's lane."""
        self._lanes[job.engine].submit(job)

    def cancel(self, job: Job) -> None:
        """End a job, queued or running; its owner is told now, whatever the engine does."""
        detail = "The decomposition was cancelled; nothing was changed."
        self._lanes[job.engine].stop(job, job.failure(ErrorCode.CANCELLED, detail))

    def drop(self, owner: Owner) -> None:
        """Forget everything of an owner that is gone."""
        for lane in self._lanes.values():
            lane.drop(owner)

    def wake(self) -> None:
        """Look again: an owner can take another result."""
        for lane in self._lanes.values():
            lane.wake()

    def shut_down(self) -> None:
        """End every job and take no more."""
        self.is_open = False
        detail = "The server is stopping; start it again and repeat."
        for job in self._jobs():
            self._lanes[job.engine].stop(job, job.failure(ErrorCode.SHUTTING_DOWN, detail))

    @property
    def held_bytes(self) -> int:
        """Of the canvases that arrive, wait and are worked on."""
        return self._arriving_bytes + sum(job.rgba.nbytes for job in self._jobs())

    @contextmanager
    def arriving(self, canvas_bytes: int) -> Iterator[None]:
        """Count a canvas that is on its way to the queue."""
        self._arriving_bytes += canvas_bytes
        try:
            yield
        finally:
            self._arriving_bytes -= canvas_bytes

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat())
            for lane in self._lanes.values():
                tasks.create_task(lane.run())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            for job in self._jobs():
                if not job.is_over:
                    job.owner.progressed(job.progress())
            self.wake()

    def _jobs(self) -> list[Job]:
        return [job for lane in self._lanes.values() for job in lane.jobs]
