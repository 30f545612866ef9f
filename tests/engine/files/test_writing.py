"""Whatever is written gives the source back, and appears whole or not at all."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from engine.compositing import composite, difference
from engine.errors import CannotWrite, UnsupportedOption
from engine.files import Picture, format_of, read_picture, write_stack
from engine.files import writing as writing_module
from engine.files.preview import CELL, LABEL, MARGIN
from engine.files.profiles import srgb
from engine.layers import COMPOSITIONS, Layer, LayerRole
from engine.reconcile import reconcile
from tests.engine.stacks import random_proposal, random_source

SUFFIXES = ["psd", "kra", "ora"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("depth", [8, 16])
def test_what_is_written_reads_back_as_the_source(draw, tmp_path, suffix, depth):
    source, stack = draw(depth, icc_profile=srgb(), dpi=350.0)
    path = tmp_path / f"a.{suffix}"
    write_stack(stack, source, path, "drawing")
    again = read_picture(path)
    assert again.rgba.dtype == source.rgba.dtype
    lost = difference(again.rgba, source.rgba).max() * (2**depth - 1)
    assert lost <= 1.001 if suffix == "psd" else lost == 0
    assert (again.icc_profile, again.dpi, again.notes) == (source.icc_profile, 350, ())


@pytest.mark.parametrize("suffix", [*SUFFIXES, ""])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (500, 1), (64, 128), (65, 63)])
def test_every_shape_is_written(tmp_path, suffix, shape):
    rng = np.random.default_rng(1)
    source = random_source(rng, shape, np.uint8, opaque=0.5)
    stack = reconcile(random_proposal(rng, shape, np.uint8), source, "production", "builtin")
    path = tmp_path / f"a.{suffix}".rstrip(".")
    write_stack(stack, Picture(source), path, "noise")
    if suffix:
        assert difference(read_picture(path).rgba, source).max() <= 1.001 / 255
    else:
        shown = [read_picture(path / f"{layer.role}.png").rgba for layer in stack]
        assert all((a == layer.rgba).all() for a, layer in zip(shown, stack, strict=True))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_a_folder_restacks_to_the_source(draw, tmp_path, depth, composition):
    source, stack = draw(depth, composition, icc_profile=srgb(), dpi=350.0)
    write_stack(stack, source, tmp_path / "out", "drawing")
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    layers = []
    for entry in manifest["layers"]:
        picture = read_picture(tmp_path / "out" / entry["file"])
        assert (picture.icc_profile, picture.dpi) == (srgb(), 350)
        layers.append(Layer(LayerRole(entry["role"]), entry["blend_mode"], picture.rgba))
        assert picture.rgba.dtype == source.rgba.dtype
    assert difference(composite(layers), source.rgba).max() <= 2 / 255


def test_the_manifest_is_the_contracts(draw, tmp_path):
    source, stack = draw()
    write_stack(stack, source, tmp_path / "out", "drawing")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "flat_color.png",
        "highlight.png",
        "line_art.png",
        "manifest.json",
        "preview.png",
        "shadow.png",
    ]
    assert json.loads((tmp_path / "out/manifest.json").read_text()) == {
        "format": "layer-bridge/layers",
        "version": 1,
        "width": 140,
        "height": 100,
        "engine": "builtin",
        "composition": "production",
        "layers": [
            {"role": "flat_color", "name": "Flat Color", "file": "flat_color.png",
             "blend_mode": "normal", "opacity": 1},
            {"role": "shadow", "name": "Shadow", "file": "shadow.png",
             "blend_mode": "multiply", "opacity": 1},
            {"role": "highlight", "name": "Highlight", "file": "highlight.png",
             "blend_mode": "lighten", "opacity": 1},
            {"role": "line_art", "name": "Line Art", "file": "line_art.png",
             "blend_mode": "normal", "opacity": 1},
        ],
        "reconstruction": {
            "psnr_db": stack.reconstruction.psnr_db,
            "max_error": stack.reconstruction.max_error,
        },
    }  # fmt: skip


def test_the_preview_shows_source_layers_and_restacked(draw, tmp_path):
    """Six cells of one size; the first and the last show the same."""
    source, stack = draw()
    write_stack(stack, source, tmp_path / "out", "drawing")
    preview = np.asarray(Image.open(tmp_path / "out/preview.png"), int)
    cells = {
        (row, column): preview[top : top + 100, left : left + 140]
        for row, top in enumerate(MARGIN + 2 * LABEL + (100 + MARGIN + 2 * LABEL) * np.arange(2))
        for column, left in enumerate(MARGIN + (CELL // 2 + MARGIN) * np.arange(3))
    }
    first, last = cells[0, 0], cells[1, 2]
    seen = source.rgba[..., 3] == 255
    assert np.abs(first - source.rgba[..., :3])[seen].max() <= 1
    assert np.abs(first - last).max() <= 2
    assert np.abs(first - cells[0, 1]).max() > 50


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.psd", "psd"), ("A.KRA", "kra"), ("a.b.ora", "ora"), ("folder", "png"), ("out/", "png")],
)
def test_the_suffix_chooses_the_format(name, format):
    assert format_of(name) == format


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.xcf"])
def test_other_suffixes_are_refused(name):
    with pytest.raises(UnsupportedOption, match=r"choose \.psd, \.kra, \.ora, or a folder"):
        format_of(name)


def test_a_format_that_is_asked_for_wins_over_the_suffix(draw, tmp_path):
    source, stack = draw()
    write_stack(stack, source, tmp_path / "v1.2", "drawing", "png")
    write_stack(stack, source, tmp_path / "drawing", "drawing", "kra")
    assert (tmp_path / "v1.2" / "manifest.json").exists()
    assert read_picture(tmp_path / "drawing").rgba.shape == source.rgba.shape
    with pytest.raises(UnsupportedOption, match="psd, kra, ora, png"):
        write_stack(stack, source, tmp_path / "a", "drawing", "xcf")


def test_missing_folders_are_made(draw, tmp_path):
    source, stack = draw()
    write_stack(stack, source, tmp_path / "new/newer/a.ora", "drawing")
    assert (tmp_path / "new/newer/a.ora").exists()


class Interrupted(BaseException):
    """Stands for the user's Ctrl-C."""


