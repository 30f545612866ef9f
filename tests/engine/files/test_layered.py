"""Layered files, read into one kind of tree, whatever wrote them."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from engine.errors import UnsupportedImage
from engine.files import read_picture, write_stack
from engine.files.archive import MERGED_LIMIT, TEXT_LIMIT
from engine.files.layered import Clipping, Group, open_layers
from engine.files.layered.kra import TILES_LIMIT
from engine.files.layered.tiles import Window, expand, read_tiles
from tests.engine.files.documents import (
    Folder,
    Leaf,
    as_psd,
    krita_tiles,
    png,
    squeeze,
    write_document,
    write_psd,
)

WIDTH, HEIGHT = 150, 90
SUFFIXES = ("psd", "kra", "ora")
each_format = pytest.mark.parametrize("suffix", SUFFIXES)


def spot(top, left, height, width, colour=(200, 90, 30), alpha=255):
    """A rectangle on an empty canvas."""
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[top : top + height, left : left + width] = (*colour, alpha)
    return rgba


FADE = np.broadcast_to(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, WIDTH)).copy()
DOCUMENT = (
    Leaf("背景", spot(0, 0, HEIGHT, WIDTH)),
    Folder(
        "Hair & <more>",
        (
            Leaf("base", spot(10, 20, 60, 70)),
            Leaf("影", spot(5, 5, 40, 100), "multiply", 0.6, clipped=True),
            Leaf("line", spot(12, 100, 30, 20), visible=False),
        ),
    ),
    Folder("light", (Leaf("glow", spot(0, 0, 9, 9), "linear-dodge"),), "pass-through"),
)


def told(node):
    """A node in plain words."""
    about = (node.name, node.visible, round(node.opacity, 2), node.blend_mode)
    if isinstance(node, Group):
        return (*about, node.pass_through, [told(child) for child in node.children])
    return (*about, node.clipping is not Clipping.NONE)


@each_format
def test_the_tree_is_the_documents(tmp_path, suffix):
    path = write_document(tmp_path / f"a.{suffix}", DOCUMENT, WIDTH, HEIGHT)
    with open_layers(path) as document:
        assert (document.width, document.height, document.notes) == (WIDTH, HEIGHT, ())
        # OpenRaster has one operator for a layer's mode and its clipping.
        mode = "normal" if suffix == "ora" else "multiply"
        assert [told(node) for node in document.nodes] == [
            ("背景", True, 1, "normal", False),
            (
                "Hair & <more>",
                True,
                1,
                "normal",
                False,
                [
                    ("base", True, 1, "normal", False),
                    ("影", True, 0.6, mode, True),
                    ("line", False, 1, "normal", False),
                ],
            ),
            ("light", True, 1, "normal", True, [("glow", True, 1, "linear-dodge", False)]),
        ]
        names = [layer.name for layer in document.painted()]
        assert names == ["背景", "base", "影", "glow"]


def test_a_psb_is_read_as_a_psd_is(tmp_path):
    read = []
    for suffix in ("psd", "psb"):
        path = write_document(tmp_path / f"a.{suffix}", DOCUMENT, WIDTH, HEIGHT)
        with open_layers(path) as document:
            pixels = [layer.patch().rgba.tolist() for layer in document.painted()]
            read.append(([told(node) for node in document.nodes], pixels))
        read[-1] += (read_picture(path).rgba.tolist(),)
    assert path.read_bytes()[4:6] == b"\0\2", "the second is a PSB"
    assert read[0] == read[1]


@each_format
@pytest.mark.parametrize(("top", "left"), [(0, 0), (-7, 13), (30, -40)])
def test_pixels_lie_where_they_were_painted(tmp_path, suffix, top, left):
    painted = spot(10, 20, 30, 70)
    leaf = Leaf("a", painted, top=top, left=left)
    path = write_document(tmp_path / f"a.{suffix}", [leaf], WIDTH, HEIGHT)
    with open_layers(path) as document:
        patch = next(document.painted()).patch()
    assert (patch.top, patch.left) == (10 + top, 20 + left)
    assert (patch.rgba == painted[10:40, 20:90]).all()


def test_sixteen_bits(tmp_path):
    path = write_document(tmp_path / "a.psd", [Leaf("a", spot(1, 2, 3, 4))], WIDTH, HEIGHT, 16)
    with open_layers(path) as document:
        patch = next(document.painted()).patch()
    assert patch.rgba.dtype == np.uint16
    assert (patch.rgba == np.uint16(257) * np.array([200, 90, 30, 255], np.uint16)).all()


@pytest.mark.parametrize("suffix", ["psd", "kra"])
def test_masks_are_read(tmp_path, suffix):
    group = Folder("g", (Leaf("a", spot(0, 0, 9, 9)),), mask=FADE)
    leaf = Leaf("b", spot(0, 0, 9, 9), mask=FADE)
    path = write_document(tmp_path / f"a.{suffix}", [group, leaf], WIDTH, HEIGHT)
    with open_layers(path) as document:
        for node in document.nodes:
            (read,) = node.masks
            mask = read()
            assert (mask.top, mask.left, mask.outside) == (0, 0, 0)
            assert (mask.values[:HEIGHT, :WIDTH] == FADE).all()


@each_format
def test_what_we_write_is_read(draw, tmp_path, suffix):
    source, stack = draw()
    write_stack(stack, source, tmp_path / f"a.{suffix}", "a")
    with open_layers(tmp_path / f"a.{suffix}") as document:
        (group,) = document.nodes
        assert [node.name for node in group.children] == [layer.name for layer in stack]
        assert [node.blend_mode for node in group.children] == [one.blend_mode for one in stack]


def test_a_filled_krita_layer_fills_the_canvas(tmp_path):
    small = np.full((64, 64, 4), 255, np.uint8)
    path = write_document(tmp_path / "a.kra", [Leaf("a", small, left=-30)], WIDTH, HEIGHT)
    rewritten = tmp_path / "b.kra"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(rewritten, "w") as new:
        for name in old.namelist():
            filled = name.endswith("defaultpixel")
            new.writestr(name, bytes([1, 2, 3, 255]) if filled else old.read(name))
    with open_layers(rewritten) as document:
        patch = next(document.painted()).patch()
    assert patch.rgba.shape == (HEIGHT, WIDTH, 4)
    assert (patch.rgba[:64, :34] == 255).all()
    assert (patch.rgba[64:] == [3, 2, 1, 255]).all()
    assert (patch.rgba[:, 34:] == [3, 2, 1, 255]).all()


def test_layers_that_are_not_read_are_named(tmp_path):
    psd = as_psd([Leaf("a", spot(0, 0, 9, 9))], WIDTH, HEIGHT)
    psd.save(tmp_path / "a.psd")
    path = write_document(tmp_path / "a.kra", [Leaf("tone curve", spot(0, 0, 9, 9))], WIDTH, HEIGHT)
    rewritten = tmp_path / "b.kra"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(rewritten, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"'paintlayer'", b"'adjustmentlayer'"))
    with open_layers(rewritten) as document:
        assert document.notes == ("The adjustmentlayer 'tone curve' is not read.",)
        assert document.nodes == ()


def decode(path):
    with open_layers(path) as document:
        return [layer.patch() for layer in document.painted()]


def refusal(path):
    with pytest.raises(UnsupportedImage) as caught:
        decode(path)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@each_format
@pytest.mark.parametrize("share", [0.02, 0.1, 0.2])
def test_truncated(tmp_path, suffix, share):
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 4)).astype(np.uint8)
    path = write_document(tmp_path / f"a.{suffix}", [Leaf("a", noise)], WIDTH, HEIGHT)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert "save it again" in refusal(path) or "save the file again" in refusal(path)


@pytest.mark.parametrize("suffix", ["kra", "ora"])
def test_one_damaged_layer_is_named(tmp_path, suffix):
    path = write_document(tmp_path / f"a.{suffix}", [Leaf("hair", spot(3, 3, 9, 9))], WIDTH, HEIGHT)
    broken = tmp_path / f"b.{suffix}"
    member = {"kra": "picture/layers/layer0", "ora": "data/1.png"}[suffix]
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[: len(data) // 2] if name == member else data)
    assert "'hair'" in refusal(broken)


def test_files_without_layers(tmp_path):
    (tmp_path / "a.psd").write_bytes(b"")
    assert "is empty" in refusal(tmp_path / "a.psd")
    (tmp_path / "b.png").write_bytes(png(spot(0, 0, 9, 9)))
    assert "has no layers" in refusal(tmp_path / "b.png")
    with zipfile.ZipFile(tmp_path / "c.kra", "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    assert "neither a KRA nor an ORA" in refusal(tmp_path / "c.kra")
    assert "There is no file" in refusal(tmp_path / "d.psd")


def test_other_color_models(tmp_path):
    from psd_tools import PSDImage

    PSDImage.new("CMYK", (9, 9)).save(tmp_path / "a.psd")
    assert "convert it to RGB" in refusal(tmp_path / "a.psd")
    path = write_document(tmp_path / "a.kra", [Leaf("a", spot(3, 3, 9, 9))], WIDTH, HEIGHT)
    rewritten = tmp_path / "b.kra"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(rewritten, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"'RGBA'", b"'CMYKA'"))
    assert "convert the document to RGB" in refusal(rewritten)


@pytest.mark.parametrize(
    ("suffix", "index", "right"),
    [("ora", "stack.xml", b"opacity='1.0'"), ("kra", "maindoc.xml", b"opacity='255'")],
)
@pytest.mark.parametrize("opacity", [b"nan", b"-1", b"256", b"full", b"inf"])
def test_opacities_that_are_none(tmp_path, suffix, index, right, opacity):
    path = write_document(tmp_path / f"a.{suffix}", [Leaf("a", spot(3, 3, 9, 9))], WIDTH, HEIGHT)
    rewritten = tmp_path / f"b.{suffix}"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(rewritten, "w") as new:
        for name in old.namelist():
            wrong = right.partition(b"'")[0] + b"'" + opacity + b"'"
            data = old.read(name)
            new.writestr(name, data.replace(right, wrong) if name == index else data)
    assert "save it again" in refusal(rewritten)


def test_groups_without_end(tmp_path):
    deep = "<stack>" * 100 + "</stack>" * 100
    with zipfile.ZipFile(tmp_path / "a.ora", "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", f"<image w='9' h='9'>{deep}</image>")
    assert "nested too deep" in refusal(tmp_path / "a.ora")


# -- Krita's tiles


@pytest.mark.parametrize(
    ("stream", "plain"),
    [
        (b"\x02abc", b"abc"),
        (b"\x02abc\x20\x02", b"abcabc"),
        (b"\x00a\xe0\x03\x00", b"a" * 13),
        (b"\x01ab\x60\x01", b"ababa" + b"ba"),
        (b"\x04abcde\x20\x04\x40\x01", b"abcdeabcbcbc"),
    ],
)
def test_streams_of_lzf_by_hand(stream, plain):
    assert expand(stream, len(plain)) == plain


@pytest.mark.parametrize("stream", [b"\x05ab", b"\x20\x05", b"\xe0", b"\x00a"])
def test_broken_streams(stream):
    with pytest.raises(ValueError, match="compressed tile"):
        expand(stream, 13)


def test_streams_of_anything_come_back():
    rng = np.random.default_rng(1)
    for levels in (2, 4, 200):
        data = np.repeat(rng.integers(0, levels, 900), rng.integers(1, 30, 900)).astype(np.uint8)
        assert expand(squeeze(data.tobytes()), data.size) == data.tobytes()


@pytest.mark.parametrize("dtype", ["u1", "<u2"])
def test_tiles_come_back(dtype):
    pixels = np.random.default_rng(2).integers(0, 4, (HEIGHT, WIDTH, 4)).astype(dtype)
    default, canvas = bytes(8)[: 4 * pixels.itemsize], Window(0, 0, HEIGHT, WIDTH)
    area = read_tiles(krita_tiles(pixels), np.dtype(dtype), 4, default, canvas)
    assert (area.top, area.left) == (0, 0)
    assert (area.pixels[:HEIGHT, :WIDTH] == pixels).all()


def test_tiles_far_apart_take_no_memory():
    tile = b"\0" + bytes([7]) * (64 * 64 * 4)
    data = b"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE 4\nDATA 4\n"
    for place in (b"-64,-64", b"64,0", b"256000,256000", b"-64000000,0"):
        data += place + b",LZF,%d\n" % len(tile) + tile
    area = read_tiles(data, np.dtype("u1"), 4, bytes(4), Window(0, 0, 100, 100))
    assert (area.top, area.left, area.pixels.shape) == (0, 64, (64, 64, 4))
    assert (area.pixels == 7).all()


def test_a_stream_that_swells_is_given_up():
    stream = b"\x00a" + b"\xe0\xff\x00" * 1_000_000  # 264 MB
    tracemalloc.start()
    with pytest.raises(ValueError, match="wrong size"):
        expand(stream, 1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize(
    ("suffix", "name", "limit"),
    [
        ("kra", "maindoc.xml", TEXT_LIMIT),
        ("kra", "picture/layers/layer0", TILES_LIMIT),
        ("ora", "stack.xml", TEXT_LIMIT),
        ("ora", "data/1.png", MERGED_LIMIT),
    ],
)
def test_what_swells_in_an_archive_is_refused_before_it_does(tmp_path, suffix, name, limit):
    path = write_document(tmp_path / f"a.{suffix}", [Leaf("a", spot(3, 3, 9, 9))], WIDTH, HEIGHT)
    data, told = path.read_bytes(), zipfile.ZipFile(path).getinfo(name).file_size
    directory = data.index(b"PK\x01\x02")
    at = data.index(name.encode(), directory) - 46 + 24  # its size
    assert data[at : at + 4] == struct.pack("<I", told)
    path.write_bytes(data[:at] + struct.pack("<I", limit + 1) + data[at + 4 :])
    with pytest.raises(UnsupportedImage, match="more than 150 megapixels"), open_layers(path) as it:
        [layer.patch() for layer in it.painted()]


def test_a_psd_layer_that_says_it_is_huge_takes_no_memory(tmp_path):
    psd = as_psd([Leaf("hair", spot(3, 3, 9, 9))], WIDTH, HEIGHT)
    psd[0]._record.bottom = 2**31 - 1
    write_psd(tmp_path / "a.psd", psd, spot(3, 3, 9, 9))
    assert "'hair' has more than 150 megapixels" in refusal(tmp_path / "a.psd")


def test_an_archive_stays_open_for_its_pixels_only(tmp_path):
    path = write_document(tmp_path / "a.ora", [Leaf("a", spot(3, 3, 9, 9))], WIDTH, HEIGHT)
    with open_layers(path) as document:
        first = next(document.painted())
        assert first.patch() is first.patch()  # decoded once
    path.unlink()
    assert io.BytesIO(png(first.patch().rgba)).read(4) == b"\x89PNG"
