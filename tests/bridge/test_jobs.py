"""The queue behind a real server: turns, positions, progress, cancel, one reply for each."""

import asyncio
import dataclasses
import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed

import engine as engine_package
from bridge.server.jobs import code_of
from bridge.wire.protocol import ErrorCode
from engine import Cancelled, CannotWrite, EngineError
from tests.bridge.fakes import SwatchEngine, swatch_stack, until, until_cancelled
from tests.bridge.peers import greeted, picture
from tests.bridge.serving import serving


def test_every_error_of_decomposing_has_its_code_on_the_wire():
    things = [getattr(engine_package, name) for name in engine_package.__all__]
    errors = [
        thing for thing in things if isinstance(thing, type) and issubclass(thing, EngineError)
    ]
    assert len(errors) >= 6
    for error in set(errors) - {CannotWrite}:  # a server writes no files
        assert code_of(error("No.")).value == error.code


def test_an_error_that_the_wire_does_not_know_is_the_engines():
    class Later(EngineError):
        code = "later"

    assert code_of(Later("No.")) is ErrorCode.ENGINE_FAILED


class Scripted(SwatchEngine):
    """Remembers the order of its pictures by their width; waits where it is told."""

    def __init__(self) -> None:
        super().__init__(before=self.work)
        self.released = threading.Event()

    def work(self, progress):
        until(self.released)(progress)

    @property
    def widths(self):
        return [seen.shape[1] for seen in self.pictures]


async def test_clients_take_turns():
    engine = Scripted()
    async with (
        serving(engine) as (server, _),
        greeted(server.url) as first,
        greeted(server.url) as second,
    ):
        for width in (1, 2, 3):
            await first.decompose(str(width), picture(1, width))
        await first.progress(job="3")
        for width in (11, 12):
            await second.decompose(str(width), picture(1, width))
        await second.progress(job="11", queue_position=1)
        await second.progress(job="12", queue_position=3)
        await first.progress(job="3", queue_position=4)
        engine.released.set()
        for client, jobs in ((first, ("1", "2", "3")), (second, ("11", "12"))):
            for job in jobs:
                header, _ = await client.reply()
                assert (header["type"], header["job"]) == ("result", job)
    assert engine.widths == [1, 11, 2, 12, 3]


async def test_nothing_is_ahead_of_an_idle_servers_first_job():
    engine = Scripted()
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture())
        header, _ = await one.receive()
        assert (header["stage"], header["queue_position"]) == ("starting", 0)
        engine.released.set()


async def test_the_queue_moves_up_at_once():
    engine = Scripted()
    async with serving(engine) as (server, _), greeted(server.url) as one:
        for job in "abcd":
            await one.decompose(job, picture())
        await one.progress(job="d", queue_position=3)
        await one.send({"type": "cancel", "job": "b"})
        header, _ = await one.reply()
        assert (header["job"], header["code"]) == ("b", "cancelled")
        assert (await one.progress(job="d"))["queue_position"] == 2
        engine.released.set()
        assert [(await one.reply())[0]["job"] for _ in range(3)] == ["a", "c", "d"]
    assert len(engine.pictures) == 3


async def test_a_cancel_is_answered_though_the_engine_is_deaf():
    deaf = threading.Event()

    def work(progress):
        progress("thinking", 0.1)
        deaf.wait(60)
        progress("thinking", 0.2)

    engine = SwatchEngine(before=work)
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture())
        await one.progress(stage="thinking")
        await one.send({"type": "cancel", "job": "a"})
        header, _ = await one.reply()
        assert header["code"] == "cancelled"
        assert not engine.ended.is_set()
        deaf.set()
        engine.before = None
        await one.decompose("a", picture())
        header, _ = await one.reply()
        assert (header["type"], header["job"]) == ("result", "a")


async def test_a_running_engine_hears_of_a_cancel_in_time():
    engine = SwatchEngine(before=until_cancelled)
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture())
        await one.progress(queue_position=0)
        await one.send({"type": "cancel", "job": "a"})
        assert await asyncio.to_thread(engine.ended.wait, 10)


