"""The server: sockets on loopback, one `Session` a client, one `JobQueue` for all."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from functools import partial

import websockets.asyncio.server
from websockets.asyncio.server import ServerConnection

import engine
from bridge.server.admission import admission
from bridge.server.offers import engine_infos
from bridge.server.queue import Engines, JobQueue
from bridge.server.session import Session
from bridge.server.settings import ServerSettings, StartError
from bridge.wire.framing import MAX_HEADER_BYTES, PREFIX_BYTES
from bridge.wire.stream import CLOSE_TIMEOUT_S, PING_INTERVAL_S, keep_buffers

logger = logging.getLogger(__name__)

FRAGMENTS_READ_AHEAD = 4


class Server:
    """A server that listens; `listen` starts and stops it."""

    def __init__(self, settings: ServerSettings, engines: Engines, port: int) -> None:
        self.settings = settings
        self.port = port
        """The one it listens on, also where `settings.port` is 0"""
        self.queue = JobQueue(engines, settings.unload_after_s)
        self.sessions: set[Session] = set()

    @property
    def url(self) -> str:
        """Where clients find it."""
        scheme = "wss" if self.settings.tls_cert else "ws"
        host = self.settings.addresses[0]
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    async def converse(self, connection: ServerConnection) -> None:
        """Serve one client until it leaves."""
        session = Session(connection, self.queue, self.settings)
        self.sessions.add(session)
        try:
            await session.run()
        finally:
            self.sessions.discard(session)

    async def watch(self) -> None:
        """Tell clients whenever an engine became ready, or is no more; until cancelled."""
        while True:
            await asyncio.sleep(self.settings.readiness_interval_s)
            engines = await asyncio.to_thread(engine_infos, self.queue.engines)
            for session in self.sessions:
                session.renew_welcome(engines)

    async def say_goodbye(self) -> None:
        """End every job, and give each client a moment to hear of it."""
        self.queue.shut_down()
        await asyncio.gather(*[session.say_goodbye() for session in self.sessions])


async def serve(
    settings: ServerSettings,
    engines: Engines | None = None,
    started: Callable[[Server], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM comes, then tell clients and stop.

    Call it from the main thread; signals can be handled nowhere else.

    Args:
        settings: what to listen on, and the limits.
        engines: see `listen`.
        started: called once clients can connect.

    Raises:
        StartError: the port is taken, or the certificate cannot be read.
    """
    async with listen(settings, engines) as server:
        with _stop_signals() as stop:
            if started:
                started(server)
            await stop.wait()


@asynccontextmanager
async def listen(settings: ServerSettings, engines: Engines | None = None) -> AsyncIterator[Server]:
    """A server that runs as long as the context.

    Args:
        settings: what to listen on, and the limits.
        engines: what clients may choose from, the default first; None means every engine that
            `engine.load` knows, `settings.engine` first.

    Raises:
        StartError: the port is taken, or the certificate cannot be read.
    """
    tls = _tls(settings)
    offered = engines or _installed(settings.engine)
    sockets = _bind(settings)
    server = Server(settings, offered, sockets[0].getsockname()[1])
    keep_buffers()
    tasks = [asyncio.create_task(work) for work in (server.queue.run(), server.watch())]
    async with AsyncExitStack() as stack:
        for listener in sockets:
            await stack.enter_async_context(_accept(server, listener, tls))
        try:
            yield server
        finally:
            await server.say_goodbye()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _accept(
    server: Server, listener: socket.socket, tls: ssl.SSLContext | None
) -> AbstractAsyncContextManager[websockets.asyncio.server.Server]:
    settings = server.settings
    return websockets.asyncio.server.serve(
        server.converse,
        sock=listener,
        ssl=tls,
        process_request=admission(settings, server.sessions),
        compression=None,
        max_size=PREFIX_BYTES + MAX_HEADER_BYTES,
        max_queue=FRAGMENTS_READ_AHEAD,
        open_timeout=settings.hello_timeout_s,
        ping_interval=PING_INTERVAL_S,
        ping_timeout=settings.ping_timeout_s,
        close_timeout=CLOSE_TIMEOUT_S,
        server_header=None,
    )


def _installed(first: str) -> Engines:
    if first not in engine.ENGINES:
        raise StartError(
            f"There is no engine {first!r}; choose one with --engine: {', '.join(engine.ENGINES)}."
        )
    names = sorted(engine.ENGINES, key=lambda name: name != first)
    return {name: partial(engine.load, name) for name in names}


def _bind(settings: ServerSettings) -> list[socket.socket]:
    """Listen on every address; all but the first may be missing from this machine."""
    first, *others = settings.addresses
    sockets = [_listener(first, settings.port)]
    port = sockets[0].getsockname()[1]
    for address in others:
        try:
            sockets.append(_listener(address, port))
        except AddressMissing as missing:
            logger.info("%s", missing)
        except StartError:
            sockets[0].close()
            raise
    return sockets


class AddressMissing(StartError):
    """This machine has no such address."""


def _listener(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {port} is taken, perhaps by a server that runs already; "
                "stop that one, or choose another port with --port."
            ) from None
        raise AddressMissing(
            f"Cannot listen on {address}, port {port} ({error.strerror}); "
            "choose others with --host and --port."
        ) from None


def _tls(settings: ServerSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        raise StartError(
            f"The certificate or its key cannot be read ({error.strerror or error}); "
            "both must be PEM files."
        ) from None
    return context


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT or SIGTERM sets; a second signal takes its usual course."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, signal._HANDLER] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)
        before.clear()

    def on_signal(number: int, frame: object) -> None:
        restore()
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        restore()
