"""The conversations of tests/vectors/sessions, with the Python client at one end."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve

from bridge.client import Client, ServerError, connect
from bridge.wire.framing import pack_header, unpack
from engine import Cancelled, EngineError
from tests.bridge.fakes import swatch_stack

FOLDER = Path(__file__).parents[1] / "vectors" / "sessions"
OURS = {"protocol", "client", "client_version"}
"""What a client says of itself."""


@pytest.mark.parametrize(
    "name",
    [
        "cancel_queued",
        "cancel_running",
        "decompose",
        "decompose_16_bit",
        "empty_layers",
        "engine_breaks",
        "engine_refuses",
        "later_server",
        "queued",
        "server_stops",
        "two_pictures",
        "unsupported_version",
    ],
)
async def test_transcript(name):
    lines = json.loads((FOLDER / f"{name}.json").read_text())["lines"]
    async with serve(script(lines), "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        if name == "unsupported_version":
            with pytest.raises(ServerError, match="layer-bridge install") as refused:
                await connect(url).__aenter__()
            assert refused.value.code == "unsupported_version"
            return
        async with connect(url) as client:
            for request, progress, end in jobs(lines):
                await decompose(client, request, progress, end)


def script(lines: list[dict]):
    """A server that says its lines, and hears whether the client says the others."""

    async def play(connection: ServerConnection) -> None:
        for line in lines:
            if line["from"] == "client":
                header, payload = unpack(await connection.recv())
                assert bound(header) == bound(line["header"])
                assert payload.hex() == line["payload"]
            elif "header" in line:
                await connection.send(pack_header(line["header"]) + bytes.fromhex(line["payload"]))
            elif "close" in line:
                await connection.close(line["close"])
        await connection.wait_closed()

    return play


def bound(header: dict) -> dict:
    ours = OURS if header["type"] == "hello" else set()
    return {name: value for name, value in header.items() if name not in ours}


def jobs(lines: list[dict]) -> Iterator[tuple[dict, list[dict], dict]]:
    """Each job's request, its progress and its end."""
    requests = [line for line in lines if line.get("header", {}).get("type") == "decompose"]
    said = [line["header"] for line in lines if line["from"] != "client" and "header" in line]
    for request in requests:
        mine = [header for header in said if header.get("job") == request["header"]["job"]]
        progress = [header for header in mine if header["type"] == "progress"]
        yield request, progress, next(each for each in mine if each["type"] != "progress")


async def decompose(client: Client, request: dict, progress: list[dict], end: dict) -> None:
    header = request["header"]
    dtype = np.uint8 if header["depth"] == 8 else np.uint16
    rgba = np.frombuffer(bytes.fromhex(request["payload"]), dtype)
    rgba = rgba.reshape(header["height"], header["width"], 4)
    heard = []

    def listen(message):
        heard.append((message.stage, message.fraction, message.queue_position))
        if end.get("code") == "cancelled":
            raise Cancelled

    if end["type"] == "result":
        stack = await client.decompose(rgba, progress=listen)
        for layer, expected in zip(stack, swatch_stack(rgba), strict=True):
            assert (layer.role, layer.blend_mode) == (expected.role, expected.blend_mode)
            assert (layer.rgba == expected.rgba).all()
    else:
        with pytest.raises((EngineError, ServerError, Cancelled)) as failed:
            await client.decompose(rgba, engine="builtin", progress=listen)
        assert failed.value.code == end["code"]
    told = [(each["stage"], each["fraction"], each["queue_position"]) for each in progress]
    assert heard == told
