"""Real servers on a free port, for tests."""

import asyncio
from collections.abc import AsyncIterator
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
    """Wait until no picture is held and nobody converses, two seconds at most."""
    async with asyncio.timeout(2):
        while server.queue.held_bytes or server.sessions:
            await asyncio.sleep(0.01)
