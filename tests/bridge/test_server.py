"""A real server, spoken to rightly and wrongly."""

import socket
import threading

import numpy as np
import pytest

from bridge.server import ServerSettings, StartError, listen
from bridge.wire.framing import pack_header
from bridge.wire.protocol import PROTOCOL_VERSION
from engine import DEFAULT_ENGINE, ENGINES, registry
from tests.bridge.fakes import SwatchEngine, until, until_cancelled
from tests.bridge.peers import HELLO, failure, greeted, peer, picture, request
from tests.bridge.serving import nothing_is_left, serving


def is_here(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        socket.create_server((address, 0), family=family).close()
    except OSError:
        return False
    return True


LOOPBACK = [address for address in ("127.0.0.1", "::1") if is_here(address)]
"""This machine's: not every one has IPv6."""


@pytest.fixture
def engine():
    return SwatchEngine()


async def test_welcome_says_what_there_is(engine):
    async with serving(engine, max_pixels=77, max_jobs=3) as (server, _), peer(server.url) as one:
        welcome = await one.hello()
    assert welcome["type"] == "welcome"
    assert welcome["protocol"] == PROTOCOL_VERSION
    (builtin,) = welcome["engines"]
    assert (builtin["name"], builtin["ready"], builtin["detail"]) == ("builtin", True, "")
    assert welcome["compositions"] == ["production", "screen", "glow", "normal"]
    assert welcome["limits"] == {"max_pixels": 77, "max_jobs": 3}


async def test_welcome_says_which_engine_cannot_work(engine, monkeypatch):
    monkeypatch.setattr(registry, "ENGINES", {"builtin": "engine.nowhere:Engine"})
    async with serving(engine) as (server, _), peer(server.url) as one:
        (info,) = (await one.hello())["engines"]
    assert not info["ready"]
    assert info["options"] == []
    assert info["detail"].endswith("install layer-bridge again.")


async def test_the_engine_is_told_what_was_chosen(engine):
    chosen = {"line_thickness": 6, "tones": "few", "detail": 70, "hard_edges": True}
    async with serving(engine) as (server, _), greeted(server.url) as one:
        for job, options in (("a", chosen), ("b", {"detail": 0}), ("c", {})):
            await one.decompose(job, picture(), options=options)
            assert (await one.reply())[0]["type"] == "result"
        await one.decompose("d", picture())
        assert (await one.reply())[0]["type"] == "result"
    assert engine.chosen == [chosen, {"detail": 0}, {}, {}]


async def test_localhost_works_whatever_it_means(engine):
    async with serving(engine) as (server, _):
        for address in (*LOOPBACK, "localhost"):
            host = f"[{address}]" if ":" in address else address
            async with greeted(f"ws://{host}:{server.port}"):
                pass


@pytest.mark.parametrize("address", LOOPBACK)
async def test_a_taken_port_is_one_sentence(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with (
        socket.create_server((address, 0), family=family) as other,
        pytest.raises(StartError, match=r"^Port \d+ is taken.*--port\.$"),
    ):
        async with listen(ServerSettings(port=other.getsockname()[1]), {}):
            pass


async def test_an_address_of_another_machine_is_one_sentence():
    settings = ServerSettings(host="127.0.0.1", port=0)
    object.__setattr__(settings, "host", "::ffff:203.0.113.7")
    with pytest.raises(StartError, match=r"--host and --port\.$"):
        async with listen(settings, {}):
            pass


async def test_an_engine_that_there_is_not_is_one_sentence():
    with pytest.raises(StartError, match=r"no engine 'other'; choose one with --engine: .*\.$"):
        async with listen(ServerSettings(port=0, engine="other")):
            pass


async def test_without_a_choice_every_engine_is_offered():
    async with listen(ServerSettings(port=0)) as server, peer(server.url) as one:
        offered = [each["name"] for each in (await one.hello())["engines"]]
    assert offered[0] == DEFAULT_ENGINE
    assert set(offered) == set(ENGINES)


# -- messages that are wrong


@pytest.mark.parametrize(
    ("changes", "job", "code"),
    [
        ({"width": 0}, "a", "invalid_message"),
        ({"width": "4"}, "a", "invalid_message"),
        ({"width": 4.0}, "a", "invalid_message"),
        ({"depth": 32}, "a", "invalid_message"),
        ({"more": 1}, "a", "invalid_message"),
        ({"image": None}, "a", "invalid_message"),
        ({"job": ""}, None, "invalid_message"),
        ({"job": "x" * 65}, None, "invalid_message"),
        ({"job": 7}, None, "invalid_message"),
        ({"job": "\ud800"}, None, "invalid_message"),
        ({"engine": "\ud800"}, "a", "invalid_message"),
        ({"type": "compose"}, "a", "invalid_message"),
        ({"height": 2}, "a", "invalid_message"),
        ({"depth": 16}, "a", "invalid_message"),
        ({"options": None}, "a", "invalid_message"),
        ({"options": {"detail": [50]}}, "a", "invalid_message"),
        ({"options": {"detail": None}}, "a", "invalid_message"),
        ({"options": {"tones": "x" * 65}}, "a", "invalid_message"),
        ({"options": {"x" * 65: 1}}, "a", "invalid_message"),
        ({"options": {f"n{number}": 1 for number in range(65)}}, "a", "invalid_message"),
        ({"options": {"detail": 101}}, "a", "unsupported_option"),
        ({"options": {"detail": 10**300}}, "a", "unsupported_option"),
        ({"options": {"detail": True}}, "a", "unsupported_option"),
        ({"options": {"tones": "several"}}, "a", "unsupported_option"),
        ({"options": {"hard_edges": 1}}, "a", "unsupported_option"),
        ({"options": {"steps": 20}}, "a", "unsupported_option"),
        ({"engine": "other"}, "a", "unsupported_option"),
        ({"composition": "other"}, "a", "unsupported_option"),
        ({"width": 1 << 20, "height": 1 << 20}, "a", "too_large"),
    ],
)
async def test_a_wrong_decompose_is_refused_and_the_next_one_taken(engine, changes, job, code):
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture(), **changes)
        assert await failure(one) == (job, code)
        await one.decompose("a", picture())
        assert (await one.reply())[0]["type"] == "result"


async def test_half_a_character_in_a_name_ends_no_other_job():
    engine = SwatchEngine(before=until_cancelled)
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture())
        for wrong in ({"type": "cancel", "job": "\udc00"}, {"type": "\ud800"}, {"\ud800": 1}):
            await one.send(wrong)
            assert await failure(one) == (None, "invalid_message")
        await one.send({"type": "cancel", "job": "a"})
        assert await failure(one) == ("a", "cancelled")


