"""Headers of .safetensors files: which tensors they hold, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LONGEST = 4 << 20
"""Bytes of a header; that of 20 billion parameters takes 0.3 MB, that of an adapter half of it.
The library would read 100 MB of whatever anybody wrote there."""


@dataclass(frozen=True)
class Header:
    """All of a file but its numbers."""

    metadata: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    """Tensor's name -> its shape"""
    types: Mapping[str, str]
    """Tensor's name -> the library's name of its type, as `BF16`"""


def read_header(file: Path) -> Header:
    """Read a file's header alone; a file that is cut short is noticed, too.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no whole .safetensors file, or its header is absurdly long.
    """
    from safetensors import SafetensorError, safe_open

    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
    if length > LONGEST:
        raise ValueError("it does not begin like one")
    try:
        with safe_open(file, framework="np") as opened:
            tensors = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
            return Header(
                metadata=opened.metadata() or {},
                shapes={name: tuple(tensor.get_shape()) for name, tensor in tensors.items()},
                types={name: tensor.get_dtype() for name, tensor in tensors.items()},
            )
    except SafetensorError as error:
        raise ValueError(str(error)) from None
