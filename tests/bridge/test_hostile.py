"""Ten thousand random and damaged messages and frames: all are answered or closed, none leaks."""

import asyncio
import gc
import json
import random
import struct
import sys

import numpy as np

from bridge.server import Server
from bridge.wire.framing import FrameError, pack_header, unpack
from bridge.wire.protocol import Cancel, ProtocolError, parse_client_message
from tests.bridge.fakes import SwatchEngine
from tests.bridge.peers import HELLO, Peer, greeted, picture, request
from tests.bridge.serving import nothing_is_left, serving

MESSAGES, OPENINGS, RAW_FRAMES = 8000, 1000, 1000
CODES = {"invalid_message", "unsupported_option", "too_large", "too_many_jobs"}


def random_message(chance: random.Random) -> bytes:
    """A message that was right once."""
    rgba = picture(chance.randint(1, 4), chance.randint(1, 4), chance.choice((np.uint8, np.uint16)))
    header = chance.choice(
        (HELLO, {"type": "cancel", "job": "a"}, request(str(chance.random()), rgba))
    )
    payload = rgba.tobytes() if header["type"] == "decompose" else b""
    damage = chance.choice((change_field, change_bytes, cut, noise, lie_about_length, keep))
    return damage(chance, header, payload)


def keep(chance, header, payload):
    return pack_header(header) + payload


def change_field(chance, header, payload):
    """Another value, no value, or one value more, at any depth."""
    header = json.loads(json.dumps(header))
    place = header["image"] if "image" in header and chance.random() < 0.5 else header
    name = chance.choice([*place, "more"])
    if chance.random() < 0.2:
        place.pop(name, None)
    else:
        values = (None, -1, 0, 1, 2, 1 << 20, 1 << 60, 10**30, 0.5, True, "", "x" * 70, [], {}, "é")
        place[name] = chance.choice(values)
    return pack_header(header) + payload


def change_bytes(chance, header, payload):
    message = bytearray(pack_header(header) + payload)
    for _ in range(chance.randint(1, 4)):
        message[chance.randrange(len(message))] = chance.randrange(256)
    return bytes(message)


def cut(chance, header, payload):
    message = pack_header(header) + payload
    return message[: chance.randrange(len(message))]


def noise(chance, header, payload):
    return chance.randbytes(chance.randint(0, 200))


def lie_about_length(chance, header, payload):
    message = pack_header(header) + payload
    return struct.pack("<I", chance.choice((0, 1, 0xFFFF, 0x10001, 0xFFFFFFFF))) + message[4:]


def replies_due(message: bytes) -> int:
    """0 for a cancel of nothing, else 1."""
    try:
        header, payload = unpack(message)
        parsed = parse_client_message(header)
    except (FrameError, ProtocolError):
        return 1
    return 0 if isinstance(parsed, Cancel) and not payload else 1


async def test_messages_in_a_conversation_each_get_one_answer():
    chance = random.Random(7347)
    engine = SwatchEngine()
    async with serving(engine, max_pixels=10_000, max_jobs=1000) as (server, _):
        for _ in range(4):  # threads and caches come with the first
            await converse(server, [random_message(chance) for _ in range(500)], chance)
        forget(engine)
        before = await at_rest(server)
        for _ in range(MESSAGES // 500):
            await converse(server, [random_message(chance) for _ in range(500)], chance)
        assert len(engine.pictures) > MESSAGES / 40
        forget(engine)
        check_nothing_grew(before, await at_rest(server))


def forget(engine: SwatchEngine) -> None:
    """Let the fake drop what it keeps for tests."""
    engine.pictures.clear()
    engine.chosen.clear()


async def converse(server: Server, messages: list[bytes], chance: random.Random) -> None:
    due = sum(map(replies_due, messages))
    async with greeted(server.url) as one:
        replies = asyncio.create_task(gather_replies(one, due))
        for message in messages:
            await one.connection.send(in_pieces(chance, message))
        for header in await asyncio.wait_for(replies, 20):
            assert header["type"] == "result" or header["code"] in CODES
        await one.send(HELLO)
        assert (await one.reply())[0]["job"] is None


def in_pieces(chance: random.Random, message: bytes) -> bytes | list[bytes]:
    """Whole, or in fragments at any place."""
    if chance.random() < 0.7 or len(message) < 2:
        return message
    at = chance.randrange(1, len(message))
    return [message[:at], message[at:]]


async def gather_replies(one: Peer, due: int) -> list[dict]:
    return [(await one.reply())[0] for _ in range(due)]


async def test_openings_are_welcomed_or_closed_with_the_right_code():
    chance = random.Random(1)
    async with serving(SwatchEngine(), max_pixels=10_000) as (server, _):
        for number in range(OPENINGS):
            if number == OPENINGS // 10:
                before = await at_rest(server)
            text = chance.random() < 0.1
            message = random_message(chance)
            data = message.hex().encode() if text else message
            header, code = await last_words(
                server.port, frame(data, opcode=1 if text else 2), GOODBYE
            )
            if header["type"] == "welcome":
                assert code == 1000
            else:
                assert header["code"] in ("invalid_message", "unsupported_version")
                assert code == (1003 if text else 1002)
        check_nothing_grew(before, await at_rest(server))


async def test_broken_frames_close_with_the_right_code():
    """Bytes under the WebSocket's own layer, damaged after the handshake."""
    chance = random.Random(2)
    hello, right = frame(pack_header(HELLO)), pack_header(request("a", picture()))
    async with serving(SwatchEngine(), max_pixels=100) as (server, _):
        for number in range(RAW_FRAMES):
            if number == RAW_FRAMES // 10:
                before = await at_rest(server)
            damage = chance.choice(list(BREAKAGES))
            header, code = await last_words(server.port, hello, damage(chance, frame(right)))
            assert header["type"] == "welcome"
            assert code in BREAKAGES[damage], damage.__name__
        check_nothing_grew(before, await at_rest(server))


def reserved_bit(chance, data):
    return bytes([data[0] | chance.choice((0x10, 0x20, 0x40))]) + data[1:]


def unknown_opcode(chance, data):
    return bytes([0x80 | chance.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15))]) + data[1:]


