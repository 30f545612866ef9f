"""The socket, against a real WebSocket server and against servers that misbehave."""

import base64
import hashlib
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any

import pytest
from layer_bridge.address import Address
from layer_bridge.framing import pack_header
from layer_bridge.link import Link
from layer_bridge.qt import QtNetwork
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.krita_plugin.event_loop import handle_events, wait_until

MIB = 1 << 20
pytestmark = pytest.mark.usefixtures("application")


class Ears:
    """Keeps what a link says."""

    def __init__(self, link: Link) -> None:
        self.opened = self.heard = 0
        self.received: list[bytearray] = []
        self.closed: list[str] = []
        self.sending: list[tuple[int, int]] = []
        self.receiving: list[tuple[int, int]] = []
        link.opened.connect(self.on_opened)
        link.heard.connect(self.on_heard)
        link.received.connect(self.received.append)
        link.closed.connect(self.closed.append)
        link.sending.connect(lambda done, total: self.sending.append((done, total)))
        link.receiving.connect(lambda done, total: self.receiving.append((done, total)))

    def on_opened(self) -> None:
        self.opened += 1

    def on_heard(self) -> None:
        self.heard += 1


@pytest.fixture
def link() -> Iterator[Link]:
    link = Link()
    yield link
    link.drop()


@pytest.fixture
def ears(link: Link) -> Ears:
    return Ears(link)


