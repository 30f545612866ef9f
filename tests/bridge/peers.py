"""A client that says exactly what a test wants said, right or wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from bridge.wire.framing import pack_header, unpack
from bridge.wire.protocol import PROTOCOL_VERSION
from engine import Rgba

HELLO = {
    "type": "hello",
    "protocol": PROTOCOL_VERSION,
    "client": "krita",
    "client_version": "0.1.0",
}


class Peer:
    """One raw connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        await self.connection.send(pack_header(header) + payload)

    async def receive(self) -> tuple[dict[str, Any], bytes]:
        header, payload = unpack(await self.connection.recv())
        return header, bytes(payload)

    async def reply(self) -> tuple[dict[str, Any], bytes]:
        """The next message that is not progress."""
        while True:
            header, payload = await self.receive()
            if header["type"] != "progress":
                return header, payload

    async def progress(self, **fields: Any) -> dict[str, Any]:
        """The next progress with these fields."""
        while True:
            header, _ = await self.receive()
            assert header["type"] == "progress", header
            if fields.items() <= header.items():
                return header

    async def hello(self) -> dict[str, Any]:
        await self.send(HELLO)
        header, _ = await self.receive()
        return header

    async def decompose(self, job: str, rgba: Rgba, /, **changes: Any) -> None:
        await self.send(request(job, rgba) | changes, rgba.tobytes())

    async def close_code(self) -> int | None:
        await self.connection.wait_closed()
        return self.connection.close_code


async def failure(client: Peer) -> tuple[str | None, str]:
    """The next reply, which must be a failure: its job and its code."""
    header, payload = await client.reply()
    assert header["type"] == "failure"
    assert payload == b""
    assert header["detail"].endswith(".")
    return header["job"], header["code"]


@asynccontextmanager
async def peer(url: str, **options: Any) -> AsyncIterator[Peer]:
    """A raw connection that has said nothing."""
    settings = {"compression": None, "proxy": None, "max_size": None, "close_timeout": 0.2}
    async with connect(url, **settings | options) as connection:
        yield Peer(connection)


@asynccontextmanager
async def greeted(url: str, **options: Any) -> AsyncIterator[Peer]:
    """A raw connection after its hello."""
    async with peer(url, **options) as one:
        assert (await one.hello())["type"] == "welcome"
        yield one


def request(job: str, rgba: Rgba) -> dict[str, Any]:
    """The header that asks for a picture's layers, uncropped."""
    height, width = rgba.shape[:2]
    image = {"x": 0, "y": 0, "width": width, "height": height, "offset": 0, "length": rgba.nbytes}
    return {
        "type": "decompose",
        "job": job,
        "engine": "builtin",
        "composition": "production",
        "width": width,
        "height": height,
        "depth": rgba.itemsize * 8,
        "image": image,
    }


def picture(height: int = 3, width: int = 4, dtype: type = np.uint8) -> Rgba:
    """An opaque red picture."""
    return np.full((height, width, 4), (200, 40, 40, 255), np.uint8).astype(dtype)
