import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.framing import FrameError, pack_header, unpack

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "framing.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector):
    frame = bytes.fromhex(vector["frame"]) + b" " * vector.get("padding", 0)
    if not vector["valid"]:
        with pytest.raises(FrameError):
            unpack(frame)
        return
    header, payload = unpack(frame)
    assert header == vector["header"]
    assert payload.hex() == vector["payload"]
    if vector["packed"]:
        assert pack_header(header) + payload == frame


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(st.dictionaries(st.text(), VALUES), st.binary())
def test_what_is_packed_is_unpacked(header, payload):
    try:
        start = pack_header(header)
    except ValueError:  # an infinity, which JSON does not have
        assert any(value in (float("inf"), float("-inf")) for value in header.values())
        return
    got, rest = unpack(start + payload)
    assert (got, bytes(rest)) == (header, payload)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_message_or_a_frame_error(data):
    try:
        header, _ = unpack(data)
    except FrameError:
        return
    assert isinstance(header, dict)


def test_a_header_that_is_too_long_is_not_packed():
    with pytest.raises(FrameError, match="over 65536"):
        pack_header({"detail": "x" * 65536})


def test_deep_nesting_is_no_json_to_us():
    body = b'{"a":' + b"[" * 30000 + b"]" * 30000 + b"}"
    with pytest.raises(FrameError):
        unpack(len(body).to_bytes(4, "little") + body)
