"""The Python client: a server's engines, called as if they were here.

async with connect() as client:
    stack = await client.decompose(rgba, composition="production")
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from websockets.asyncio import client as websocket
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from bridge.client.connection import DEFAULT_URL, ServerError, greet, open_connection
from bridge.wire.framing import FrameError
from bridge.wire.options import described
from bridge.wire.pixels import blob, filled_box
from bridge.wire.protocol import (
    Cancel,
    Decompose,
    ErrorCode,
    Failure,
    Progress,
    ProtocolError,
    Result,
    Welcome,
    parse_server_message,
)
from bridge.wire.stacks import empty_stack
from bridge.wire.stream import (
    STALL_TIMEOUT_S,
    Incoming,
    Outgoing,
    TextMessage,
    close,
    keep_buffers,
    receive,
    send,
)
from engine import (
    DEFAULT_COMPOSITION,
    Cancelled,
    EngineError,
    LayerStack,
    OptionValue,
    OutOfMemory,
    ReconstructionError,
    Rgba,
    UnsupportedImage,
    UnsupportedOption,
    WeightsMissing,
    check_picture,
)
from engine.options import complete

ProgressListener = Callable[[Progress], None]
"""Called with each progress message of a job; what it raises ends that job."""

logger = logging.getLogger(__name__)


ENGINE_ERRORS: dict[str, type[EngineError]] = {
    error.code: error
    for error in (
        UnsupportedImage,
        UnsupportedOption,
        WeightsMissing,
        OutOfMemory,
        ReconstructionError,
    )
}
"""What `decompose` raises for a failure's code, the same as an engine would here."""


@asynccontextmanager
async def connect(
    url: str = DEFAULT_URL, *, token: str | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Client]:
    """Talk to a server as long as the context lasts; its unfinished jobs end with it.

    Args:
        url: ws://HOST:PORT for a server on this machine, wss://HOST:PORT for any other.
        token: what the server was started with; needed off loopback.
        tls: which certificates to trust under wss://; None means those that the system trusts.

    Raises:
        ServerError: no server answers there, it turns this client away, or what is said could be
            overheard.
    """
    connection = await open_connection(url, token, tls)
    keep_buffers()
    try:
        client = Client(connection, await greet(connection))
        try:
            yield client
        finally:
            await client.close()
    finally:
        await close(connection, CloseCode.NORMAL_CLOSURE, "")


@dataclass(frozen=True)
class _Job:
    request: Decompose
    stack: asyncio.Future[LayerStack]
    progress: ProgressListener | None


