"""The Python client with a real server."""

import asyncio
import math
import time

import numpy as np
import pytest

from bridge.client import ServerError, connect
from engine import Cancelled, LayerRole, UnsupportedImage, UnsupportedOption
from tests.bridge.fakes import (
    INK,
    RED,
    SHADE,
    WHITE,
    SwatchEngine,
    refuse,
    swatch_stack,
    until_cancelled,
)
from tests.bridge.peers import picture
from tests.bridge.serving import eventually, nothing_is_left, serving


def swatches(height, width, dtype=np.uint8):
    """A picture in the swatch engine's colours, in the middle of a transparent canvas."""
    rng = np.random.default_rng(height * width)
    colours = np.array([[*colour, 255] for colour in (RED, SHADE, WHITE, INK)])
    rgba = np.zeros((height, width, 4), dtype)
    inner = rgba[height // 4 :, width // 3 : width - width // 5]
    inner[:] = colours[rng.integers(0, 4, inner.shape[:2])] * (np.iinfo(dtype).max // 255)
    return rgba


def equal(stack, other):
    assert [layer.role for layer in stack] == list(LayerRole)
    for layer, expected in zip(stack, other, strict=True):
        assert layer.blend_mode is expected.blend_mode
        assert layer.rgba.dtype == expected.rgba.dtype
        assert (layer.rgba == expected.rgba).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (300, 200), (900, 1200), (2, 300000)])
async def test_layers_come_back_as_the_engine_made_them(size, dtype):
    rgba = swatches(*size, dtype)
    async with serving(SwatchEngine()) as (server, _), connect(server.url) as client:
        stack = await client.decompose(rgba, composition="screen")
    equal(stack, swatch_stack(rgba, "screen"))
    assert (stack.composition, stack.engine) == ("screen", "builtin")
    assert (stack.reconstruction.psnr_db, stack.reconstruction.max_error) == (99.0, 0.0)


async def test_progress_comes_before_the_layers():
    seen = []

    def work(progress):
        progress("finding lines", 0.5)
        time.sleep(0.05)

    async with serving(SwatchEngine(before=work)) as (server, _), connect(server.url) as client:
        await client.decompose(swatches(9, 9), progress=seen.append)
    assert ("finding lines", 0.5, 0) in [
        (each.stage, each.fraction, each.queue_position) for each in seen
    ]


async def test_several_at_once():
    pictures = [swatches(10 + number, 20) for number in range(12)]
    async with serving(SwatchEngine()) as (server, _), connect(server.url) as client:
        stacks = await asyncio.gather(*map(client.decompose, pictures))
    for stack, rgba in zip(stacks, pictures, strict=True):
        equal(stack, swatch_stack(rgba))


async def test_cancelling_the_task_cancels_the_job():
    engine = SwatchEngine(before=until_cancelled)
    running = asyncio.Event()
    async with serving(engine) as (server, _):
        async with connect(server.url) as client:
            task = asyncio.create_task(
                client.decompose(swatches(9, 9), progress=lambda message: running.set())
            )
            await running.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(engine.ended.wait, 10)
            engine.before = None
            equal(await client.decompose(swatches(5, 5)), swatch_stack(swatches(5, 5)))
        await nothing_is_left(server)


