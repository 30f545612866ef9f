"""A lane for each engine behind a real server: none holds up another; idle engines give back."""

import asyncio
import threading

import pytest

import engine.registry
from tests.bridge.commanding import child, with_engine
from tests.bridge.fakes import SwatchEngine, until, until_cancelled
from tests.bridge.peers import greeted, picture
from tests.bridge.serving import eventually, nothing_is_left, serving


@pytest.fixture(autouse=True)
def engines(monkeypatch):
    """Two that a server may offer."""
    names = {"builtin": "engine.builtin:BuiltinEngine", "slow": "tests.bridge.engines:SlowEngine"}
    monkeypatch.setattr(engine.registry, "ENGINES", names)


class Patient(SwatchEngine):
    """Works until it is released, remembers in what order things happened."""

    def __init__(self) -> None:
        super().__init__(before=self.work)
        self.released = threading.Event()
        self.events: list[str] = []

    def load(self):
        self.events.append("load")
        return self

    def work(self, progress):
        self.events.append("begin")
        try:
            until(self.released)(progress)
        finally:
            self.events.append("end")

    def unload(self):
        self.events.append("unload")


async def test_one_engine_works_while_another_does():
    slow = Patient()
    async with (
        serving(SwatchEngine(), {"slow": slow.load}) as (server, _),
        greeted(server.url) as one,
        greeted(server.url) as other,
    ):
        await one.decompose("s1", picture(), engine="slow")
        await one.decompose("s2", picture(), engine="slow")
        await one.progress(job="s2", queue_position=1)
        for client, job in ((other, "a"), (one, "b"), (other, "c")):
            await client.decompose(job, picture())
            header, _ = await client.reply()
            assert (header["type"], header["job"]) == ("result", job)
        assert slow.events == ["load", "begin"]
        slow.released.set()
        assert [(await one.reply())[0]["job"] for _ in range(2)] == ["s1", "s2"]


async def test_nothing_of_another_lane_is_ahead():
    slow = Patient()
    busy = Patient()
    async with serving(busy, {"slow": slow.load}) as (server, _), greeted(server.url) as one:
        for job in "abc":
            await one.decompose(job, picture(), engine="slow")
        await one.progress(job="c", queue_position=2)
        await one.decompose("x", picture())
        await one.progress(job="x", stage="finding lines", queue_position=0)
        await one.decompose("y", picture())
        await one.progress(job="y", queue_position=1)
        slow.released.set()
        busy.released.set()
        assert {(await one.reply())[0]["job"] for _ in range(5)} == set("abcxy")


async def test_clients_take_turns_within_a_lane():
    slow = Patient()
    async with (
        serving(SwatchEngine(), {"slow": slow.load}) as (server, _),
        greeted(server.url) as one,
        greeted(server.url) as other,
    ):
        for width in (1, 2, 3):
            await one.decompose(str(width), picture(1, width), engine="slow")
        await one.progress(job="3", queue_position=2)
        await other.decompose("11", picture(1, 11), engine="slow")
        await other.progress(job="11", queue_position=1)
        slow.released.set()
        for client, jobs in ((one, "123"), (other, ["11"])):
            assert [(await client.reply())[0]["job"] for _ in jobs] == [*jobs]
    assert [seen.shape[1] for seen in slow.pictures] == [1, 11, 2, 3]


async def test_a_cancel_touches_no_other_lane():
    slow, busy = SwatchEngine(before=until_cancelled), Patient()
    async with serving(busy, {"slow": lambda: slow}) as (server, _), greeted(server.url) as one:
        await one.decompose("s", picture(), engine="slow")
        await one.decompose("b", picture())
        await one.progress(job="b", queue_position=0, stage="finding lines")
        await one.send({"type": "cancel", "job": "s"})
        header, _ = await one.reply()
        assert (header["job"], header["code"]) == ("s", "cancelled")
        busy.released.set()
        header, _ = await one.reply()
        assert (header["type"], header["job"]) == ("result", "b")


async def test_pictures_of_all_lanes_are_counted_and_go_with_their_client():
    slow, busy = SwatchEngine(before=until_cancelled), SwatchEngine(before=until_cancelled)
    async with serving(busy, {"slow": lambda: slow}) as (server, _):
        async with greeted(server.url) as one:
            for name in ("slow", "builtin"):
                for job in "12":
                    await one.decompose(f"{name}{job}", picture(), engine=name)
            await one.progress(job="builtin2", queue_position=1)
            assert server.queue.held_bytes == 4 * picture().nbytes
        await nothing_is_left(server)
        assert slow.ended.wait(10)
        assert busy.ended.wait(10)
        assert len(slow.pictures) == len(busy.pictures) == 1


