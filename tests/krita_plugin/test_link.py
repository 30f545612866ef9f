"""The socket, against a real WebSocket server."""

import os
import socket
import time
from http import HTTPStatus
from typing import Any

import pytest
from layer_bridge.framing import pack_header
from layer_bridge.link import Link
from layer_bridge.qt import QtNetwork
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection

from tests.krita_plugin.event_loop import handle_events, wait_until
from tests.krita_plugin.link_peers import (
    MIB,
    Ears,
    echo,
    echo_in_fragments,
    echo_in_mib,
    open_link,
    raw_server,
    shake_hands,
    websocket_server,
)

pytestmark = pytest.mark.usefixtures("application")


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
    assert took < 10
    assert held_up < 0.25
    assert ears.sending[-1] == (len(head) + size, len(head) + size)
    assert ears.receiving[0][1] == len(head) + size
    assert len(ears.receiving) > 4


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
