"""The conversations of tests/vectors/sessions, with the Python client at one end."""

import asyncio
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

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "vectors" / "sessions").glob("*.json"))
OURS = {"protocol", "client", "client_version"}
"""What a client says of itself."""
LOST = {"type": "failure", "code": "no_server"}
"""How a job ends for a client that no server tells of it."""


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_transcript(path):
    lines = json.loads(path.read_text())["lines"]
    played = asyncio.get_running_loop().create_future()
    async with serve(script(lines, played), "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        if any(line.get("header", {}).get("type") == "welcome" for line in lines):
            await converse(url, lines)
        else:
            with pytest.raises(ServerError, match="layer-bridge install") as refused:
                await connect(url).__aenter__()
            assert refused.value.code == "unsupported_version"
        await asyncio.wait_for(played, 5)


async def converse(url: str, lines: list[dict]) -> None:
    leaves = any(line["from"] == "client" and "close" in line for line in lines)
    async with connect(url) as client:
        for request, progress, end in jobs(lines):
            told = asyncio.Event()
            job = asyncio.create_task(decompose(client, request, progress, end, told))
            await asyncio.wait_for(told.wait() if leaves else job, 5)
    await asyncio.wait_for(job, 5)


def script(lines: list[dict], played: asyncio.Future):
    """A server that says its lines, and hears whether the client says the others."""

    async def answer(connection: ServerConnection) -> None:
        try:
            for line in lines:
                await play(line, connection)
            await connection.wait_closed()
            played.set_result(None)
        except Exception as error:
            played.set_exception(error)
            raise

    return answer


async def play(line: dict, connection: ServerConnection) -> None:
    if line["from"] == "outside":
        if line["event"] == "the connection breaks":
            connection.transport.abort()
    elif line["from"] == "client" and "close" in line:
        await connection.wait_closed()
        assert connection.close_code == line["close"]
    elif "close" in line:
        await connection.close(line["close"])
    elif line["from"] == "client":
        header, payload = unpack(await connection.recv())
        assert bound(header) == bound(line["header"])
        assert payload.hex() == line["payload"]
    else:
        await connection.send(pack_header(line["header"]) + bytes.fromhex(line["payload"]))


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
        yield request, progress, next((each for each in mine if each["type"] != "progress"), LOST)


async def decompose(
    client: Client, request: dict, progress: list[dict], end: dict, told: asyncio.Event
) -> None:
    header = request["header"]
    dtype = np.uint8 if header["depth"] == 8 else np.uint16
    rgba = np.frombuffer(bytes.fromhex(request["payload"]), dtype)
    rgba = rgba.reshape(header["height"], header["width"], 4)
    heard = []

    def listen(message):
        heard.append((message.stage, message.fraction, message.queue_position))
        if len(heard) == len(progress):
            told.set()
        if end.get("code") == "cancelled":
            raise Cancelled

    if end["type"] == "result":
        options = header.get("options")
        stack = await client.decompose(rgba, progress=listen, options=options)
        for layer, expected in zip(stack, swatch_stack(rgba), strict=True):
            assert (layer.role, layer.blend_mode) == (expected.role, expected.blend_mode)
            assert (layer.rgba == expected.rgba).all()
    else:
        with pytest.raises((EngineError, ServerError, Cancelled)) as failed:
            await client.decompose(rgba, engine="builtin", progress=listen)
        assert failed.value.code == end["code"]
    assert heard == [(each["stage"], each["fraction"], each["queue_position"]) for each in progress]
