"""Who may connect: Origin, Host, token, and what a server off loopback needs to start."""

import asyncio
import ssl
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from bridge.client import ServerError, connect
from bridge.server import ServerSettings, StartError, listen
from bridge.wire.protocol import PROTOCOL_VERSION
from tests.bridge.fakes import SwatchEngine
from tests.bridge.peers import greeted, peer
from tests.bridge.serving import nothing_is_left, serving

HERE = Path(__file__).parent
REMOTE = {
    "host": "0.0.0.0",
    "token": "secret",
    "tls_cert": HERE / "certificate.pem",
    "tls_key": HERE / "certificate_key.pem",
}
"""What a server that other machines can reach is started with."""


@pytest.fixture
async def server():
    async with serving(SwatchEngine()) as (server, _):
        yield server


async def status(url, **options):
    """The HTTP status that an opening handshake gets."""
    try:
        async with peer(url, **options):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        ([], 101),
        (["file://"], 101),
        (["null"], 403),
        ([""], 403),
        (["file:///etc/passwd"], 403),
        (["FILE://"], 403),
        (["http://localhost"], 403),
        (["http://127.0.0.1:7347"], 403),
        (["https://example.org"], 403),
        (["file://", "https://example.org"], 403),
        (["https://example.org", "file://"], 403),
    ],
)
async def test_origin(server, origins, expected):
    headers = [("Origin", origin) for origin in origins]
    assert await status(server.url, additional_headers=headers) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", 101),
        ("127.8.9.10:7347", 101),
        ("localhost:7347", 101),
        ("LOCALHOST", 101),
        ("[::1]:7347", 101),
        ("example.org", 403),
        ("localhost.example.org", 403),
        ("127.0.0.1.example.org:7347", 403),
        ("127.0.0.1@example.org", 403),
        ("192.168.1.2:7347", 403),
        ("0.0.0.0", 403),
        ("[", 403),
        ("", 403),
    ],
)
async def test_host(server, host, expected):
    assert await raw_status(server.port, [("Host", host)]) == expected


async def test_exactly_one_host(server):
    assert await raw_status(server.port, []) == 403
    assert await raw_status(server.port, [("Host", "localhost"), ("Host", "localhost")]) == 403


async def raw_status(port, headers):
    """The same, with headers that the library would not send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = ["GET / HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    lines += [f"{name}: {value}" for name, value in headers]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "studio.example.org"])
@pytest.mark.parametrize("without", ["token", "tls_cert", "tls_key"])
def test_off_loopback_everything_is_needed(host, without):
    flag = f"--{without.replace('_', '-')}"
    with pytest.raises(StartError, match=rf"also give {flag}\.$"):
        ServerSettings(**REMOTE | {"host": host, without: None})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_on_loopback_nothing_is_needed(host):
    assert ServerSettings(host=host).is_loopback


async def test_off_loopback_a_token_is_shown():
    trusted = ssl.create_default_context(cafile=REMOTE["tls_cert"])
    async with serving(SwatchEngine(), **REMOTE) as (server, _):
        url = f"wss://127.0.0.1:{server.port}"
        bearer = [("Authorization", "Bearer secret")]
        assert await status(url, ssl=trusted, additional_headers=bearer) == 101
        assert await status(f"{url}/?token=secret", ssl=trusted) == 101
        for wrong in (
            {},
            {"additional_headers": [("Authorization", "Bearer Secret")]},
            {"additional_headers": [("Authorization", "secret")]},
            {"additional_headers": [("Authorization", "Bearer ")]},
        ):
            assert await status(url, ssl=trusted, **wrong) == 401
        assert await status(f"{url}/?token=", ssl=trusted) == 401
        assert await status(f"{url}/?token=s%C3%A9", ssl=trusted) == 401
        page = [*bearer, ("Origin", "https://example.org")]
        assert await status(url, ssl=trusted, additional_headers=page) == 403
        async with connect(url, token="secret", tls=trusted) as client:
            assert client.welcome.protocol == PROTOCOL_VERSION
        with pytest.raises(ServerError, match="token is missing or wrong"):
            async with connect(url, tls=trusted):
                pass
        with pytest.raises(ServerError, match="self-signed certificate"):
            async with connect(url, token="secret"):
                pass


async def test_a_token_on_loopback_is_kept_to():
    async with serving(SwatchEngine(), token="secret") as (server, _):
        assert await status(server.url) == 401
        async with greeted(f"{server.url}/?token=secret"):
            pass


async def test_there_is_no_room_for_more_clients_than_the_server_takes():
    async with serving(SwatchEngine(), max_clients=2) as (server, _):
        async with greeted(server.url), greeted(server.url):
            assert await status(server.url) == 503
            with pytest.raises(ServerError, match="as many clients as it takes; close one"):
                async with connect(server.url):
                    pass
        await nothing_is_left(server)
        assert await status(server.url) == 101


async def test_a_certificate_that_cannot_be_read_is_one_sentence(tmp_path):
    bad = tmp_path / "bad.pem"
    bad.write_text("nothing")
    for wrong in ({"tls_cert": bad}, {"tls_key": bad}, {"tls_cert": tmp_path / "none.pem"}):
        with pytest.raises(StartError, match=r"PEM files\.$"):
            async with listen(ServerSettings(**REMOTE | {"port": 0} | wrong), {}):
                pass


async def test_what_is_no_websocket_server_is_one_sentence():
    async def answer(reader, writer):
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    other = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    async with other:
        with pytest.raises(ServerError, match=r"is no layer-bridge server"):
            async with connect(f"ws://127.0.0.1:{port}"):
                pass
