"""Bytes of a message: a length, a JSON header, and pixels after it; no knowledge of messages.

    u32, little-endian: length of the header in bytes | header: UTF-8 JSON object | payload

One such message is one binary WebSocket message. The header's JSON is ASCII only, so that any
decoder can read it. Standard library only and Python 3.8's syntax: the Krita plugin carries a copy.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Dict, Tuple, Union

Buffer = Union[bytes, bytearray, memoryview]

PREFIX_BYTES = 4
MAX_HEADER_BYTES = 1 << 16


class FrameError(ValueError):
    """The bytes are not a message; the text says why."""


def pack_header(header: Dict[str, Any]) -> bytes:
    """The first bytes of a message: prefix and header. The payload's buffers follow, in order."""
    body = json.dumps(header, separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(body) > MAX_HEADER_BYTES:
        raise FrameError(f"the header is {len(body)} bytes, over {MAX_HEADER_BYTES}")
    return struct.pack("<I", len(body)) + body


def header_bytes(start: Buffer) -> int:
    """How many bytes prefix and header take, read from a message's first four bytes.

    Raises:
        FrameError: fewer than four bytes, or a header over `MAX_HEADER_BYTES`.
    """
    if len(start) < PREFIX_BYTES:
        raise FrameError(f"the message is {len(start)} bytes, shorter than its prefix")
    (length,) = struct.unpack_from("<I", start)
    if length > MAX_HEADER_BYTES:
        raise FrameError(f"the header claims {length} bytes, over {MAX_HEADER_BYTES}")
    return PREFIX_BYTES + int(length)


def unpack(message: Buffer) -> Tuple[Dict[str, Any], memoryview]:
    """Take a message apart into its header and its payload (a view, not a copy).

    Raises:
        FrameError: the bytes are not a message.
    """
    end = header_bytes(message)
    if len(message) < end:
        raise FrameError(f"the header claims {end - PREFIX_BYTES} bytes, the message ends before")
    view = memoryview(message)
    return parse_header(view[PREFIX_BYTES:end]), view[end:]


def parse_header(body: Buffer) -> Dict[str, Any]:
    """Read a header's JSON.

    Raises:
        FrameError: not UTF-8, not JSON (NaN and infinities are not), or not an object.
    """
    try:
        header = json.loads(bytes(body).decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"the header is not JSON: {error}") from None
    if not isinstance(header, dict):
        raise FrameError("the header is not a JSON object")
    return header


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
