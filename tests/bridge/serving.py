"""Real servers on a free port, for tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from bridge.server import Server, ServerSettings, listen
from engine import Engine


@asynccontextmanager
async def serving(engine: Engine, **settings: Any) -> AsyncIterator[tuple[Server, asyncio.Event]]:
    """A server whose one engine is `engine`, and what stops it before the context does."""
    stop = asyncio.Event()
    started: asyncio.Future[Server] = asyncio.get_running_loop().create_future()
    chosen = ServerSettings(**{"port": 0, **settings})

    async def run() -> None:
        async with listen(chosen, {"builtin": lambda: engine}) as server:
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
