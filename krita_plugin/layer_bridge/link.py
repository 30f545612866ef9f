"""The socket to the server: a WebSocket client over Qt's own TCP socket.

Qt reads and writes as the event loop comes round, so that nothing here blocks Krita and nothing
polls. A message goes out a fragment at a time as the socket takes it, and comes in straight into
the memory in which it stays.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Any, Deque, Iterator, List, NamedTuple, Optional

from .address import Address
from .frame_reader import Control, FrameReader, Message
from .framing import PREFIX_BYTES, Buffer, FrameError, header_bytes, parse_header
from .guard import guarded
from .protocol import FRAGMENT_BYTES
from .qt import QtCore, QtNetwork
from .websocket import (
    CLOSE,
    GOING_AWAY,
    MAX_HEAD_BYTES,
    NORMAL,
    PING,
    PONG,
    PROTOCOL_ERROR,
    Handshake,
    WebSocketError,
    close_payload,
    frame,
    message_frames,
    parse_close,
)

WRITE_AHEAD_BYTES = 2 * FRAGMENT_BYTES
READ_AHEAD_BYTES = 4 * FRAGMENT_BYTES
LINGER_MS = 5000
"""How long a socket may take to send its last bytes."""

log = logging.getLogger(__package__)


class _Outgoing(NamedTuple):
    frames: Iterator[bytes]
    total: int


class Link(QtCore.QObject):
    """One connection at a time; each ends in exactly one `closed`, unless we let go of it."""

    opened = QtCore.pyqtSignal()
    """The handshake is done."""
    received = QtCore.pyqtSignal(object)
    """A whole message, as a buffer."""
    closed = QtCore.pyqtSignal(str)
    """The connection is gone or never came about; why, in one sentence."""
    heard = QtCore.pyqtSignal()
    """Bytes of any kind came."""
    sending = QtCore.pyqtSignal(object, object)
    """How much of the message under way the system has taken, and its size; bytes."""
    receiving = QtCore.pyqtSignal(object, object)
    """How much of the message under way is here, and its size; bytes."""

    def __init__(self, parent: Optional[QtCore.QObject] = None) -> None:
        super().__init__(parent)
        self._socket: Any = None
        self._address = Address()
        self._handshake: Optional[Handshake] = None
        self._answer = bytearray()
        self._reader = FrameReader(announced_bytes)
        self._outgoing: Deque[_Outgoing] = deque()
        self._sent = 0

    def open(self, address: Address, token: str = "") -> None:
        """Connect; what was open before is dropped. `opened` or `closed` follows."""
        self.drop()
        self._address = address
        self._handshake = Handshake(address.host, address.port, token)
        self._reader = FrameReader(announced_bytes)
        self._socket = socket = self._make_socket(address.secure)
        if address.secure:
            socket.connectToHostEncrypted(address.host, address.port)
        else:
            socket.connectToHost(address.host, address.port)

    def send(self, buffers: List[Buffer]) -> None:
        """Send one binary message made of these buffers; they are read as the socket takes them."""
        total = sum(memoryview(buffer).nbytes for buffer in buffers)
        self._outgoing.append(_Outgoing(message_frames(buffers, FRAGMENT_BYTES), total))
        self._write_ahead()

    def ping(self) -> None:
        """Ask for a sign of life; it goes out before the rest of a long message."""
        self._write(frame(PING, b""))

    def close(self) -> None:
        """Say goodbye and let go; `closed` does not follow."""
        self._let_go(frame(CLOSE, close_payload(NORMAL)))

    def drop(self) -> None:
        """Let go of the connection at once; `closed` does not follow."""
        self._let_go(b"")

    def show_fault(self, error: Exception) -> None:
        """A fault of ours in a slot: the connection cannot be trusted any more."""
        self._fail(f"The connection failed inside the plugin ({error}).")

    def _make_socket(self, secure: bool) -> Any:
        socket: Any = QtNetwork.QSslSocket(self) if secure else QtNetwork.QTcpSocket(self)
        # A system proxy or VPN setting would otherwise break even localhost.
        socket.setProxy(QtNetwork.QNetworkProxy(QtNetwork.QNetworkProxy.ProxyType.NoProxy))
        socket.setReadBufferSize(READ_AHEAD_BYTES)
        (socket.encrypted if secure else socket.connected).connect(self._on_connected)
        socket.readyRead.connect(self._on_ready_read)
        (socket.encryptedBytesWritten if secure else socket.bytesWritten).connect(
            self._on_bytes_written
        )
        socket.errorOccurred.connect(self._on_error)
        socket.disconnected.connect(self._on_disconnected)
        return socket

    @guarded
    def _on_connected(self) -> None:
        self._socket.setSocketOption(QtNetwork.QAbstractSocket.SocketOption.LowDelayOption, 1)
        assert self._handshake is not None
        self._socket.write(self._handshake.request())

    @guarded
    def _on_ready_read(self) -> None:
        self.heard.emit()
        try:
            if self._handshake is not None:
                self._read_answer()
            while self._handshake is None and self._socket and self._socket.bytesAvailable():
                self._read_frames(self._socket.read(FRAGMENT_BYTES))
        except WebSocketError as error:
            self._fail(str(error), frame(CLOSE, close_payload(PROTOCOL_ERROR)))

    def _read_answer(self) -> None:
        """Read the answer to the handshake, and not a byte beyond it."""
        while self._socket.canReadLine():
            line = bytes(self._socket.readLine(MAX_HEAD_BYTES))
            if line in (b"\r\n", b"\n"):
                assert self._handshake is not None
                self._handshake.check(bytes(self._answer))
                self._handshake = None
                self.opened.emit()
                self._write_ahead()
                return
            self._answer += line
        if len(self._answer) + self._socket.bytesAvailable() > MAX_HEAD_BYTES:
            raise WebSocketError("Another program answers at this address.")

    def _read_frames(self, data: bytes) -> None:
        for event in self._reader.feed(data):
            if isinstance(event, Message):
                self.received.emit(event.data)
            else:
                self._answer_control(event)
            if self._socket is None:
                return
        arrived, total = self._reader.arrived
        if total:
            self.receiving.emit(arrived, total)

    def _answer_control(self, control: Control) -> None:
        if control.opcode == PING:
            self._write(frame(PONG, control.payload))
        elif control.opcode == CLOSE:
            code, reason = parse_close(control.payload)
            log.info("the server closed with %s %s", code, reason)
            why = "The server was stopped." if code == GOING_AWAY else _closing(reason)
            self._fail(why, frame(CLOSE, control.payload[:2]))

    @guarded
    def _on_bytes_written(self) -> None:
        if self._handshake is None:
            self._write_ahead()

    def _write_ahead(self) -> None:
        """Hand the socket the next frames, as many as it shall hold."""
        while self._outgoing and self._handshake is None and self._socket is not None:
            if self._unwritten() >= WRITE_AHEAD_BYTES:
                break
            following = next(self._outgoing[0].frames, None)
            if following is None:
                self._outgoing.popleft()
                self._sent = 0
                continue
            self._write(following)
            total = self._outgoing[0].total
            self._sent = min(self._sent + FRAGMENT_BYTES, total)
            self.sending.emit(self._sent, total)

    def _unwritten(self) -> int:
        waiting = int(self._socket.bytesToWrite())
        return waiting + (self._socket.encryptedBytesToWrite() if self._address.secure else 0)

    def _write(self, data: bytes) -> None:
        if self._socket is not None:
            self._socket.write(data)

    @guarded
    def _on_error(self) -> None:
        if self._socket is not None:
            self._fail(self._explain(self._socket.error()))

    @guarded
    def _on_disconnected(self) -> None:
        self._fail("The server closed the connection.")

    def _explain(self, error: Any) -> str:
        kinds = QtNetwork.QAbstractSocket.SocketError
        if error == kinds.ConnectionRefusedError:
            return f"No server answers at {self._address}."
        if error == kinds.HostNotFoundError:
            return f"There is no computer named {self._address.host}; check the server address."
        if error == kinds.RemoteHostClosedError:
            return "The server closed the connection."
        return f"The connection failed: {self._socket.errorString()}."

    def _fail(self, reason: str, last_words: bytes = b"") -> None:
        if self._socket is not None:
            self._let_go(last_words)
            self.closed.emit(reason)

    def _let_go(self, last_words: bytes) -> None:
        """Forget the socket; where there are last words it still sends what it holds, and them."""
        socket, self._socket = self._socket, None
        self._outgoing.clear()
        self._answer.clear()
        self._sent = 0
        if socket is None:
            return
        socket.blockSignals(True)
        connected = socket.state() == QtNetwork.QAbstractSocket.SocketState.ConnectedState
        if last_words and connected and self._handshake is None:
            socket.write(last_words)
            socket.disconnectFromHost()
            QtCore.QTimer.singleShot(LINGER_MS, socket.deleteLater)
        else:
            socket.abort()
            socket.deleteLater()


def announced_bytes(start: memoryview) -> Optional[int]:
    """How long a result will be, read from what there is of it; None for other and unread ones."""
    if len(start) < PREFIX_BYTES:
        return None
    try:
        end = header_bytes(start)
        if len(start) < end:
            return None
        header = parse_header(start[PREFIX_BYTES:end])
        if header.get("type") != "result":
            return None
        return int(end + sum(layer["image"]["length"] for layer in header["layers"]))
    except (FrameError, KeyError, TypeError):
        raise WebSocketError("The server sent a message that this plugin cannot read.") from None


def _closing(reason: str) -> str:
    return f"The server closed the connection: {reason}" if reason else "The server hung up."