@contextmanager
def websocket_server(
    handle: Callable[[ServerConnection], None], **options: Any
) -> Iterator[Address]:
    def guarded(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            handle(connection)

    with serve(
        guarded, "127.0.0.1", 0, compression=None, max_size=None, close_timeout=1, **options
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Address("127.0.0.1", server.socket.getsockname()[1])
        server.shutdown()
        thread.join()


@contextmanager
def raw_server(handle: Callable[[socket.socket], None]) -> Iterator[Address]:
    """A server that does as it likes, for one client."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        connection, _ = listener.accept()
        with connection:
            handle(connection)

    thread = threading.Thread(target=run)
    thread.start()
    yield Address("127.0.0.1", listener.getsockname()[1])
    thread.join()
    listener.close()


def shake_hands(connection: socket.socket) -> bytes:
    """Answer a handshake as RFC 6455 wants it; the request comes back."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += connection.recv(4096)
    key = next(
        line.split(b": ")[1]
        for line in request.split(b"\r\n")
        if line.startswith(b"Sec-WebSocket-Key")
    )
    accept = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(accept) + b"\r\n\r\n"
    )
    return request


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def echo_in_fragments(connection: ServerConnection) -> None:
    for message in connection:
        view = memoryview(message)
        connection.send(bytes(view[at : at + 999]) for at in range(0, len(view), 999))


def open_link(link: Link, ears: Ears, address: Address, token: str = "") -> None:
    link.open(address, token)
    wait_until(lambda: ears.opened or ears.closed)
    assert ears.closed == []


# ---- messages

HEAD = pack_header({"type": "echo"})


def framed(size: int) -> bytes:
    """A message of so many bytes."""
    return (HEAD + os.urandom(size))[:size]


@pytest.mark.parametrize("size", [0, 1, 4, 125, 126, 65535, 65536, MIB, 3 * MIB + 1])
def test_messages_come_back_as_they_went(link: Link, ears: Ears, size: int) -> None:
    sent = framed(size)
    with websocket_server(echo) as address:
        open_link(link, ears, address)
        link.send([sent])
        wait_until(lambda: ears.received)
        link.drop()
    assert ears.received == [sent]


def test_buffers_of_a_message_follow_one_another(link: Link, ears: Ears) -> None:
    parts = [HEAD, os.urandom(10), bytearray(os.urandom(2 * MIB)), memoryview(os.urandom(77)), b""]
    with websocket_server(echo) as address:
        open_link(link, ears, address)
        link.send(parts)
        link.send([HEAD])
        wait_until(lambda: len(ears.received) == 2)
        link.drop()
    assert ears.received == [b"".join(parts), HEAD]


def test_fragments_are_put_together(link: Link, ears: Ears) -> None:
    sent = framed(100_000)
    with websocket_server(echo_in_fragments) as address:
        open_link(link, ears, address)
        link.send([sent])
        wait_until(lambda: ears.received)
        link.drop()
    assert ears.received == [sent]


def test_a_large_picture_moves_fast_and_leaves_the_loop_free(link: Link, ears: Ears) -> None:
    size = 32 * MIB
    image = {"x": 0, "y": 0, "width": 1, "height": 1, "offset": 0, "length": size}
    head = pack_header({"type": "result", "layers": [{"image": image}]})
    with websocket_server(echo_in_mib) as address:
        open_link(link, ears, address)
        begun = time.monotonic()
        link.send([head, bytearray(os.urandom(MIB)) * 32])
        held_up = wait_until(lambda: ears.received)
        took = time.monotonic() - begun
        link.drop()
    assert len(ears.received[0]) == len(head) + size
    assert took < 5
    assert held_up < 0.5
    assert ears.sending[-1] == (len(head) + size, len(head) + size)
    assert ears.receiving[0][1] == len(head) + size
    assert len(ears.receiving) > 4


def echo_in_mib(connection: ServerConnection) -> None:
    message = b"".join(connection.recv_streaming())
    connection.send(message[at : at + MIB] for at in range(0, len(message), MIB))


# ---- control


def test_a_ping_of_the_server_is_answered(link: Link, ears: Ears) -> None:
    answered = []

    def ping(connection: ServerConnection) -> None:
        answered.append(connection.ping(b"alive?").wait(5))

    with websocket_server(ping) as address:
        open_link(link, ears, address)
        wait_until(lambda: answered)
        link.drop()
    assert answered == [True]


def test_our_ping_is_a_sign_of_life_even_within_a_message(link: Link, ears: Ears) -> None:
    with websocket_server(echo) as address:
        open_link(link, ears, address)
        handle_events(0.1)
        before = ears.heard
        link.send([HEAD, bytes(8 * MIB)])
        link.ping()
        wait_until(lambda: ears.heard > before)
        wait_until(lambda: ears.received)
        link.drop()
    assert ears.received == [HEAD + bytes(8 * MIB)]


def test_closing_says_goodbye(link: Link, ears: Ears) -> None:
    codes = []

    def listen(connection: ServerConnection) -> None:
        try:
            connection.recv()
        except ConnectionClosed as closed:
            codes.append(closed.rcvd.code if closed.rcvd else None)

    with websocket_server(listen) as address:
        open_link(link, ears, address)
        link.close()
        wait_until(lambda: codes)
    assert codes == [1000]
    assert ears.closed == []


@pytest.mark.parametrize(
    ("code", "reason", "sentence"),
    [
        (1001, "", "The server was stopped."),
        (1002, "", "The server hung up."),
        (1009, "too large", "The server closed the connection: too large"),
    ],
)
def test_a_server_that_closes_is_explained(
    link: Link, ears: Ears, code: int, reason: str, sentence: str
) -> None:
    with websocket_server(lambda connection: connection.close(code, reason)) as address:
        link.open(address)
        wait_until(lambda: ears.closed)
        handle_events(0.1)
    assert ears.closed == [sentence]


# ---- what goes wrong


def test_nobody_there(link: Link, ears: Ears) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    link.open(Address("127.0.0.1", port))
    wait_until(lambda: ears.closed)
    handle_events(0.05)
    assert ears.closed == [f"No server answers at 127.0.0.1:{port}."]


def test_a_connection_that_breaks(link: Link, ears: Ears) -> None:
    def vanish(connection: socket.socket) -> None:
        shake_hands(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with raw_server(vanish) as address:
        link.open(address)
        wait_until(lambda: ears.closed)
    handle_events(0.05)
    assert ears.closed == ["The server closed the connection."]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "Another program"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refuses"),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", "token"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "Another program"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: AAAA\r\n\r\n",
            "Another program",
        ),
        (b"x" * 40_000, "Another program"),
    ],
    ids=["200", "403", "401", "ssh", "wrong accept", "endless"],
)
def test_a_handshake_that_fails(link: Link, ears: Ears, answer: bytes, words: str) -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)
        time.sleep(0.2)

    with raw_server(speak) as address:
        link.open(address)
        wait_until(lambda: ears.closed)
    assert len(ears.closed) == 1
    assert words in ears.closed[0]
    assert ears.opened == 0