async def test_cancelling_while_the_picture_is_on_its_way_spoils_nothing():
    """More than the sockets' buffers hold: it has begun to arrive, and cannot all have left."""
    large = picture(4000, 4000)
    async with serving(SwatchEngine()) as (server, _), connect(server.url) as client:
        task = asyncio.create_task(client.decompose(large))
        await eventually(lambda: server.queue.held_bytes > 0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert server.queue._arriving_bytes == large.nbytes
        equal(await client.decompose(swatches(5, 5)), swatch_stack(swatches(5, 5)))


async def test_what_the_listener_raises_ends_the_job():
    def stop(message):
        raise Cancelled

    engine = SwatchEngine(before=until_cancelled)
    async with serving(engine) as (server, _), connect(server.url) as client:
        with pytest.raises(Cancelled):
            await client.decompose(swatches(9, 9), progress=stop)
        assert await asyncio.to_thread(engine.ended.wait, 10)


async def test_engine_errors_are_raised_as_they_were():
    async with serving(SwatchEngine(before=refuse)) as (server, _), connect(server.url) as client:
        with pytest.raises(UnsupportedImage, match="draw something"):
            await client.decompose(swatches(9, 9))
        with pytest.raises(UnsupportedOption, match="'other'"):
            await client.decompose(swatches(9, 9), engine="other")
        with pytest.raises(UnsupportedOption, match="'other'"):
            await client.decompose(swatches(9, 9), composition="other")
        with pytest.raises(UnsupportedImage, match="8 or 16 bits"):
            await client.decompose(np.zeros((2, 2, 4), np.float32))


async def test_options_go_to_the_engine():
    engine = SwatchEngine()
    async with serving(engine) as (server, _), connect(server.url) as client:
        await client.decompose(swatches(9, 9), options={"tones": "one", "line_thickness": 3.0})
        await client.decompose(swatches(9, 9))
    assert engine.chosen == [{"tones": "one", "line_thickness": 3}, {}]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"detail": math.nan}, "Detail must be a whole number from 0 to 100"),
        ({"detail": 10**400}, "Detail must be a whole number from 0 to 100"),
        ({"tones": ["few"]}, "Tones must be one of automatic, one, few, many"),
        ({"steps": 20}, "no option 'steps'"),
    ],
)
async def test_a_wrong_option_is_refused_before_the_picture_travels(options, sentence):
    engine = SwatchEngine()
    async with serving(engine) as (server, _), connect(server.url) as client:
        with pytest.raises(UnsupportedOption, match=sentence):
            await client.decompose(swatches(9, 9), options=options)
        equal(await client.decompose(swatches(5, 5)), swatch_stack(swatches(5, 5)))
    assert len(engine.pictures) == 1


async def test_the_servers_own_refusals_carry_their_code():
    async with serving(SwatchEngine(), max_pixels=99) as (server, _), connect(server.url) as client:
        with pytest.raises(ServerError, match="megapixels") as caught:
            await client.decompose(swatches(10, 10))
        assert caught.value.code == "too_large"
        await client.decompose(swatches(9, 9))


async def test_no_server_is_one_sentence():
    with pytest.raises(ServerError, match="start one with `layer-bridge serve`"):
        async with connect("ws://127.0.0.1:1"):
            pass


@pytest.mark.parametrize("url", ["localhost:7347", "ftp://localhost", "ws://", "ws://:x"])
async def test_no_address_is_one_sentence(url):
    with pytest.raises(ServerError, match=r"ws://127\.0\.0\.1:7347\.$"):
        async with connect(url):
            pass


@pytest.mark.parametrize("host", ["192.0.2.1", "studio.example", "0.0.0.0", "[2001:db8::1]"])
async def test_no_picture_leaves_this_machine_in_clear(host):
    with pytest.raises(ServerError, match=r"use wss:// instead of ws://\.$"):
        async with asyncio.timeout(5), connect(f"WS://{host}:7347", token="secret"):
            pass


async def known_job(client):
    """A job of which the server has told."""
    known = asyncio.Event()
    job = asyncio.create_task(
        client.decompose(swatches(9, 9), progress=lambda message: known.set())
    )
    await known.wait()
    return job


async def test_a_server_that_stops_ends_the_jobs():
    engine = SwatchEngine(before=until_cancelled)
    async with serving(engine) as (server, stop), connect(server.url) as client:
        jobs = [await known_job(client) for _ in range(3)]
        stop.set()
        errors = await asyncio.gather(*jobs, return_exceptions=True)
        assert [error.code for error in errors] == ["shutting_down"] * 3
        with pytest.raises(ServerError):
            await client.decompose(swatches(9, 9))


async def test_a_server_that_vanishes_ends_the_jobs():
    engine = SwatchEngine(before=until_cancelled)
    async with serving(engine) as (server, _), connect(server.url) as client:
        job = await known_job(client)
        for session in server.sessions:
            session._connection.transport.abort()
        with pytest.raises(ServerError, match="was lost"):
            await job
        with pytest.raises(ServerError, match="was lost"):
            await client.decompose(swatches(9, 9))
