"""One client's conversation: hello, then jobs; every message is answered or ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

import bridge
from bridge.server.jobs import Job, code_of
from bridge.server.offers import engine_infos
from bridge.server.outbox import Outbox
from bridge.server.queue import JobQueue
from bridge.server.settings import ServerSettings
from bridge.wire.framing import MAX_HEADER_BYTES, PREFIX_BYTES, FrameError
from bridge.wire.pixels import PixelWriter, blob_fault, pixel_bytes
from bridge.wire.protocol import (
    PROTOCOL_VERSION,
    Cancel,
    Decompose,
    EngineInfo,
    ErrorCode,
    Failure,
    Hello,
    Limits,
    Progress,
    ProtocolError,
    Welcome,
    parse_client_message,
)
from bridge.wire.stream import Incoming, Outgoing, TextMessage, close, receive
from engine import COMPOSITIONS, UnsupportedOption, options_of
from engine.options import complete

logger = logging.getLogger(__name__)

UPDATE_COMMANDS = {
    "krita": "layer-bridge install krita",
    "photoshop": "layer-bridge install photoshop",
}
"""How a client that is older than the server is brought up to date."""
UPGRADE = "pipx upgrade layer-bridge"


class Ending(Exception):
    """The conversation cannot go on: close with this code, after this failure if there is one."""

    def __init__(self, code: CloseCode, reason: str, failure: ProtocolError | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.failure = failure


class Session:
    """Reads one client's messages, and owns its jobs (`jobs.Owner`)."""

    def __init__(
        self, connection: ServerConnection, queue: JobQueue, settings: ServerSettings
    ) -> None:
        self._connection = connection
        self._queue = queue
        self._settings = settings
        self._outbox = Outbox(delivered=queue.wake)
        self._jobs: dict[str, Job] = {}
        self._welcome: Welcome | None = None
        """What the client was told last"""

    async def run(self) -> None:
        """Converse until the connection ends; then its jobs end too."""
        writing = asyncio.create_task(self._write())
        try:
            await self._converse()
        except Ending as ending:
            await self._end(ending)
        except ConnectionClosed:
            logger.debug("a client left")
        finally:
            self._queue.drop(self)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def say_goodbye(self) -> None:
        """Wait until the client has every reply; hang up on one that does not take them."""
        try:
            async with asyncio.timeout(self._settings.flush_timeout_s):
                await self._outbox.flushed()
        except TimeoutError:
            self._connection.transport.abort()

    async def _write(self) -> None:
        try:
            await self._outbox.run(self._connection, self._settings.stall_timeout_s)
        except ConnectionClosed:
            logger.debug("a client left")
        except TimeoutError:
            await close(self._connection, CloseCode.POLICY_VIOLATION, "too slow a reader")
        except Exception:
            logger.exception("a reply could not be sent")
            await close(self._connection, CloseCode.INTERNAL_ERROR, "a fault of the server")

    async def _end(self, ending: Ending) -> None:
        if ending.failure:
            self._refuse(ending.failure)
            await self.say_goodbye()
        await close(self._connection, ending.code, str(ending))

    # -- what comes in

    async def _converse(self) -> None:
        try:
            await self._greet()
            while True:
                await self._outbox.room()
                await self._take_next()
        except TextMessage:
            error = _invalid("Messages are binary; this one was text.")
            raise Ending(CloseCode.UNSUPPORTED_DATA, "text message", error) from None
        except TimeoutError:
            raise Ending(CloseCode.POLICY_VIOLATION, "silent for too long") from None

    async def _greet(self) -> None:
        try:
            async with asyncio.timeout(self._settings.hello_timeout_s):
                incoming = await receive(self._connection, self._settings.stall_timeout_s)
                _check_version(incoming.header)
                await incoming.into([])
            if not isinstance(parse_client_message(incoming.header), Hello):
                raise _invalid("The first message must be hello.")
        except FrameError as error:
            failure = _invalid(f"Not a message: {error}.")
            raise Ending(CloseCode.PROTOCOL_ERROR, "no hello", failure) from None
        except ProtocolError as error:
            raise Ending(CloseCode.PROTOCOL_ERROR, error.code, error) from None
        self._take_pictures()
        self._say_welcome(await asyncio.to_thread(engine_infos, self._queue.engines))

    def _take_pictures(self) -> None:
        """Let messages be as large as a picture may be; a stranger's could hold only a header."""
        picture = pixel_bytes(1, self._settings.max_pixels, depth=16)
        self._connection.protocol.max_message_size = PREFIX_BYTES + MAX_HEADER_BYTES + picture

    def renew_welcome(self, engines: list[EngineInfo]) -> None:
        """Say welcome again if the engines are not as the client was told."""
        if self._welcome is not None and self._welcome.engines != engines:
            self._say_welcome(engines)

    def _say_welcome(self, engines: list[EngineInfo]) -> None:
        self._welcome = Welcome(
            protocol=PROTOCOL_VERSION,
            server_version=bridge.__version__,
            engines=engines,
            compositions=list(COMPOSITIONS),
            limits=Limits(max_pixels=self._settings.max_pixels, max_jobs=self._settings.max_jobs),
        )
        self._outbox.reply(Outgoing(self._welcome))

    async def _take_next(self) -> None:
        """Read one message, whole, and act on it; one that is wrong is refused."""
        try:
            incoming = await receive(self._connection, self._settings.stall_timeout_s)
        except FrameError as error:
            self._refuse(_invalid(f"Not a message: {error}."))
            return
        try:
            await self._take(incoming)
        except ProtocolError as error:
            await incoming.skip()
            self._refuse(error)

    async def _take(self, incoming: Incoming) -> None:
        message = parse_client_message(incoming.header)
        if isinstance(message, Decompose):
            await self._start(message, incoming)
            return
        await _into(incoming, [], None)
        if isinstance(message, Hello):
            raise _invalid("The conversation has begun; hello comes only once.")
        self._cancel(message)

    async def _start(self, message: Decompose, incoming: Incoming) -> None:
        self._check(message)
        dtype = np.uint8 if message.depth == 8 else np.uint16
        try:
            canvas = np.zeros((message.height, message.width, 4), dtype)
        except MemoryError:
            detail = "There is not enough free memory for this picture; close other programs."
            raise ProtocolError(ErrorCode.OUT_OF_MEMORY, detail, message.job) from None
        with self._queue.arriving(canvas.nbytes):
            await _into(incoming, [PixelWriter(canvas, message.image)], message.job)
        self._check_open(message)
        job = Job(self, message.job, message.engine, message.composition, message.options, canvas)
        self._jobs[job.id] = job
        self._queue.submit(job)

    def _check(self, message: Decompose) -> None:
        """Raise ProtocolError unless the server takes such a job now."""
        self._check_open(message)
        if message.job in self._jobs:
            raise _invalid(f"There is an unfinished job {message.job!r} already.", message.job)
        for name, known in (
            (message.engine, self._queue.engines),
            (message.composition, COMPOSITIONS),
        ):
            if name not in known:
                detail = f"This server has no {name!r}; choose one of {', '.join(known)}."
                raise ProtocolError(ErrorCode.UNSUPPORTED_OPTION, detail, message.job)
        try:
            complete(options_of(message.engine), message.options)
        except UnsupportedOption as error:
            raise ProtocolError(code_of(error), str(error), message.job) from None
        self._check_size(message)
        canvas = (message.width, message.height)
        fault = blob_fault(message.image, canvas, message.depth, offset=0)
        if fault:
            raise _invalid(f"image: {fault}.", message.job)

    def _check_open(self, message: Decompose) -> None:
        if not self._queue.is_open:
            detail = "The server is stopping; start it again and repeat."
            raise ProtocolError(ErrorCode.SHUTTING_DOWN, detail, message.job)

    def _check_size(self, message: Decompose) -> None:
        settings = self._settings
        pixels = message.width * message.height
        if pixels > settings.max_pixels:
            detail = (
                f"The picture has {pixels / 1e6:.1f} megapixels and the server takes at most "
                f"{settings.max_pixels / 1e6:.1f}; crop it or scale it down."
            )
            raise ProtocolError(ErrorCode.TOO_LARGE, detail, message.job)
        canvas_bytes = pixel_bytes(message.width, message.height, message.depth)
        held = self._queue.held_bytes
        full = held and held + canvas_bytes > settings.max_waiting_bytes
        if full or len(self._jobs) >= settings.max_jobs:
            detail = "Too many pictures are waiting; send this one again when some are done."
            raise ProtocolError(ErrorCode.TOO_MANY_JOBS, detail, message.job)

    def _cancel(self, message: Cancel) -> None:
        job = self._jobs.get(message.job)
        if job is not None:
            self._queue.cancel(job)

    def _refuse(self, error: ProtocolError) -> None:
        """Say why a message was not taken, without ending a job that it names but did not start."""
        job = None if error.job in self._jobs else error.job
        self._outbox.reply(Outgoing(Failure(job=job, code=error.code, detail=error.detail)))

    # -- what the queue tells (jobs.Owner)

    @property
    def is_ready(self) -> bool:
        """Whether every result so far has been taken by the client."""
        return not self._outbox.holds_pixels

    def progressed(self, progress: Progress) -> None:
        """Tell the client how far a job is."""
        self._outbox.tell(progress)

    def ended(self, job: Job, reply: Outgoing) -> None:
        """Tell the client how a job ended."""
        self._jobs.pop(job.id, None)
        self._outbox.reply(reply, job.id)


async def _into(incoming: Incoming, writers: Sequence[PixelWriter], job: str | None) -> None:
    try:
        await incoming.into(writers)
    except FrameError as error:
        raise _invalid(f"Not a message: {error}.", job) from None


def _check_version(header: dict[str, Any]) -> None:
    """Raise ProtocolError if this is a hello of another version; whatever else it holds."""
    theirs = header.get("protocol")
    if header.get("type") != "hello" or type(theirs) is not int or theirs == PROTOCOL_VERSION:
        return
    older, command = "server", UPGRADE
    if theirs < PROTOCOL_VERSION:
        older, command = "client", UPDATE_COMMANDS.get(str(header.get("client")), UPGRADE)
    raise ProtocolError(
        ErrorCode.UNSUPPORTED_VERSION,
        f"The client speaks protocol {theirs} and the server {PROTOCOL_VERSION}; "
        f"update the {older} with `{command}`.",
    )


def _invalid(detail: str, job: str | None = None) -> ProtocolError:
    return ProtocolError(ErrorCode.INVALID_MESSAGE, detail, job)
