"""The conversations of tests/vectors/sessions, with a real server at one end."""

import asyncio
import json
import threading
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from engine import registry
from tests.bridge.fakes import (
    ChoosingEngine,
    SwatchEngine,
    at_work,
    divide_by_zero,
    refuse,
    until,
    until_cancelled,
)
from tests.bridge.peers import Peer, greeted, peer, picture
from tests.bridge.serving import nothing_is_left, serving

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "vectors" / "sessions").glob("*.json"))
ENGINES = {
    "draws": at_work,
    "chooses": at_work,
    "waits": until_cancelled,
    "refuses": refuse,
    "breaks": divide_by_zero,
}
FREE = {"server_version", "remaining_s"}
"""What a transcript need not foresee."""


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_transcript(path, monkeypatch):
    transcript = json.loads(path.read_text())
    kind = ChoosingEngine if transcript["engine"] == "chooses" else SwatchEngine
    known = {"builtin": f"tests.bridge.fakes:{kind.__name__}"}
    monkeypatch.setattr(registry, "ENGINES", known)
    lines = [line for line in transcript["lines"] if line["from"] != "a later server"]
    jobs = begun(lines)
    its_turn = threading.Event()
    work = [until(its_turn)] * transcript["ahead"]
    work += [ENGINES[transcript["engine"]]] * len(lines)
    engine = kind(before=lambda progress: work.pop(0)(progress))

    async with serving(engine) as (server, stop):
        async with AsyncExitStack() as others:
            for _ in range(transcript["ahead"]):
                other = await others.enter_async_context(greeted(server.url))
                await other.decompose("other", picture())
                await other.progress(queue_position=0)
            async with peer(server.url) as client:
                for line in lines:
                    await play(line, client, stop)
                    if waits_for_turn(line, jobs):
                        its_turn.set()
        await nothing_is_left(server)
    assert engine.chosen[transcript["ahead"] :] == list(jobs.values())


def begun(lines: list[dict]) -> dict[str, dict]:
    """The options of each job that gets its turn; one that is cancelled in the queue does not."""
    headers = [line.get("header", {}) for line in lines]
    turns = {header["job"] for header in headers if header.get("queue_position") == 0}
    asked = [header for header in headers if header.get("type") == "decompose"]
    return {one["job"]: one.get("options", {}) for one in asked if one["job"] in turns}


def waits_for_turn(line: dict, jobs: dict[str, dict]) -> bool:
    """Whether the line tells one of these jobs that others are ahead of it."""
    header = line.get("header", {})
    return bool(header.get("queue_position")) and header["job"] in jobs


async def play(line: dict, client: Peer, stop: asyncio.Event) -> None:
    if line["from"] == "outside":
        happen(line["event"], client, stop)
    elif "close" in line and line["from"] == "client":
        await client.connection.close(line["close"])
    elif "close" in line:
        assert await client.close_code() == line["close"]
    elif line["from"] == "client":
        await client.send(line["header"], bytes.fromhex(line["payload"]))
    else:
        await expect(line, client)


def happen(event: str, client: Peer, stop: asyncio.Event) -> None:
    if event == "the connection breaks":
        client.connection.transport.abort()
    elif event == "the server is stopped":
        stop.set()
    else:
        raise AssertionError(f"the transcript's event {event!r} is unknown")


async def expect(line: dict, client: Peer) -> None:
    """The message of the line, after such progress as it does not name."""
    while True:
        header, payload = await asyncio.wait_for(client.receive(), 5)
        if header["type"] != "progress" or bound(header) == bound(line["header"]):
            break
    assert bound(header) == bound(line["header"])
    assert payload.hex() == line["payload"]


def bound(header: dict) -> dict:
    return {name: value for name, value in header.items() if name not in FREE}