@pytest.mark.parametrize(
    "image",
    [
        {"x": 1},
        {"y": 1},
        {"offset": 4},
        {"length": 47},
        {"x": -1},
        {"width": 2, "length": 48},
        {"x": 1 << 52},
    ],
)
async def test_a_box_must_fit_its_canvas_and_its_bytes(engine, image):
    header = request("a", picture())
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.send(header | {"image": header["image"] | image}, picture().tobytes())
        assert await failure(one) == ("a", "invalid_message")
    assert engine.pictures == []


@pytest.mark.parametrize("size", [0, 1, 47, 49, 1000])
async def test_a_payload_must_be_what_the_header_says(engine, size):
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.send(request("a", picture()), bytes(size))
        assert await failure(one) == ("a", "invalid_message")
        await one.decompose("a", picture())
        assert (await one.reply())[0]["type"] == "result"
    assert len(engine.pictures) == 1


async def test_an_unfinished_job_keeps_its_name():
    engine = SwatchEngine(before=until_cancelled)
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", picture())
        await one.decompose("a", picture())
        assert await failure(one) == (None, "invalid_message")
        await one.decompose("a", picture(), depth=3)
        assert await failure(one) == (None, "invalid_message")
        await one.send({"type": "cancel", "job": "a"})
        assert await failure(one) == ("a", "cancelled")


async def test_too_many_jobs():
    engine = SwatchEngine(before=until_cancelled)
    async with serving(engine, max_jobs=2) as (server, _), greeted(server.url) as one:
        for job in "abc":
            await one.decompose(job, picture())
        assert await failure(one) == ("c", "too_many_jobs")


async def test_too_many_bytes_from_all_together():
    engine = SwatchEngine(before=until_cancelled)
    async with (
        serving(engine, max_waiting_bytes=100) as (server, _),
        greeted(server.url) as one,
        greeted(server.url) as two,
    ):
        for client in (one, two):
            await client.decompose("a", picture())
            await client.progress()
        await one.decompose("b", picture())
        assert await failure(one) == ("b", "too_many_jobs")


async def test_a_canvas_larger_than_any_is_not_read(engine):
    async with serving(engine, max_pixels=1000) as (server, _), greeted(server.url) as one:
        await one.connection.send(bytes(200_000))
        assert await one.close_code() == 1009


async def test_before_hello_no_picture_is_read(engine):
    large = picture(200, 200)
    async with serving(engine) as (server, _), peer(server.url) as one:
        await one.decompose("a", large)
        assert await one.close_code() == 1009
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.decompose("a", large)
        assert (await one.reply())[0]["type"] == "result"


async def test_bytes_that_are_no_message_are_refused(engine):
    async with serving(engine) as (server, _), greeted(server.url) as one:
        for data in (b"", b"\x01", b"\xff\xff\xff\xff", b"\x02\x00\x00\x00[]"):
            await one.connection.send(data)
            assert await failure(one) == (None, "invalid_message")
        await one.send(HELLO)
        assert await failure(one) == (None, "invalid_message")


