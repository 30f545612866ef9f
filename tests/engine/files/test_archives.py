"""KRA and ORA files, taken apart."""

import re
import xml.etree.ElementTree as ET
import zipfile
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from engine.files import Picture, encode_png, read_picture, write_stack
from engine.files.profiles import srgb
from engine.layers import COMPOSITIONS
from tests.engine.files import icc

NAMES = ["Line Art", "Highlight", "Shadow", "Flat Color"]
"""Top first, as both formats list them."""


@pytest.fixture
def written(draw, tmp_path):
    """Write a drawing and open its archive."""

    def write(suffix, depth=8, composition="production", title="drawing", **about):
        source, stack = draw(depth, composition, **about)
        path = tmp_path / f"drawing.{suffix}"
        write_stack(stack, source, path, title)
        return stack, zipfile.ZipFile(path)

    return write


@pytest.mark.parametrize(
    ("suffix", "media"), [("kra", "application/x-krita"), ("ora", "image/openraster")]
)
def test_the_media_type_comes_first_and_stored(written, suffix, media):
    _, archive = written(suffix)
    first = archive.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", 0, b"")
    assert archive.read("mimetype") == media.encode()
    assert archive.testzip() is None


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_a_kra_describes_its_layers(written, depth, composition):
    _, archive = written("kra", depth, composition, title='<"日本"> & \x07', dpi=300.0)
    text = archive.read("maindoc.xml").decode()
    assert "<!DOCTYPE DOC PUBLIC" in text
    krita = {"k": "http://www.calligra.org/DTD/krita"}
    image = ET.fromstring(text).find("k:IMAGE", krita)
    space = {8: "RGBA", 16: "RGBA16"}[depth]
    assert [image.get(key) for key in ("width", "height", "x-res", "colorspacename")] == [
        "140",
        "100",
        "300",
        space,
    ]
    (group,) = image.findall("k:layers/k:layer", krita)
    layers = group.findall("k:layers/k:layer", krita)
    assert (group.get("name"), group.get("passthrough")) == ('Layers: <"日本"> &  ', "0")
    assert [layer.get("name") for layer in layers] == NAMES
    modes = [mode.replace("-", "_") for mode in reversed(COMPOSITIONS[composition].values())]
    assert [layer.get("compositeop") for layer in layers] == modes
    assert len({layer.get("uuid") for layer in [group, *layers]}) == 5


@pytest.mark.parametrize("depth", [8, 16])
def test_the_tiles_of_a_kra_hold_the_layers(written, depth):
    stack, archive = written("kra", depth)
    for layer in stack:
        data = archive.read(f"image/layers/{layer.role}")
        assert (untiled(data, depth) == layer.rgba).all()


def untiled(data, depth):
    """Put a layer's uncompressed tiles together again."""
    head = re.match(rb"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE (\d)\nDATA (\d+)\n", data)
    assert int(head[1]) == depth // 2
    canvas = np.zeros((128, 192, 4), f"<u{depth // 8}")
    at, count = head.end(), 0
    while at < len(data):
        line = data[at : data.index(b"\n", at)]
        left, top, _, length = line.split(b",")
        at += len(line) + 1
        assert data[at] == 0
        tile = np.frombuffer(data[at + 1 : at + int(length)], canvas.dtype).reshape(64, 64, 4)
        canvas[int(top) : int(top) + 64, int(left) : int(left) + 64] = tile[..., [2, 1, 0, 3]]
        at += int(length)
        count += 1
    assert count == int(head[2])
    return canvas[:100, :140]


def test_empty_tiles_are_left_out(written):
    stack, archive = written("kra")
    header = archive.read("image/layers/line_art").split(b"\n", 5)[4]
    tiles = stack.layers[3].rgba[..., 3] > 0
    shown = sum(tiles[y : y + 64, x : x + 64].any() for y in (0, 64) for x in (0, 64, 128))
    assert header == f"DATA {shown}".encode()
    assert shown < 6


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_an_ora_describes_and_holds_its_layers(written, depth, composition):
    stack, archive = written("ora", depth, composition, title="<日本> & \x07", dpi=300.0)
    image = ET.fromstring(archive.read("stack.xml"))
    assert [image.get(key) for key in ("w", "h", "xres", "yres")] == ["140", "100", "300", "300"]
    (group,) = image.findall("stack/stack")
    assert (group.get("name"), group.get("isolation")) == ("Layers: <日本> &  ", "isolate")
    assert [layer.get("name") for layer in group] == NAMES
    operators = {"normal": "svg:src-over", "linear-dodge": "svg:plus"}
    modes = [operators.get(m, f"svg:{m}") for m in reversed(COMPOSITIONS[composition].values())]
    assert [layer.get("composite-op") for layer in group] == modes
    for element, layer in zip(reversed(group), stack, strict=True):
        path = archive.extract(element.get("src"), archive.filename + ".members")
        picture = read_picture(path)
        assert (picture.rgba == layer.rgba).all()
        assert picture.rgba.dtype == layer.rgba.dtype
        assert picture.icc_profile == srgb()


@pytest.mark.parametrize("resolution", ["nan", "-72", "0", "70000"])
def test_what_is_no_resolution_is_left_out(written, tmp_path, resolution):
    _, archive = written("ora", dpi=300.0)
    with zipfile.ZipFile(tmp_path / "odd.ora", "w") as odd:
        for name in archive.namelist():
            changed = archive.read(name).replace(b'xres="300"', f'xres="{resolution}"'.encode())
            odd.writestr(name, changed)
    assert read_picture(tmp_path / "odd.ora").dpi is None


@pytest.mark.parametrize(
    ("suffix", "name"), [("kra", "preview.png"), ("ora", "Thumbnails/thumbnail.png")]
)
def test_the_thumbnail_is_small_and_in_srgb(draw, tmp_path, suffix, name):
    """A source in another profile, 300 wide: its thumbnail has 256, and other numbers."""
    _, stack = draw()
    linear = Image.fromarray(np.full((90, 300, 4), (128, 128, 128, 200), np.uint8))
    source = Picture(np.asarray(linear), icc.rgb(gamma=1.0))
    write_stack(stack, source, tmp_path / f"a.{suffix}", "a")
    thumbnail = Image.open(BytesIO(zipfile.ZipFile(tmp_path / f"a.{suffix}").read(name)))
    assert (thumbnail.mode, thumbnail.size) == ("RGBA", (256, 77))
    assert np.abs(np.array(thumbnail.getpixel((9, 9))) - (188, 188, 188, 200)).max() <= 2


def test_a_deeper_document_with_a_shallow_merged_picture_says_so(written, tmp_path):
    """What Krita itself saves for 16 bits: a merged picture of 8."""
    stack, archive = written("kra", depth=16)
    path = tmp_path / "krita.kra"
    shallow = encode_png((stack.layers[0].rgba // 257).astype(np.uint8))
    with zipfile.ZipFile(path, "w") as out:
        for info in archive.infolist():
            merged = info.filename == "mergedimage.png"
            out.writestr(info.filename, shallow if merged else archive.read(info))
    (note,) = read_picture(path).notes
    assert "the merged picture in its file has 8 bits" in note
