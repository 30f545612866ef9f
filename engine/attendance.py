"""Attendance: long work in a thread of its own, and somebody who can be asked meanwhile.

Single steps on a large picture take seconds, and nobody can cancel those from within. So whoever
waits tells how far the work was, again and again, and leaves when told to.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event
from typing import TypeVar

from engine.errors import Cancelled

Result = TypeVar("Result")
Progress = Callable[[str, float], None]
"""Called with a stage's name and the whole job's fraction done, 0 to 1, several times a second.

It may raise `Cancelled`, which ends the work; engines let it through.
"""

BEAT_S = 0.1
"""Progress is told at least this often, whether there is news or not."""


def attend(work: Callable[[Progress], Result], progress: Progress) -> Result:
    """Run `work` with a progress function, and pass on to `progress` what it tells.

    `progress` is called in the calling thread, at least every `BEAT_S`. What it raises is raised at
    once; the work then ends, in its own thread, where it next tells how far it is.
    """
    news: SimpleQueue[tuple[str, float] | None] = SimpleQueue()
    deserted = Event()

    def tell(stage: str, fraction: float) -> None:
        if deserted.is_set():
            raise Cancelled
        news.put((stage, fraction))

    thread = ThreadPoolExecutor(1, thread_name_prefix="decompose")
    job = thread.submit(work, tell)
    job.add_done_callback(lambda _: news.put(None))
    latest: tuple[str, float] | None = ("starting", 0.0)
    try:
        while latest is not None:
            progress(*latest)
            latest = _next(news, latest)
    except BaseException:
        deserted.set()
        raise
    finally:
        thread.shutdown(wait=False)
    return job.result()


def _next(
    news: SimpleQueue[tuple[str, float] | None], latest: tuple[str, float]
) -> tuple[str, float] | None:
    """What is told next, or the latest again; None where the work is over."""
    try:
        return news.get(timeout=BEAT_S)
    except Empty:
        return latest
