"""PSD files, seen with psd-tools' own eyes."""

import numpy as np
import pytest
from PIL import Image, ImageChops
from psd_tools import PSDImage
from psd_tools.composite import composite
from psd_tools.constants import ColorMode, Resource
from psd_tools.psd import PSD
from psd_tools.psd.color_mode_data import ColorModeData
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import AlphaIdentifiers, ImageResource

from engine.errors import UnsupportedImage, UnsupportedOption
from engine.files import Picture, psd_writer, read_picture, write_stack
from engine.files.profiles import srgb
from engine.layers import COMPOSITIONS, Layer, LayerRole, LayerStack, Reconstruction

MODES = {
    "production": ["normal", "multiply", "lighten", "normal"],
    "screen": ["normal", "multiply", "screen", "normal"],
    "glow": ["normal", "multiply", "linear_dodge", "normal"],
    "normal": ["normal", "normal", "normal", "normal"],
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "drawing.psd"


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_layers_are_named_ordered_and_blended(draw, path, depth, composition):
    source, stack = draw(depth, composition)
    write_stack(stack, source, path, "Ümlaut 日本")
    document = PSDImage.open(path)
    (group,) = document
    assert (document.width, document.height, document.depth) == (140, 100, depth)
    assert (group.name, group.kind, group.blend_mode.name) == (
        "Layers: Ümlaut 日本",
        "group",
        "NORMAL",
    )
    assert [layer.name for layer in group] == ["Flat Color", "Shadow", "Highlight", "Line Art"]
    assert [layer.blend_mode.name.lower() for layer in group] == MODES[composition]
    assert all(layer.opacity == 255 and layer.visible for layer in group)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_layers_composite_to_the_source(draw, path, depth, composition):
    source, stack = draw(depth, composition)
    write_stack(stack, source, path, "drawing")
    colour, _, alpha = composite(PSDImage.open(path), color=0.0, alpha=0.0)
    expected = source.rgba / (2.0**depth - 1)
    assert np.abs(alpha - expected[..., 3:]).max() <= 2 / 255
    assert np.abs(colour * alpha - expected[..., :3] * expected[..., 3:]).max() <= 2 / 255


@pytest.mark.parametrize("depth", [8, 16])
def test_layer_pixels_are_exact_and_cropped(draw, path, depth):
    source, stack = draw(depth)
    write_stack(stack, source, path, "drawing")
    for written, layer in zip(PSDImage.open(path)[0], stack, strict=True):
        seen = np.argwhere(layer.rgba[..., 3] > 0)
        (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0) + 1
        assert written.bbox == (left, top, right, bottom)
        pixels = np.rint(written.numpy() * (2.0**depth - 1))
        assert (pixels == layer.rgba[top:bottom, left:right]).all()


def test_an_empty_layer_is_there(path):
    nothing = np.zeros((3, 5, 4), np.uint8)
    modes = COMPOSITIONS["production"]
    layers = tuple(Layer(role, modes[role], nothing) for role in LayerRole)
    stack = LayerStack(layers, "production", "builtin", Reconstruction(99, 0))
    write_stack(stack, Picture(nothing), path, "nothing")
    document = PSDImage.open(path)
    assert [layer.bbox for layer in document[0]] == [(0, 0, 0, 0)] * 4
    assert (read_picture(path).rgba == 0).all()


def test_photoshop_is_told_of_the_merged_picture(draw, path):
    source, stack = draw()
    write_stack(stack, source, path, "drawing")
    document = PSDImage.open(path)
    assert document.has_preview()
    merged = np.asarray(document.topil(), np.int16)
    seen = source.rgba[..., 3] > 0
    weight = source.rgba[..., 3:] / 255
    assert np.abs((merged - source.rgba) * weight)[seen].max() <= 1
    assert (merged[..., 3] == source.rgba[..., 3]).all()


def test_numbers_are_said_to_be_srgb_where_nothing_else_is(draw, path):
    source, stack = draw(16)
    write_stack(stack, source, path, "drawing")
    assert read_picture(path).icc_profile == srgb()


def test_a_psd_without_its_merged_picture_is_refused(draw, path):
    source, stack = draw()
    write_stack(stack, source, path, "drawing")
    document = PSDImage.open(path)
    document.image_resources.get_data(1057).has_composite = False
    document.save(path)
    with pytest.raises(UnsupportedImage, match="Maximize Compatibility"):
        read_picture(path)


@pytest.mark.parametrize(("identifiers", "transparent"), [([1], False), (None, True)])
def test_a_saved_selection_is_not_transparency(draw, path, identifiers, transparent):
    document = PSDImage.frompil(Image.fromarray(draw()[0].rgba))
    if identifiers is not None:
        data = AlphaIdentifiers(identifiers)
        key = Resource.ALPHA_IDENTIFIERS
        document.image_resources[key] = ImageResource(key=key, data=data)
    document.save(path)
    assert (read_picture(path).rgba[..., 3] < 255).any() == transparent


def test_a_merged_picture_that_is_not_laid_on_white_is_taken_as_it_is(draw, path):
    """As Krita writes it: straight, and black where nothing is."""
    rgba = draw()[0].rgba
    PSDImage.frompil(Image.fromarray(rgba)).save(path)
    assert (read_picture(path).rgba == rgba).all()


@pytest.mark.parametrize("mode", ["L", "LA", "CMYK"])
def test_other_colour_models_are_read(path, mode):
    image = Image.new("RGB", (8, 8), (200, 90, 30)).convert(mode)
    # A PSD's CMYK counts paper, Pillow's ink.
    PSDImage.frompil(ImageChops.invert(image) if mode == "CMYK" else image).save(path)
    expected = np.asarray(image.convert("RGBA"), np.int16)
    assert np.abs(read_picture(path).rgba.astype(np.int16) - expected).max() <= 1


def test_cmyk_keeps_its_transparency(path):
    """Half covered and laid on white: half of the ink's plane is paper."""
    header = FileHeader(channels=5, height=1, width=2, color_mode=ColorMode.CMYK)
    cyan, others = bytes([255, 127]), bytes([255, 255])
    merged = ImageData()
    merged.set_data([cyan, others, others, others, bytes([0, 128])], header)
    with path.open("wb") as file:
        PSD(header, image_data=merged).write(file)
    rgba = read_picture(path).rgba[0].astype(int)
    assert rgba[0, 3] == 0
    assert np.abs(rgba[1] - (0, 255, 255, 128)).max() <= 2


def test_a_palette_is_looked_up(path):
    header = FileHeader(channels=1, height=2, width=3, color_mode=ColorMode.INDEXED)
    palette = np.zeros((3, 256), np.uint8)
    palette[:, 7] = 200, 90, 30
    merged = ImageData()
    merged.set_data([bytes([7, 0, 0, 0, 0, 7])], header)
    document = PSD(header, ColorModeData(palette.tobytes()), image_data=merged)
    with path.open("wb") as file:
        document.write(file)
    rgba = read_picture(path).rgba
    assert rgba[0, 0].tolist() == rgba[1, 2].tolist() == [200, 90, 30, 255]
    assert rgba[0, 1].tolist() == [0, 0, 0, 255]


def test_16_bit_gray_keeps_its_depth(path):
    levels = np.array([[0, 1000, 65535]], ">u2")
    header = FileHeader(channels=1, height=1, width=3, depth=16, color_mode=ColorMode.GRAYSCALE)
    merged = ImageData()
    merged.set_data([levels.tobytes()], header)
    with path.open("wb") as file:
        PSD(header, image_data=merged).write(file)
    assert read_picture(path).rgba[0].tolist() == [[v, v, v, 65535] for v in (0, 1000, 65535)]


def test_a_file_over_the_formats_limit_is_refused(draw, path, monkeypatch):
    monkeypatch.setattr(psd_writer, "LARGEST_FILE", 10_000)
    source, stack = draw()
    with pytest.raises(UnsupportedOption, match="at most 2 GB"):
        write_stack(stack, source, path, "large")
    assert list(path.parent.iterdir()) == []


def test_a_side_over_the_formats_limit_is_refused(path):
    wide = np.zeros((1, 30_001, 4), np.uint8)
    modes = COMPOSITIONS["normal"]
    layers = tuple(Layer(role, modes[role], wide) for role in LayerRole)
    stack = LayerStack(layers, "normal", "builtin", Reconstruction(99, 0))
    with pytest.raises(UnsupportedOption, match="30000 pixels a side"):
        write_stack(stack, Picture(wide), path, "wide")
    assert list(path.parent.iterdir()) == []