async def test_a_message_may_come_in_any_pieces(engine):
    message = pack_header(request("a", picture())) + picture().tobytes()
    async with serving(engine) as (server, _), greeted(server.url) as one:
        for size in (1, 2, 3, 7, len(message)):
            pieces = [message[at : at + size] for at in range(0, len(message), size)]
            await one.connection.send(pieces)
            assert (await one.reply())[0]["type"] == "result"
    assert all((seen == picture()).all() for seen in engine.pictures)


async def test_text_closes_with_1003(engine):
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.connection.send("hello")
        assert await failure(one) == (None, "invalid_message")
        assert await one.close_code() == 1003


@pytest.mark.parametrize(
    "header",
    [
        {"type": "cancel", "job": "a"},
        {"type": "hello"},
        {"type": "hello", "protocol": "1", "client": "krita", "client_version": "0"},
        {"type": "hello", "protocol": True, "client": "krita", "client_version": "0"},
    ],
)
async def test_hello_comes_first(engine, header):
    async with serving(engine) as (server, _), peer(server.url) as one:
        await one.send(header)
        assert await failure(one) == (None, "invalid_message") or header["type"] == "cancel"
        assert await one.close_code() == 1002


@pytest.mark.parametrize(
    ("protocol", "client", "command"),
    [
        (0, "krita", "layer-bridge install krita"),
        (0, "photoshop", "layer-bridge install photoshop"),
        (0, "python", "pipx upgrade layer-bridge"),
        (PROTOCOL_VERSION + 1, "krita", "pipx upgrade layer-bridge"),
    ],
)
async def test_another_version_is_told_what_to_run(engine, protocol, client, command):
    async with serving(engine) as (server, _), peer(server.url) as one:
        await one.send({"type": "hello", "protocol": protocol, "client": client, "new": 1})
        header, _ = await one.receive()
        assert header["code"] == "unsupported_version"
        assert f"`{command}`" in header["detail"]
        assert ("update the server" in header["detail"]) == (protocol > PROTOCOL_VERSION)
        assert await one.close_code() == 1002


async def test_a_silent_client_is_let_go(engine):
    async with serving(engine, hello_timeout_s=0.1) as (server, _), peer(server.url) as one:
        assert await one.close_code() == 1008
        await nothing_is_left(server)


# -- 16 bits, crops


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
async def test_a_cropped_picture_lands_on_its_place(engine, dtype):
    rng = np.random.default_rng(1)
    for x, y, width, height in (
        (0, 0, 5, 7),
        (2, 3, 1, 1),
        (0, 2, 5, 3),
        (1, 0, 3, 7),
        (4, 6, 1, 1),
    ):
        box = rng.integers(1, 255, (height, width, 4)).astype(dtype)
        header = request("a", box) | {"width": 5, "height": 7}
        header["image"] |= {"x": x, "y": y}
        async with serving(engine) as (server, _), greeted(server.url) as one:
            await one.send(header, box.tobytes())
            assert (await one.reply())[0]["type"] == "result"
        canvas = np.zeros((7, 5, 4), dtype)
        canvas[y : y + height, x : x + width] = box
        assert (engine.pictures.pop() == canvas).all()


async def test_a_transparent_picture_needs_no_bytes(engine):
    empty = {"x": 0, "y": 0, "width": 0, "height": 0, "offset": 0, "length": 0}
    async with serving(engine) as (server, _), greeted(server.url) as one:
        await one.send(request("a", picture()) | {"image": empty})
        header, payload = await one.reply()
    assert [layer["image"]["length"] for layer in header["layers"]] == [0, 0, 0, 0]
    assert payload == b""
    assert not engine.pictures[0].any()


# -- leaving


async def test_a_disconnect_ends_the_clients_jobs_and_no_others():
    released = threading.Event()
    works = [until_cancelled, until(released)]
    engine = SwatchEngine(before=lambda progress: works.pop(0)(progress))
    async with serving(engine) as (server, _), greeted(server.url) as staying:
        async with greeted(server.url) as leaving:
            for job in "ab":
                await leaving.decompose(job, picture())
            await leaving.progress(queue_position=0)
            await staying.decompose("a", picture())
            await staying.progress(queue_position=1)
        await staying.progress(queue_position=0)
        released.set()
        assert (await staying.reply())[0]["type"] == "result"
        assert len(engine.pictures) == 2


async def test_a_stop_tells_every_job_and_takes_no_more():
    engine = SwatchEngine(before=until_cancelled)
    async with serving(engine) as (server, stop), greeted(server.url) as one:
        for job in "ab":
            await one.decompose(job, picture())
        await one.progress(job="b")
        stop.set()
        assert {await failure(one), await failure(one)} == {
            ("a", "shutting_down"),
            ("b", "shutting_down"),
        }
        assert await one.close_code() == 1001
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", server.port)) != 0
