"""What a link talks to in tests, real servers and misbehaving ones, and what hears it."""

import base64
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from layer_bridge.address import Address
from layer_bridge.link import Link
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.krita_plugin.event_loop import wait_until

MIB = 1 << 20


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


def echo_in_mib(connection: ServerConnection) -> None:
    message = b"".join(connection.recv_streaming())
    connection.send(message[at : at + MIB] for at in range(0, len(message), MIB))