class Client:
    """A conversation with a server; `connect` makes it."""

    def __init__(self, connection: websocket.ClientConnection, welcome: Welcome) -> None:
        self.welcome = welcome
        """What the server is and has"""
        self._connection = connection
        self._jobs: dict[str, _Job] = {}
        self._names = (f"job-{number}" for number in itertools.count(1))
        self._lost: ServerError | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = asyncio.create_task(self._read())

    async def close(self) -> None:
        """Stop reading and sending, and end every job; who opened the connection closes it."""
        self._lose("The conversation with the server is over; connect again and repeat.")
        for task in (self._reading, *self._tasks):
            task.cancel()
        await asyncio.gather(self._reading, *self._tasks, return_exceptions=True)

    async def decompose(
        self,
        rgba: Rgba,
        *,
        engine: str | None = None,
        composition: str = DEFAULT_COMPOSITION,
        progress: ProgressListener | None = None,
        options: Mapping[str, object] | None = None,
    ) -> LayerStack:
        """Have a picture decomposed; cancelling this coroutine cancels the job on the server.

        Any number may run at once; the server works on them in turn.

        Args:
            rgba: (H, W, 4) uint8 or uint16, straight alpha; colour under alpha 0 may be lost.
            engine: a name of `welcome.engines`; None means the server's default.
            composition: a name of `engine.COMPOSITIONS`.
            progress: see `ProgressListener`.
            options: name -> value, for those of the engine's options in `welcome.engines` that are
                to differ from their defaults.

        Raises:
            EngineError: as `engine.Engine.decompose` says.
            Cancelled: something else than this coroutine's cancellation ended the job.
            ServerError: the server refused the job, or the connection was lost.
        """
        check_picture(rgba)
        if self._lost:
            raise self._lost
        request, message = self._request(rgba, engine, composition, options or {})
        job = _Job(request, asyncio.get_running_loop().create_future(), progress)
        self._jobs[request.job] = job
        sending = self._start(self._send(message))
        try:
            await asyncio.shield(sending)
            return await job.stack
        except asyncio.CancelledError:
            self._start(self._cancel(request.job, after=sending))
            raise
        finally:
            del self._jobs[request.job]

    def _request(
        self,
        rgba: Rgba,
        engine: str | None,
        composition: str,
        options: Mapping[str, object],
    ) -> tuple[Decompose, Outgoing]:
        engine = engine or self.welcome.engines[0].name
        box = filled_box(rgba)
        depth: int = rgba.itemsize * 8
        request = Decompose(
            job=next(self._names),
            engine=engine,
            composition=composition,
            width=rgba.shape[1],
            height=rgba.shape[0],
            depth=8 if depth == 8 else 16,
            image=blob(box, depth, offset=0),
            options=self._checked(engine, options),
        )
        return request, Outgoing(request, [box.of(rgba)])

    def _checked(self, engine: str, options: Mapping[str, object]) -> dict[str, OptionValue]:
        """The options as they go out, checked as the engine would."""
        offered = [info.options for info in self.welcome.engines if info.name == engine]
        if not offered:
            return {}  # the server says what it has
        values = complete(map(described, offered[0]), options)
        return {name: values[name] for name in options}

    # -- sending

    def _start(self, coroutine: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """A task of its own: a message must not be cut off when who wants it is cancelled."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _send(self, message: Outgoing) -> None:
        try:
            await send(self._connection, message, STALL_TIMEOUT_S)
        except ConnectionClosed:
            logger.debug("the connection closed while sending; the reader tells whom it concerns")
        except TimeoutError:
            self._connection.transport.abort()

    async def _cancel(self, job: str, after: asyncio.Task[None]) -> None:
        await after
        await self._send(Outgoing(Cancel(job=job)))

    # -- receiving

    async def _read(self) -> None:
        """Hand out what comes, until the connection ends; then tell every job."""
        try:
            while True:
                await self._take(await receive(self._connection, STALL_TIMEOUT_S))
        except ConnectionClosed:
            self._lose("The connection to the server was lost; start it again and repeat.")
        except (FrameError, ProtocolError, TextMessage, TimeoutError) as error:
            logger.warning("the server broke the protocol: %r", error)
            self._lose("The server sent what this version cannot read; update both and repeat.")

    def _lose(self, sentence: str) -> None:
        self._lost = ServerError(sentence)
        for job in self._jobs.values():
            _fail(job, self._lost)

    async def _take(self, incoming: Incoming) -> None:
        message = parse_server_message(incoming.header)
        if isinstance(message, Result) and message.job in self._jobs:
            await self._finish(self._jobs[message.job], message, incoming)
            return
        await incoming.skip()
        if isinstance(message, Progress) and message.job in self._jobs:
            self._tell(self._jobs[message.job], message)
        elif isinstance(message, Failure):
            self._refuse(message)
        elif isinstance(message, Welcome):
            self.welcome = message

    async def _finish(self, job: _Job, message: Result, incoming: Incoming) -> None:
        sent, came = job.request, message
        if (sent.width, sent.height, sent.depth) != (came.width, came.height, came.depth):
            raise ProtocolError(ErrorCode.INVALID_MESSAGE, "The canvas differs.", message.job)
        stack, writers = empty_stack(message)
        await incoming.into(writers)
        if not job.stack.done():
            job.stack.set_result(stack)

    def _tell(self, job: _Job, message: Progress) -> None:
        if job.progress is None or job.stack.done():
            return
        try:
            job.progress(message)
        except Exception as error:
            _fail(job, error)
            self._start(self._send(Outgoing(Cancel(job=message.job))))

    def _refuse(self, message: Failure) -> None:
        if message.job not in self._jobs:
            logger.info("the server says of no job of ours: %s", message.detail)
        elif message.code is ErrorCode.CANCELLED:
            _fail(self._jobs[message.job], Cancelled(message.detail))
        elif message.code in ENGINE_ERRORS:
            _fail(self._jobs[message.job], ENGINE_ERRORS[message.code](message.detail))
        else:
            _fail(self._jobs[message.job], ServerError(message.detail, message.code.value))


def _fail(job: _Job, error: Exception) -> None:
    if not job.stack.done():
        job.stack.set_exception(error)
