"""Layers of ours come back as they were written, from every format."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import Group
from psd_tools.constants import BlendMode as PsdMode

from engine import BlendMode, LayerRole, LayerStack, Reconstruction, UnsupportedImage, composite
from engine.files import Picture, read_stack, write_stack
from tests.engine.editing.pictures import drawn_stack


def written(stack: LayerStack, place: Path) -> Path:
    write_stack(stack, Picture(composite(stack), dpi=300), place, "girl")
    return place


@pytest.mark.parametrize("composition", ["production", "glow"])
@pytest.mark.parametrize("name", ["girl", "girl.psd", "girl.kra", "girl.ora"])
@pytest.mark.parametrize("depth", [8, 16])
def test_layers_come_back(composition: str, name: str, depth: int, tmp_path: Path) -> None:
    if depth == 16 and name.endswith(".ora"):
        depth = 8  # an ORA has no more
    stack = drawn_stack(composition, depth, size=64)
    again, picture = read_stack(written(stack, tmp_path / name))
    assert again.composition == composition
    assert again.reconstruction == Reconstruction(99, 0)
    for ours, theirs in zip(stack, again, strict=True):
        assert theirs.blend_mode is ours.blend_mode
        assert theirs.rgba.dtype == ours.rgba.dtype
        assert np.array_equal(theirs.rgba, ours.rgba)
    assert np.array_equal(picture.rgba, composite(stack))


def test_a_folder_remembers_who_found_them_and_what_was_edited(tmp_path: Path) -> None:
    stack = replace(drawn_stack(size=32), edits=("line-width 1",))
    again, _ = read_stack(written(stack, tmp_path / "girl"))
    assert (again.engine, again.edits) == ("drawn", ("line-width 1",))


def test_an_opacity_goes_into_the_alpha(tmp_path: Path) -> None:
    folder = written(drawn_stack(size=32), tmp_path / "girl")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["layers"][3]["opacity"] = 0.5
    (folder / "manifest.json").write_text(json.dumps(manifest))
    again, _ = read_stack(folder)
    whole = drawn_stack(size=32)[LayerRole.LINE_ART].rgba[..., 3]
    assert np.abs(again[LayerRole.LINE_ART].rgba[..., 3] - whole / 2).max() <= 0.5


def test_roles_that_are_missing_are_empty(tmp_path: Path) -> None:
    file = written(drawn_stack(size=32), tmp_path / "girl.psd")
    psd = PSDImage.open(file)
    next(layer for layer in psd.descendants() if layer.name == "Highlight").delete_layer()
    psd.save(file)
    again, _ = read_stack(file)
    assert not again[LayerRole.HIGHLIGHT].rgba.any()
    assert again[LayerRole.HIGHLIGHT].blend_mode is BlendMode.LIGHTEN
    assert again.composition == "production"


def rewritten(file: Path, **changes: object) -> Path:
    psd = PSDImage.open(file)
    shadow = next(layer for layer in psd.descendants() if layer.name == "Shadow")
    for name, value in changes.items():
        setattr(shadow, name, value)
    psd.save(file)
    return file


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"visible": False}, "The layer Shadow is hidden, masked or clipped"),
        ({"clipping": True}, "The layer Shadow is hidden, masked or clipped"),
        (
            {"blend_mode": PsdMode.OVERLAY},
            "The layer Shadow blends by overlay; choose one of normal",
        ),
        ({"name": "影"}, "There is no layer called Shadow, but 影 beside the others"),
    ],
)
def test_what_cannot_be_edited_is_told(
    changes: dict[str, object], sentence: str, tmp_path: Path
) -> None:
    file = rewritten(written(drawn_stack(size=32), tmp_path / "girl.psd"), **changes)
    with pytest.raises(UnsupportedImage, match=sentence):
        read_stack(file)


def test_a_layer_of_another_name_may_be_hidden(tmp_path: Path) -> None:
    file = rewritten(written(drawn_stack(size=32), tmp_path / "girl.psd"), name="影", visible=False)
    again, _ = read_stack(file)
    assert not again[LayerRole.SHADOW].rgba.any()


def with_others(file: Path, *, inside: str, below: str) -> Path:
    """The same file with a layer more in the group, and one below it."""
    psd = PSDImage.open(file)
    group = next(node for node in psd if isinstance(node, Group))
    group.append(psd.create_pixel_layer(Image.new("RGBA", psd.size, "red"), name=inside))
    psd.insert(0, psd.create_pixel_layer(Image.new("RGBA", psd.size, "blue"), name=below))
    psd.save(file)
    return file


def test_other_layers_are_named(tmp_path: Path) -> None:
    stack = drawn_stack(size=32)
    file = with_others(written(stack, tmp_path / "girl.psd"), inside="Blush", below="Paper")
    again, picture = read_stack(file)
    assert np.array_equal(picture.rgba, composite(stack))
    assert np.array_equal(composite(again), composite(stack))
    (note,) = picture.notes
    assert note.startswith("Other layers of the file are left out: Blush, Paper; copy them")


@pytest.mark.parametrize("name", ["girl.psd", "girl.kra", "girl.ora", "girl"])
def test_of_our_own_files_nothing_is_left_out(name: str, tmp_path: Path) -> None:
    _, picture = read_stack(written(drawn_stack(size=32), tmp_path / name))
    assert picture.notes == ()


def test_what_lies_beside_the_canvas_is_named(tmp_path: Path) -> None:
    file = written(drawn_stack(size=32), tmp_path / "girl.ora")
    moved = {b'"Flat Color"': b'"Flat Color" y="-20"', b'"Line Art"': b'"Line Art" x="40"'}
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(tmp_path / "moved.ora", "w") as out:
        for name in whole.namelist():
            content = whole.read(name)
            for before, after in moved.items():
                content = content.replace(before, after)
            out.writestr(name, content)
    again, picture = read_stack(tmp_path / "moved.ora")
    (note,) = picture.notes
    assert note.startswith("What lies beside the canvas is left out, of Flat Color, Line Art;")
    assert not again[LayerRole.LINE_ART].rgba.any()


def test_a_picture_that_a_folder_lacks_is_named(tmp_path: Path) -> None:
    folder = written(drawn_stack(size=32), tmp_path / "girl")
    (folder / "shadow.png").unlink()
    with pytest.raises(UnsupportedImage, match=r"girl has no shadow\.png; put it back"):
        read_stack(folder)


def test_what_is_changed_in_reading_a_folder_is_told(tmp_path: Path) -> None:
    folder = written(drawn_stack(size=32), tmp_path / "girl")
    Image.new("CMYK", (32, 32)).save(folder / "highlight.png", "TIFF")
    (note,) = read_stack(folder)[1].notes
    assert note.startswith("highlight.png: CMYK without a profile was converted")


def test_many_other_layers_are_counted(tmp_path: Path) -> None:
    file = written(drawn_stack(size=32), tmp_path / "girl.psd")
    for number in range(4):
        with_others(file, inside=f"in {number}", below=f"under {number}")
    _, picture = read_stack(file)
    assert "in 3, in 2, in 1, in 0, under 0 and 3 more" in picture.notes[0]


@pytest.mark.parametrize("changes", [{"opacity": 128}, {"blend_mode": PsdMode.MULTIPLY}])
def test_a_group_that_changes_its_layers_is_told(
    changes: dict[str, object], tmp_path: Path
) -> None:
    file = written(drawn_stack(size=32), tmp_path / "girl.psd")
    psd = PSDImage.open(file)
    for name, value in changes.items():
        setattr(next(iter(psd)), name, value)
    psd.save(file)
    with pytest.raises(UnsupportedImage, match="The group Layers: girl around the layers is mask"):
        read_stack(file)


def test_visible_layers_come_before_hidden_ones(tmp_path: Path) -> None:
    """Of two results the visible one is meant; where there is only a hidden one, that."""
    file = written(drawn_stack(size=32), tmp_path / "girl.psd")
    psd = PSDImage.open(file)
    next(iter(psd)).visible = False
    psd.save(file)
    assert np.array_equal(read_stack(file)[1].rgba, composite(drawn_stack(size=32)))
    flat = Image.new("RGBA", psd.size, (1, 2, 3))
    own = psd.create_group([psd.create_pixel_layer(flat, name="Flat Color")], name="again")
    psd.insert(0, own)
    psd.save(file)
    _, picture = read_stack(file)
    assert (picture.rgba == (1, 2, 3, 255)).all()
    assert "Layers: girl" in picture.notes[0]


def test_a_file_without_our_layers_is_told(tmp_path: Path) -> None:
    file = tmp_path / "art.psd"
    PSDImage.new("RGB", (8, 8)).save(file)
    with pytest.raises(UnsupportedImage, match=r"art\.psd has no layers called Flat Color, Shadow"):
        read_stack(file)
    with pytest.raises(UnsupportedImage, match=r"has no manifest\.json"):
        read_stack(tmp_path)