async def test_a_cancel_touches_no_other_client():
    engine = Scripted()
    async with (
        serving(engine) as (server, _),
        greeted(server.url) as one,
        greeted(server.url) as other,
    ):
        await one.decompose("a", picture())
        await one.progress(queue_position=0)
        for job in ("a", "b", "never"):
            await other.send({"type": "cancel", "job": job})
        await other.decompose("b", picture())
        await other.progress(job="b")
        engine.released.set()
        assert (await one.reply())[0]["type"] == "result"
        assert (await other.reply())[0]["type"] == "result"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (engine_package.UnsupportedImage("No."), "unsupported_image"),
        (engine_package.WeightsMissing("No."), "weights_missing"),
        (engine_package.ReconstructionError("No."), "reconstruction"),
        (engine_package.OutOfMemory("No."), "out_of_memory"),
        (EngineError("No."), "engine_failed"),
        (MemoryError(), "out_of_memory"),
        (Cancelled(), "cancelled"),
        (KeyError("x"), "engine_failed"),
        (RecursionError(), "engine_failed"),
    ],
)
async def test_what_an_engine_raises_is_one_failure(error, code, caplog):
    def work(progress):
        raise error

    engine = SwatchEngine(before=work)
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture())
        header, _ = await one.reply()
        engine.before = None
        await one.decompose("b", picture())
        assert (await one.reply())[0]["type"] == "result"
    assert (header["type"], header["job"], header["code"]) == ("failure", "a", code)
    assert header["detail"].endswith(".")
    assert "\n" not in header["detail"]
    unforeseen = not isinstance(error, EngineError | MemoryError | Cancelled)
    assert ("Traceback" in caplog.text) == unforeseen


async def test_layers_that_cannot_be_sent_close_the_connection(monkeypatch, caplog):
    engine = SwatchEngine()
    figures = engine_package.Reconstruction(psnr_db=float("nan"), max_error=0.0)
    broken = dataclasses.replace(swatch_stack(picture()), reconstruction=figures)
    monkeypatch.setattr(engine, "decompose", lambda *arguments: broken)
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture())
        with pytest.raises(ConnectionClosed):
            await one.reply()
        assert await one.close_code() == 1011
    assert "a reply could not be sent" in caplog.text


async def test_an_engine_that_cannot_be_loaded_is_tried_again():
    engine = SwatchEngine()
    tries = iter([engine_package.WeightsMissing("Pull them first."), None])

    def load():
        error = next(tries)
        if error:
            raise error
        return engine

    async with serving(engine, {"builtin": load}) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture())
        assert (await one.reply())[0]["code"] == "weights_missing"
        for job in "bc":
            await one.decompose(job, picture())
            assert (await one.reply())[0]["type"] == "result"


async def test_progress_is_told_now_and_then_and_never_runs_back():
    steps = 400

    def work(progress):
        for step in range(steps):
            progress("painting", (step % 50) / 50)
            time.sleep(0.002)

    engine = SwatchEngine(before=work)
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture())
        fractions, remaining = [], []
        while (header := (await one.receive())[0])["type"] == "progress":
            fractions.append(header["fraction"])
            remaining.append(header["remaining_s"])
    assert 4 < len(fractions) < steps / 2
    assert fractions == sorted(fractions)
    assert remaining[0] is None
    assert all(estimate >= 0 for estimate in remaining if estimate is not None)


async def test_a_waiting_client_hears_while_the_engine_holds_the_interpreter():
    """Pure Python in the worker thread: the event loop still gets its turn."""

    heard = threading.Event()

    def work(progress):
        end = time.monotonic() + 30
        while not heard.is_set() and time.monotonic() < end:
            sum(range(10000))

    engine = SwatchEngine(before=work)
    async with (
        serving(engine) as (server, _),
        greeted(server.url) as one,
        greeted(server.url) as other,
    ):
        await one.decompose("a", picture())
        await one.progress(queue_position=0)
        await other.decompose("b", picture())
        for _ in range(2):
            assert (await one.receive())[0]["type"] == "progress"
            await other.progress(job="b", stage="queued", queue_position=1)
        heard.set()


async def test_a_large_number_of_jobs_gets_a_reply_each():
    engine = SwatchEngine()
    async with serving(engine) as (server, _), greeted(server.url) as one:
        names = {str(number) for number in range(60)}
        for name in names:
            await one.decompose(name, picture())
        for name in list(names)[::3]:
            await one.send({"type": "cancel", "job": name})
        replies = [(await one.reply())[0] for _ in names]
        await one.send({"type": "hello"})
        assert (await one.reply())[0]["job"] is None
    assert {reply["job"] for reply in replies} == names
