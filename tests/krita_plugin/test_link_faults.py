"""The socket, where nobody answers, or somebody who breaks the rules."""

import socket
import struct
import time

import pytest
from layer_bridge.address import Address
from layer_bridge.framing import pack_header
from layer_bridge.link import Link

from tests.krita_plugin.event_loop import handle_events, wait_until
from tests.krita_plugin.link_peers import Ears, raw_server, shake_hands

pytestmark = pytest.mark.usefixtures("application")


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
