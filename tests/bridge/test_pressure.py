"""Clients that read slowly, or not at all, or stop half-way; and what the server then holds."""

import asyncio
import tracemalloc

import pytest

from bridge.wire.framing import pack_header
from tests.bridge.fakes import SwatchEngine, swatch_stack
from tests.bridge.peers import HELLO, failure, greeted, picture, request
from tests.bridge.serving import eventually, nothing_is_left, serving


async def test_a_client_that_stops_in_the_middle_of_a_message_is_let_go():
    async def halves():
        yield b"\xff\x00"
        await asyncio.sleep(60)

    async with (
        serving(SwatchEngine(), stall_timeout_s=0.1) as (server, _),
        greeted(server.url) as one,
    ):
        sending = asyncio.create_task(one.connection.send(halves()))
        assert await one.close_code() == 1008
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await nothing_is_left(server)


async def test_a_client_that_does_not_read_holds_up_only_itself():
    engine = SwatchEngine()
    large = picture(2000, 2000)
    async with serving(engine) as (server, _), greeted(server.url, max_queue=1) as slow:
        for job in "abcd":
            await slow.decompose(job, large)
        await eventually(lambda: server.queue.held_bytes == 3 * large.nbytes)
        async with greeted(server.url) as other:
            for job in "xyz":
                await other.decompose(job, picture())
                assert (await other.reply())[0]["type"] == "result"
        assert sum(seen.shape == large.shape for seen in engine.pictures) == 1
        for job in "abcd":
            header, payload = await slow.reply()
            assert (header["type"], header["job"]) == ("result", job)
            assert payload == large.tobytes()


async def test_a_client_that_never_reads_is_let_go():
    engine = SwatchEngine()
    async with (
        serving(engine, stall_timeout_s=0.3) as (server, _),
        greeted(server.url, max_queue=1) as slow,
    ):
        for job in "ab":
            await slow.decompose(job, picture(2500, 2500))
        await nothing_is_left(server)


async def test_a_client_that_reads_slowly_but_steadily_is_served():
    async with (
        serving(SwatchEngine(), stall_timeout_s=1) as (server, _),
        greeted(server.url, max_queue=1) as slow,
    ):
        large = picture(3000, 3000)
        await slow.decompose("a", large)
        await slow.progress(job="a", stage="starting")
        received = 0
        while received < large.nbytes:
            async for fragment in slow.connection.recv_streaming():
                received += len(fragment)
                await asyncio.sleep(0.05)
        await slow.send(HELLO)
        assert await failure(slow) == (None, "invalid_message")


async def test_after_its_reply_a_job_is_heard_of_no_more():
    """Also where the client reads so late that its progress still waits to be sent."""
    engine = SwatchEngine()
    async with serving(engine) as (server, _), greeted(server.url, max_queue=1) as slow:
        await slow.decompose("a", picture(2000, 2000))
        await slow.progress(job="a", stage="starting")
        (session,) = server.sessions
        outbox = session._outbox
        await eventually(lambda: outbox.holds_pixels)
        await slow.decompose("b", picture())
        await slow.send({"type": "cancel", "job": "b"})
        await slow.send(HELLO)
        await eventually(lambda: len(outbox._replies) == 3)
        replies = [(await slow.reply())[0] for _ in range(3)]
        assert [(each["type"], each["job"]) for each in replies] == [
            ("result", "a"),
            ("failure", "b"),
            ("failure", None),
        ]
        await eventually(lambda: not outbox._filled.is_set())
        await slow.send(HELLO)
        header, _ = await slow.receive()
        assert header["type"] == "failure"


async def test_refusals_do_not_pile_up():
    """A client that sends nonsense and reads nothing is read no further."""
    async with serving(SwatchEngine()) as (server, _), greeted(server.url, max_queue=1) as one:
        long = {"type": "cancel", "job": "a", "x" * 60000: 1}
        sent = 0

        async def flood():
            nonlocal sent
            while True:
                await one.send(long)
                sent += 1

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(flood(), 1)
        (session,) = server.sessions
        assert len(session._outbox._replies) <= 17
        assert sent > 17
        one.connection.transport.abort()


async def test_no_picture_is_held_twice(monkeypatch):
    """Neither the one that comes in nor the layers that go out, beside a few fragments."""
    large = picture(3000, 3000)
    few = 16 << 20
    stack = swatch_stack(large)
    engine = SwatchEngine()
    monkeypatch.setattr(engine, "decompose", lambda *arguments: stack)
    rows = [large[top : top + 80].reshape(-1).data for top in range(0, 3000, 80)]
    async with serving(engine) as (server, _), greeted(server.url, max_queue=2) as one:
        tracemalloc.start(1)
        before = tracemalloc.get_traced_memory()[0]
        await one.connection.send([pack_header(request("a", large)), *rows])
        received = 0
        while received < large.nbytes:
            async for fragment in one.connection.recv_streaming():
                received += len(fragment)
                if received > few > received - len(fragment):
                    while_receiving = tracemalloc.get_traced_memory()[1] - before
                    tracemalloc.reset_peak()
        while_sending = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
    assert large.nbytes < while_receiving < large.nbytes + few
    assert while_sending < few