def continuation_of_nothing(chance, data):
    return bytes([0x80]) + data[1:]


def unmasked(chance, data):
    return data[:1] + bytes([data[1] & 0x7F]) + data[2:]


def huge_length(chance, data):
    return b"\x82\xff" + struct.pack("!Q", chance.randint(1 << 20, 1 << 62)) + data[2:]


def broken_text(chance, data):
    return frame(b"\xff\xfe", opcode=1)


def long_ping(chance, data):
    return frame(bytes(126), opcode=9)


def message_in_a_message(chance, data):
    return frame(b"\x00", first=0) + data


def random_bytes(chance, data):
    return chance.randbytes(chance.randint(1, 60)) + GOODBYE


def only_a_part(chance, data):
    return data[: chance.randrange(1, len(data))] + GOODBYE


BREAKAGES = {
    reserved_bit: {1002},
    unknown_opcode: {1002},
    continuation_of_nothing: {1002},
    unmasked: {1002},
    huge_length: {1009},
    broken_text: {1007},
    long_ping: {1002},
    message_in_a_message: {1002},
    random_bytes: {None, 1000, 1002, 1003, 1007, 1009},
    only_a_part: {None, 1002},
}
"""Damage -> the close codes that answer it; None where the bytes end in the middle of a frame."""


async def last_words(port: int, opening: bytes, then: bytes) -> tuple[dict, int | None]:
    """Connect, send bytes, hear a reply, send more: that reply, and the code of the close."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(opening)
    first = await asyncio.wait_for(read_frame(reader), 5)
    writer.write(then)
    if then.endswith(GOODBYE):
        writer.write_eof()
    code = None
    while opcode_and_data := await asyncio.wait_for(read_frame(reader), 5):
        if opcode_and_data[0] == 8:
            (code,) = struct.unpack_from("!H", opcode_and_data[1])
    writer.close()
    await writer.wait_closed()
    return unpack(first[1])[0] if first else {}, code


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes] | None:
    """One frame that the server sent: its opcode and data; None at the end."""
    try:
        first, length = await reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
        return first & 15, await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None


def frame(data: bytes, opcode: int = 2, first: int = 0x80) -> bytes:
    """One masked frame; the mask is zero."""
    if len(data) < 126:
        return bytes([first | opcode, 0x80 | len(data)]) + bytes(4) + data
    return bytes([first | opcode, 0xFE]) + struct.pack("!H", len(data)) + bytes(4) + data


GOODBYE = frame(struct.pack("!H", 1000), opcode=8)


async def at_rest(server: Server) -> tuple[int, int]:
    """What there is when nobody converses: tasks, and blocks of Python's memory."""
    await nothing_is_left(server)
    await asyncio.sleep(0.1)
    gc.collect()
    return len(asyncio.all_tasks()), sys.getallocatedblocks()


def check_nothing_grew(before: tuple[int, int], after: tuple[int, int]) -> None:
    """A thing of two blocks kept for each message or connection would show.

    Some hundred blocks come and go: the event loop forgets timers that were cancelled only later.
    """
    assert after[0] == before[0]
    assert after[1] - before[1] < OPENINGS
