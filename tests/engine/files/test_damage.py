"""What cannot be read is answered with one sentence, and no memory is taken for it."""

import contextlib
import io
import os
import random
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from engine.errors import UnsupportedImage
from engine.files import MAX_PIXELS, encode_png, read_picture, write_stack

KINDS = ["png", "deep.png", "jpg", "webp", "tif", "psd", "kra", "ora"]


@pytest.fixture
def whole(draw, tmp_path):
    """A sound file of a kind, as bytes."""

    def make(kind):
        source, stack = draw()
        path = tmp_path / f"whole.{kind}"
        if kind in ("psd", "kra", "ora"):
            write_stack(stack, source, path, "whole")
        elif kind == "deep.png":
            path.write_bytes(encode_png(source.rgba.astype(np.uint16) * 257))
        else:
            Image.fromarray(source.rgba[..., :3]).save(path)
        return path.read_bytes()

    return make


def refusal(path, data=None):
    """The sentence with which a file is refused."""
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UnsupportedImage) as caught:
        read_picture(path)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert path.name in sentence
    return sentence


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated(tmp_path, whole, kind, share):
    data = whole(kind)
    assert "save it" in refusal(tmp_path / f"cut.{kind}", data[: int(len(data) * share)])


@pytest.mark.parametrize("kind", KINDS)
def test_scrambled(tmp_path, whole, kind, recwarn):
    """Bytes changed at random: a picture or a sentence, nothing else."""
    data, chance = whole(kind), random.Random(kind)
    path = tmp_path / f"scrambled.{kind}"
    for _ in range(40):
        broken = bytearray(data)
        for _ in range(8):
            broken[chance.randrange(min(len(broken), 4000))] = chance.randrange(256)
        path.write_bytes(broken)
        with contextlib.suppress(UnsupportedImage):
            assert read_picture(path).rgba.shape[2] == 4


def test_empty(tmp_path):
    assert "is empty" in refusal(tmp_path / "a.png", b"")


def test_missing(tmp_path):
    assert "There is no file" in refusal(tmp_path / "a.png")


def test_folder(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_pipe(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    assert "is a pipe" in refusal(tmp_path / "a.png")


def test_other_contents(tmp_path):
    assert "save it as RGB in PNG" in refusal(tmp_path / "a.png", b"hello, world, this is text")
    assert "save it as RGB in PNG" in refusal(tmp_path / "a.gif", b"GIF89a" + bytes(20))


def test_another_archive(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    assert "neither a KRA nor an ORA" in refusal(tmp_path / "a.kra", out.getvalue())


def test_an_archive_without_its_merged_picture(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
    assert "no merged picture" in refusal(tmp_path / "a.kra", out.getvalue())


def huge_png(bits):
    """A PNG that says it is 20000 x 20000, and has nothing in it."""

    def chunk(kind, data):
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", 20_000, 20_000, bits, 6, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def huge_psd():
    return b"8BPS" + struct.pack(">H6xHIIHH", 1, 4, 20_000, 20_000, 8, 3) + bytes(14)


def huge_kra():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr("mergedimage.png", huge_png(8))
    return out.getvalue()


@pytest.mark.parametrize("data", [huge_png(8), huge_png(16), huge_psd(), huge_kra()])
def test_too_large_is_refused_before_memory_is_taken(tmp_path, data):
    tracemalloc.start()
    try:
        sentence = refusal(tmp_path / "huge", data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert f"more than {MAX_PIXELS // 1_000_000} megapixels" in sentence
    assert peak < 4 << 20


def test_just_over_the_limit_is_refused(tmp_path):
    """Over our limit, under the one at which Pillow itself objects."""
    data = huge_png(8).replace(
        struct.pack(">II", 20_000, 20_000), struct.pack(">II", 15_001, 10_000)
    )
    header = data[12:29]
    assert "150 megapixels" in refusal(
        tmp_path / "a.png", data[:29] + struct.pack(">I", zlib.crc32(header)) + data[33:]
    )