async def test_a_stopping_server_ends_the_jobs_of_all_lanes():
    slow, busy = SwatchEngine(before=until_cancelled), SwatchEngine(before=until_cancelled)
    async with (
        serving(busy, {"slow": lambda: slow}) as (server, stop),
        greeted(server.url) as one,
    ):
        await one.decompose("s", picture(), engine="slow")
        await one.decompose("b", picture())
        await one.progress(job="b", queue_position=0)
        stop.set()
        replies = [(await one.reply())[0] for _ in range(2)]
    assert {(reply["job"], reply["code"]) for reply in replies} == {
        ("s", "shutting_down"),
        ("b", "shutting_down"),
    }


async def test_an_idle_engine_is_unloaded_and_works_again():
    warm = Patient()
    warm.released.set()
    async with (
        serving(SwatchEngine(), {"slow": warm.load}, unload_after_s=0.05) as (server, _),
        greeted(server.url) as one,
    ):
        for job in "ab":
            await one.decompose(job, picture(), engine="slow")
            assert (await one.reply())[0]["type"] == "result"
            await eventually(lambda: warm.events[-1] == "unload")
    assert warm.events == ["load", *["begin", "end", "unload"] * 2]


async def test_no_engine_is_unloaded_beside_a_job():
    """Whatever other lanes do meanwhile."""
    warm = Patient()
    async with (
        serving(SwatchEngine(), {"slow": warm.load}, unload_after_s=0.01) as (server, _),
        greeted(server.url) as one,
        greeted(server.url) as other,
    ):
        await one.decompose("a", picture(), engine="slow")
        await one.decompose("b", picture(), engine="slow")
        for number in range(20):
            await other.decompose(str(number), picture())
            assert (await other.reply())[0]["type"] == "result"
        assert "unload" not in warm.events
        warm.released.set()
        await one.reply()
        await one.reply()
        await eventually(lambda: warm.events[-1] == "unload")
    assert warm.events[:3] == ["load", "begin", "end"]
    assert warm.events.count("end") == warm.events.count("begin") == 2
    assert all(
        before != "begin"
        for before, event in zip(warm.events, warm.events[1:], strict=False)
        if event == "unload"
    )


async def test_an_engine_is_idle_though_others_work():
    warm = Patient()
    warm.released.set()
    async with (
        serving(SwatchEngine(), {"slow": warm.load}, unload_after_s=0.2) as (server, _),
        greeted(server.url) as one,
    ):
        await one.decompose("s", picture(), engine="slow")
        await one.reply()
        for number in range(10_000):
            if "unload" in warm.events:
                break
            await one.decompose(str(number), picture())
            assert (await one.reply())[0]["type"] == "result"
    assert warm.events[-1] == "unload"


async def test_an_engine_stays_loaded_where_nothing_else_is_said():
    warm = Patient()
    warm.released.set()
    async with (
        serving(SwatchEngine(), {"slow": warm.load}, unload_after_s=None) as (server, _),
        greeted(server.url) as one,
    ):
        for job in "ab":
            await one.decompose(job, picture(), engine="slow")
            assert (await one.reply())[0]["type"] == "result"
    assert warm.events == ["load", *["begin", "end"] * 2]


async def test_an_engine_that_cannot_be_unloaded_works_on(caplog):
    class Stuck(SwatchEngine):
        def unload(self):
            raise RuntimeError("stuck")

    stuck = Stuck()
    async with (
        serving(stuck, unload_after_s=0.01) as (server, _),
        greeted(server.url) as one,
    ):
        await one.decompose("a", picture())
        await one.reply()
        await eventually(lambda: "an engine could not be unloaded" in caplog.text)
        await one.decompose("b", picture())
        assert (await one.reply())[0]["type"] == "result"


async def test_the_command_line_says_after_how_many_minutes():
    code = with_engine("ForgetfulEngine")
    with child(code, "serve", "--port", "0", "--unload-after", "0.001") as server:
        try:
            url = server.stdout.readline().split()[5]
            async with greeted(url) as one:
                await one.decompose("a", picture())
                assert (await one.reply())[0]["type"] == "result"
                assert await asyncio.to_thread(server.stdout.readline) == "given back\n"
        finally:
            server.terminate()
