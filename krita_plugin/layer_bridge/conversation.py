"""The session at work: its commands are done here, with the link, the clock and the canvas."""

from __future__ import annotations

import logging
import time
from collections import deque
from functools import partial
from typing import (
    Any,
    Callable,
    ClassVar,
    Deque,
    Dict,
    Iterable,
    List,
    NamedTuple,
    Optional,
    Tuple,
)

from . import wording
from .address import Address
from .commands import CloseLink, Command, Finish, OpenLink, Ping, Place, Read, Send
from .framing import Buffer, pack_header
from .guard import guarded
from .jobs import Job, Request
from .link import Link
from .qt import QtCore
from .session import Session, State

REPAINT_MS = 20
"""Between two documents Krita gets this long to paint what has changed."""
BUSY_MS = 100
"""In the middle of the artist's stroke the canvas is tried again this much later."""

log = logging.getLogger(__package__)


class PlacedResult(NamedTuple):
    """A result that is in its document, with all that is needed to put it there again."""

    request: Request
    picture: Any
    """As the canvas gave it, without its pixels"""
    layers: List[Any]

    @property
    def nbytes(self) -> int:
        """How much memory the layers take."""
        return sum(layer.pixels.nbytes for layer in self.layers)


class Conversation(QtCore.QObject):
    """Everything between the plugin and the server.

    Args:
        canvas: the host's side; the module `canvas`, or whatever has its functions.
    """

    changed = QtCore.pyqtSignal()
    """A job or the connection is no longer as it was."""
    disconnected = QtCore.pyqtSignal(str)
    """There is no connection any more, or an attempt failed; one sentence."""
    placed = QtCore.pyqtSignal(object)
    """A `PlacedResult`."""
    noticed = QtCore.pyqtSignal(str)
    """What the canvas wants the artist to know."""
    finished = QtCore.pyqtSignal(object)
    """A `Run` is over."""
    faulted = QtCore.pyqtSignal(object)
    """An exception that should not have been."""

    def __init__(self, canvas: Any, parent: Optional[QtCore.QObject] = None) -> None:
        super().__init__(parent)
        self.session = Session(time.monotonic)
        self._canvas = canvas
        self.address = Address()
        """Where the server is, or where the latest attempt looks for it"""
        self._places: Deque[Tuple[Address, str]] = deque()
        self._token = ""
        self._picture: Any = None
        self._postponed: Optional[Tuple[Job, Callable[[], Iterable[Command]]]] = None
        self._todo: Deque[Command] = deque()
        self._doing = False
        self._deadline = self._timer(self._on_deadline)
        self._turn = self._timer(self._on_turn)
        self._link = Link(self)
        self._link.opened.connect(self._on_opened)
        self._link.received.connect(self._on_received)
        self._link.closed.connect(self._on_closed)
        self._link.heard.connect(self._on_heard)
        self._link.sending.connect(self._on_sending)
        self._link.receiving.connect(self._on_receiving)

    def connect_to(
        self, address: Address, token: str = "", spare: Optional[Address] = None
    ) -> None:
        """Connect now, and again whenever the connection is lost.

        Args:
            address: of the server.
            token: what that server wants to hear; no other one hears it.
            spare: where the second attempt goes if nothing answers the first; what answers stays.
        """
        self._places = deque([(address, token)])
        if spare is not None and spare != address:
            self._places += [(spare, ""), (address, token)]
        self._link.drop()
        self._do(self.session.connect())

    def submit(self, requests: Iterable[Request]) -> None:
        """Decompose these, one after another."""
        self._do(self.session.submit(requests))

    def cancel(self) -> None:
        """Stop the running job and drop the waiting ones."""
        self._do(self.session.cancel())

    def drop_closed_documents(self) -> None:
        """Give up the jobs whose documents are closed: nobody waits for their layers."""
        run = self.session.run
        for job in [] if run is None else run.jobs:
            if not job.ended and not job.request.document.is_open():
                self._do(self.session.document_closed(job))

    def close(self) -> None:
        """End it, without another attempt."""
        self._deadline.stop()
        self._turn.stop()
        self._link.close()

    def show_fault(self, error: Exception) -> None:
        """A fault of ours in a slot."""
        self.faulted.emit(error)

    def _timer(self, slot: Callable[[], None]) -> QtCore.QTimer:
        timer = QtCore.QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        return timer

    # ---- events of the link and the clock

    @guarded
    def _on_opened(self) -> None:
        self._do(self.session.opened())

    @guarded
    def _on_received(self, message: Buffer) -> None:
        self._do(self.session.received(message))
        if self.session.state is State.READY:
            self._places.clear()

    @guarded
    def _on_closed(self, reason: str) -> None:
        if reason != self.session.reason:  # every attempt without a server ends alike
            log.info("the connection is closed: %s", reason)
        self._do(self.session.closed(reason))
        self.disconnected.emit(reason)

    @guarded
    def _on_heard(self) -> None:
        self.session.heard()

    @guarded
    def _on_sending(self, done: int, total: int) -> None:
        self._do(self.session.sending(done, total))

    @guarded
    def _on_receiving(self, done: int, total: int) -> None:
        self._do(self.session.receiving(done, total))

    @guarded
    def _on_deadline(self) -> None:
        self._do(self.session.tick())

    @guarded
    def _on_turn(self) -> None:
        postponed, self._postponed = self._postponed, None
        if postponed is not None and not postponed[0].ended:
            self._do(postponed[1]())

    def _postpone(
        self, job: Job, step: Callable[[], Iterable[Command]], milliseconds: int
    ) -> Iterable[Command]:
        """Take a step of the current job a little later, unless the job has ended by then."""
        self._postponed = (job, step)
        self._turn.start(milliseconds)
        return ()

    # ---- commands of the session

    def _do(self, commands: Iterable[Command]) -> None:
        """Do these and what follows from them.

        The canvas may let Krita handle events while it works, and so call this again: what comes
        then waits its turn.
        """
        self._todo.extend(commands)
        if self._doing:
            return
        self._doing = True
        try:
            while self._todo:
                command = self._todo.popleft()
                self._todo.extend(self._DOERS[type(command)](self, command))
        finally:
            self._doing = False
        self._set_alarm()
        self.changed.emit()

    def _set_alarm(self) -> None:
        deadline = self.session.deadline
        if deadline is None:
            self._deadline.stop()
        else:
            self._deadline.start(max(0, int((deadline - time.monotonic()) * 1000) + 1))

    def _open(self, command: OpenLink) -> Iterable[Command]:
        if self._places:
            self.address, self._token = self._places.popleft()
        self._link.open(self.address, self._token)
        return ()

    def _close(self, command: CloseLink) -> Iterable[Command]:
        self._link.close()
        return ()

    def _ping(self, command: Ping) -> Iterable[Command]:
        self._link.ping()
        return ()

    def _send(self, command: Send) -> Iterable[Command]:
        head = pack_header(command.header)
        self._link.send([head] if command.payload is None else [head, command.payload])
        return ()

    def _read(self, command: Read) -> Iterable[Command]:
        return self._postpone(command.job, partial(self._read_now, command.job), REPAINT_MS)

    def _read_now(self, job: Job) -> Iterable[Command]:
        request = job.request
        try:
            picture = request.document.read(request.scope, request.leaves_out_last_group)
        except self._canvas.Busy:
            return self._postpone(job, partial(self._read_now, job), BUSY_MS)
        except Exception as error:
            return self.session.refused(job, self._why(error))
        if picture.notice:
            self.noticed.emit(picture.notice)
        self._picture = picture._replace(pixels=bytearray())
        return self.session.picture_read(
            job, picture.width, picture.height, picture.depth, picture.pixels
        )

    def _place(self, command: Place) -> Iterable[Command]:
        job = command.job
        quality = wording.quality(command.psnr_db, command.max_error)
        layers = [self._canvas.PlacedLayer(*layer) for layer in command.layers]
        result = PlacedResult(job.request, self._picture, layers)
        try:
            self.insert(result, job.request)
        except self._canvas.Busy:
            return self._postpone(job, partial(self._place, command), BUSY_MS)
        except Exception as error:
            return self.session.refused(job, self._why(error))
        self.placed.emit(result)
        return self.session.placed(job, quality)

    def insert(self, result: PlacedResult, request: Request) -> None:
        """Put a result's layers into the document that it was made from, as a request says now.

        Raises:
            Refusal: the canvas does not take them (the canvas's own exception).
        """
        title = f"Layers: {request.title}"
        how = (request.placement, request.replace, request.hide_originals)
        notice = request.document.place(result.layers, result.picture, title, *how)
        if notice:
            self.noticed.emit(notice)

    def _finish(self, command: Finish) -> Iterable[Command]:
        self._picture = None
        self.finished.emit(command.run)
        return ()

    def _why(self, error: Exception) -> str:
        """What a job's end is to be blamed on; only a refusal is the canvas's own word."""
        if isinstance(error, self._canvas.Refusal):
            return str(error)
        log.error("fault in the canvas", exc_info=error)
        return wording.fault(error)

    _DOERS: ClassVar[Dict[type, Callable[..., Iterable[Command]]]] = {
        OpenLink: _open,
        CloseLink: _close,
        Ping: _ping,
        Send: _send,
        Read: _read,
        Place: _place,
        Finish: _finish,
    }