def server_frame(first: int, payload: bytes, length: int | None = None) -> bytes:
    size = len(payload) if length is None else length
    return bytes([first, 127]) + struct.pack("!Q", size) + payload


RESULT = pack_header({"type": "result", "layers": [{"image": {"length": 8}}]})


@pytest.mark.parametrize(
    "frames",
    [
        bytes([0x82, 0x81, 1, 2, 3, 4, 5]),
        bytes([0xC2, 0x01, 0]),
        bytes([0x80, 0x01, 0]),
        bytes([0x81, 0x01, 0x41]),
        bytes([0x09, 0x00]),
        bytes([0x8F, 0x00]),
        bytes([0x89, 126, 0, 126]) + bytes(126),
        bytes([0x02, 0x01, 0, 0x82, 0x01, 0]),
        server_frame(0x82, b"", 1 << 62),
        server_frame(0x82, RESULT + bytes(9)),
        server_frame(0x82, RESULT + bytes(7)),
        server_frame(0x82, b"\xff\xff\xff\xff"),
    ],
    ids=[
        "masked",
        "reserved bit",
        "continues nothing",
        "text",
        "split ping",
        "unknown opcode",
        "long ping",
        "message in a message",
        "endless",
        "longer than announced",
        "shorter than announced",
        "no header",
    ],
)
def test_broken_frames_end_the_connection(link: Link, ears: Ears, frames: bytes) -> None:
    farewell = []

    def speak(connection: socket.socket) -> None:
        shake_hands(connection)
        connection.sendall(frames)
        connection.settimeout(5)
        farewell.append(connection.recv(4096))

    with raw_server(speak) as address:
        link.open(address)
        wait_until(lambda: ears.closed)
        wait_until(lambda: farewell)
    assert len(ears.closed) == 1
    assert ears.closed[0].startswith("The server sent")
    assert ears.received == []
    assert farewell[0][0] == 0x88


def test_bytes_may_come_one_by_one(link: Link, ears: Ears) -> None:
    def speak(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        shake_hands(connection)
        for byte in server_frame(0x02, RESULT[:7]) + server_frame(0x80, RESULT[7:] + bytes(8)):
            connection.sendall(bytes([byte]))
            time.sleep(0.001)
        time.sleep(0.2)

    with raw_server(speak) as address:
        link.open(address)
        wait_until(lambda: ears.received)
    assert ears.received == [RESULT + bytes(8)]


# ---- the request


def test_the_token_is_sent_and_no_origin(link: Link, ears: Ears) -> None:
    requests = []

    def listen(connection: socket.socket) -> None:
        requests.append(shake_hands(connection))

    with raw_server(listen) as address:
        link.open(address, "secret")
        wait_until(lambda: ears.closed)
    assert b"\r\nAuthorization: Bearer secret\r\n" in requests[0]
    assert b"Origin" not in requests[0]
    assert f"\r\nHost: 127.0.0.1:{address.port}\r\n".encode() in requests[0]


def test_a_refusal_of_a_real_server(link: Link, ears: Ears) -> None:
    def refuse(connection: ServerConnection, request: Any) -> Any:
        return connection.respond(HTTPStatus.FORBIDDEN, "no")

    with websocket_server(echo, process_request=refuse) as address:
        link.open(address)
        wait_until(lambda: ears.closed)
    assert "refuses" in ears.closed[0]


def test_the_systems_proxy_is_not_asked(link: Link, ears: Ears) -> None:
    kind = QtNetwork.QNetworkProxy.ProxyType
    proxy = QtNetwork.QNetworkProxy(kind.HttpProxy, "127.0.0.1", 9)
    QtNetwork.QNetworkProxy.setApplicationProxy(proxy)
    try:
        with websocket_server(echo) as address:
            open_link(link, ears, address)
            link.drop()
    finally:
        QtNetwork.QNetworkProxy.setApplicationProxy(QtNetwork.QNetworkProxy(kind.NoProxy))


def test_a_link_can_be_opened_again(link: Link, ears: Ears) -> None:
    with websocket_server(echo) as address:
        open_link(link, ears, address)
        link.send([bytes(5 * MIB)])
        link.open(address)
        wait_until(lambda: ears.opened == 2)
        link.send([HEAD])
        wait_until(lambda: ears.received)
        link.drop()
    assert ears.received == [HEAD]
    assert ears.closed == []
