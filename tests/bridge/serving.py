"""Real servers on a free port, for tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from bridge.server import Server, ServerSettings, listen
from bridge.server.queue import Engines
from engine import Engine


@asynccontextmanager
async def serving(
    engine: Engine, engines: Engines | None = None, **settings: Any
) -> AsyncIterator[tuple[Server, asyncio.Event]]:
    """A server whose one engine is `engine`, and what stops it before the context does.

    Args:
        engine: what clients know as builtin.
        engines: what else they may choose from, or another way to load builtin.
        settings: those of `ServerSettings`.
    """
    stop = asyncio.Event()
    started: asyncio.Future[Server] = asyncio.get_running_loop().create_future()
    chosen = ServerSettings(**{"port": 0, **settings})

    async def run() -> None:
        async with listen(chosen, {"builtin": lambda: engine, **(engines or {})}) as server:
            started.set_result(server)
            await stop.wait()

    running = asyncio.create_task(run())
    try:
        yield await started, stop
    finally:
        stop.set()
        await running


async def nothing_is_left(server: Server) -> None:
    """Wait until no picture is held and nobody converses."""
    await eventually(lambda: not server.queue.held_bytes and not server.sessions)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so, ten seconds at most."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)