@pytest.fixture
def interrupt(monkeypatch):
    """Make the writing of a format stop half way."""

    def stop(suffix):
        if suffix:

            def half(stack, source, group, file):
                file.write(b"half")
                raise Interrupted

            writers = dict(writing_module.WRITERS) | {suffix: half}
            monkeypatch.setattr(writing_module, "WRITERS", writers)
        else:
            files = writing_module.folder_files

            def three(*arguments):
                for count, item in enumerate(files(*arguments)):
                    if count == 3:
                        raise Interrupted
                    yield item

            monkeypatch.setattr(writing_module, "folder_files", three)

    return stop


@pytest.mark.parametrize("suffix", [*SUFFIXES, ""])
def test_an_interrupted_write_leaves_nothing(draw, tmp_path, interrupt, suffix):
    source, stack = draw()
    interrupt(suffix)
    with pytest.raises(Interrupted):
        write_stack(stack, source, tmp_path / f"a.{suffix}".rstrip("."), "drawing")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [*SUFFIXES, ""])
def test_an_interrupted_write_keeps_what_was_there(draw, tmp_path, interrupt, suffix):
    source, stack = draw()
    path = tmp_path / f"a.{suffix}".rstrip(".")
    write_stack(stack, source, path, "drawing")
    before = contents(tmp_path)
    interrupt(suffix)
    with pytest.raises(Interrupted):
        write_stack(stack, source, path, "another")
    assert contents(tmp_path) == before


def test_other_files_of_a_folder_stay(draw, tmp_path):
    source, stack = draw()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/notes.txt").write_text("mine")
    for _ in range(2):
        write_stack(stack, source, tmp_path / "out", "drawing")
    assert len(contents(tmp_path)) == 7
    assert (tmp_path / "out/notes.txt").read_text() == "mine"


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_place_that_cannot_be_written_is_said(draw, tmp_path, suffix):
    source, stack = draw()
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CannotWrite, match="choose another place"):
        write_stack(stack, source, tmp_path / "file" / f"a.{suffix}", "drawing")
    with pytest.raises(CannotWrite, match="choose another place"):
        write_stack(stack, source, tmp_path / "file" / "folder", "drawing")


def test_files_get_the_permissions_of_the_user(draw, tmp_path):
    source, stack = draw()
    write_stack(stack, source, tmp_path / "a.ora", "drawing")
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "a.ora").stat().st_mode & 0o777 == 0o666 & ~mask
