"""A real layer-bridge server in a thread, so that a test's own thread can be Krita's."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bridge.server import Server
from engine import Engine
from tests.bridge.serving import serving
from tests.krita_plugin.event_loop import wait_until


class ServerThread:
    """One server."""

    def __init__(self, engine: Engine, **settings: Any) -> None:
        self._engine, self._settings = engine, settings
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        async with serving(self._engine, **self._settings) as (server, stop):
            self._server: Server = server
            self._stop = stop
            self._ready.set()
            await stop.wait()

    @property
    def port(self) -> int:
        return self._server.port

    def stop(self) -> None:
        """End it as Ctrl-C does, while Qt goes on: a client that is still there says goodbye."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            wait_until(lambda: not self._thread.is_alive())


@contextmanager
def server_thread(engine: Engine, **settings: Any) -> Iterator[ServerThread]:
    server = ServerThread(engine, **settings)
    try:
        yield server
    finally:
        server.stop()
