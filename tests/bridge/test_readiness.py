"""Engines that lack something: every client is told, and told again when that changes."""

import asyncio
import json

import pytest

from bridge import cli
from bridge.client import connect
from bridge.commands.doctor import State, examine
from bridge.server import ServerSettings, listen
from engine import WeightsMissing, load
from tests.bridge.engines import QuickEngine, UnreadyEngine
from tests.bridge.peers import greeted, peer, picture
from tests.bridge.serving import eventually

LACKING = "Its weights are missing; fetch them."


@pytest.fixture(autouse=True)
def engines(monkeypatch):
    names = {
        "builtin": "tests.bridge.engines:QuickEngine",
        "unready": "tests.bridge.engines:UnreadyEngine",
    }
    for module in ("engine.registry", "bridge.cli", "bridge.commands.doctor"):
        monkeypatch.setattr(f"{module}.ENGINES", names)
    monkeypatch.setattr(UnreadyEngine, "lacking", LACKING)


def server(**settings):
    loads = {"builtin": QuickEngine, "unready": lambda: load("unready")}
    return listen(ServerSettings(port=0, **settings), loads)


def told(welcome):
    return {info["name"]: (info["ready"], info["detail"]) for info in welcome["engines"]}


async def test_clients_are_told_and_told_again(monkeypatch):
    async with server(readiness_interval_s=0.01) as running, peer(running.url) as one:
        assert told(await one.hello()) == {"builtin": (True, ""), "unready": (False, LACKING)}
        monkeypatch.setattr(UnreadyEngine, "lacking", "")
        header, _ = await one.receive()
        assert (header["type"], told(header)["unready"]) == ("welcome", (True, ""))
        monkeypatch.setattr(UnreadyEngine, "lacking", LACKING)
        header, _ = await one.receive()
        assert (header["type"], told(header)["unready"]) == ("welcome", (False, LACKING))


async def test_a_stranger_and_a_client_that_knows_are_told_nothing():
    async with (
        server(readiness_interval_s=0.01) as running,
        peer(running.url) as stranger,
        greeted(running.url) as one,
    ):
        await asyncio.sleep(0.1)
        await one.decompose("a", picture())
        assert (await one.reply())[0]["type"] == "result"
        assert (await stranger.hello())["type"] == "welcome"


async def test_the_python_client_knows_the_latest(monkeypatch):
    async with server(readiness_interval_s=0.01) as running, connect(running.url) as client:
        assert not client.welcome.engines[1].ready
        monkeypatch.setattr(UnreadyEngine, "lacking", "")
        await eventually(lambda: client.welcome.engines[1].ready)
        await client.decompose(picture(), engine="unready")


async def test_a_job_for_it_fails_with_that_sentence_until_it_is_ready(monkeypatch):
    async with server() as running, greeted(running.url) as one:
        await one.decompose("a", picture(), engine="unready")
        header, _ = await one.reply()
        assert (header["code"], header["detail"]) == ("weights_missing", LACKING)
        monkeypatch.setattr(UnreadyEngine, "lacking", "")
        await one.decompose("b", picture(), engine="unready")
        assert (await one.reply())[0]["type"] == "result"


def test_the_command_line_says_it_once_before_any_picture(tmp_path, capsys):
    pictures = [str(tmp_path / name) for name in ("a.png", "b.png")]
    words = ["decompose", *pictures, "-o", str(tmp_path / "out"), "--engine", "unready"]
    assert cli.main([*words, "--json"]) == 2
    said = capsys.readouterr()
    assert said.err == f"{LACKING}\n"
    (failure,) = json.loads(said.out)["failures"]
    assert (failure["code"], failure["detail"]) == ("weights_missing", LACKING)
    assert not (tmp_path / "out").exists()


def test_the_doctor_notes_it_and_is_content():
    findings = {finding.text: finding.state for finding in examine(1)}
    assert findings[f"Engine unready is not ready: {LACKING}"] is State.NOTE
    assert findings["Engine builtin is ready"] is State.FINE


def break_when_asked(engine):
    raise RecursionError("too deep")


BROKEN = "The engine 'unready' is broken (RecursionError: too deep); install layer-bridge again."


async def test_an_engine_that_breaks_when_asked_keeps_nobody_from_the_others(monkeypatch):
    async with server(readiness_interval_s=0.01) as running, greeted(running.url) as one:
        monkeypatch.setattr(UnreadyEngine, "check_ready", break_when_asked)
        header, _ = await one.receive()
        assert told(header) == {"builtin": (True, ""), "unready": (False, BROKEN)}
        await one.decompose("a", picture())
        assert (await one.reply())[0]["type"] == "result"


def test_the_doctor_complains_of_an_engine_that_breaks_when_asked(monkeypatch):
    monkeypatch.setattr(UnreadyEngine, "check_ready", break_when_asked)
    findings = {finding.text: finding.state for finding in examine(1)}
    assert findings[f"Engine unready is not ready: {BROKEN}"] is State.WRONG


def test_the_doctor_loads_no_weights(monkeypatch):
    monkeypatch.setattr(UnreadyEngine, "lacking", "")

    def never(*arguments):
        raise WeightsMissing("Loaded.")

    monkeypatch.setattr(UnreadyEngine, "propose", never)
    findings = {finding.text: finding.state for finding in examine(1)}
    assert findings["Engine unready is ready"] is State.FINE
