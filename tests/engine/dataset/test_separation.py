"""Whole documents to samples: a studio's, with the layers known, and those that make none."""

import io
import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from engine.compositing import difference, premultiply, to_planes
from engine.dataset import Fit, Separation, read_roles
from engine.dataset import separation as separation_module
from engine.dataset.sample import restack
from engine.dataset.separation import LeftOut
from engine.files import read_picture
from engine.layers import COMPOSITIONS, LayerRole, Proposal
from engine.reconcile import reconcile
from tests.engine.dataset.studio import HEIGHT, WIDTH, studio_document, true_layers
from tests.engine.files.documents import Folder, Leaf, png, write_document

ROLES = read_roles()


def separated(path, width=WIDTH, height=HEIGHT):
    return Separation(ROLES, Fit(width, height)).separate(path, lambda stage, fraction: None)


def apart(layer, truth):
    """Mean difference of premultiplied planes, in 1/255."""
    off = premultiply(to_planes(layer)) - premultiply(to_planes(truth))
    return float(np.abs(off).max(axis=0).mean() * 255)


@pytest.fixture(scope="module")
def document():
    return studio_document()


@pytest.mark.parametrize("suffix", ["psd", "kra"])
def test_a_studios_parts_become_the_four_layers_they_were_drawn_from(tmp_path, document, suffix):
    path = write_document(tmp_path / f"a.{suffix}", document, WIDTH, HEIGHT)
    made = separated(path)
    assert made.likeness.psnr_db > 55
    assert difference(restack(made.sample.layers), made.sample.composite).max() == 0
    assert difference(read_picture(path).rgba, made.sample.composite).max() < 9 / 255
    truth = true_layers()
    for role in LayerRole:
        assert apart(made.sample.layers[role], truth[role]) < 1, role
    # Only where a shadow lies on a soft edge is the flat below it hidden.
    line, true_line = made.sample.layers[LayerRole.LINE_ART], truth[LayerRole.LINE_ART]
    assert np.abs(line[..., 3].astype(int) - true_line[..., 3]).max() <= 10


def test_strips_change_nothing(tmp_path, document, monkeypatch):
    path = write_document(tmp_path / "a.psd", document, WIDTH, HEIGHT)
    at_once = separated(path, 60, 90)
    monkeypatch.setattr(separation_module, "STRIP_PIXELS", 30 * WIDTH)
    by_strips = separated(path, 60, 90)
    assert by_strips.likeness.largest == pytest.approx(at_once.likeness.largest, abs=1e-4)
    for role in LayerRole:
        one, other = at_once.sample.layers[role], by_strips.sample.layers[role]
        assert np.abs(one.astype(int) - other.astype(int)).max() <= 1


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_normal_shadows_turn_back_into_multiplied_ones(tmp_path, document, composition):
    path = write_document(tmp_path / "a.psd", document, WIDTH, HEIGHT)
    sample = separated(path).sample
    proposal = Proposal(**{role.value: layer.copy() for role, layer in sample.layers.items()})
    stack = reconcile(proposal, sample.composite, composition, "dataset")
    assert stack.reconstruction.max_error <= 2
    shadow = stack[LayerRole.SHADOW]
    assert shadow.blend_mode is COMPOSITIONS[composition][LayerRole.SHADOW]
    if composition == "production":
        # Where a part is shaded all over, the factor is the one that it was painted with.
        solid = sample.layers[LayerRole.SHADOW][..., 3] == 255
        solid &= sample.layers[LayerRole.LINE_ART][..., 3] == 0
        solid &= sample.layers[LayerRole.HIGHLIGHT][..., 3] == 0
        flat = sample.layers[LayerRole.FLAT_COLOR][solid][:, :3] / 255
        shaded = flat * shadow.rgba[solid][:, :3] / 255 * 255
        assert np.abs(shaded - sample.layers[LayerRole.SHADOW][solid][:, :3]).max() <= 2.5


def test_a_sixteen_bit_document(tmp_path, document):
    path = write_document(tmp_path / "a.psd", document, WIDTH, HEIGHT, depth=16)
    made = separated(path)
    assert made.sample.composite.dtype == np.uint8
    assert made.likeness.psnr_db > 55


def test_a_background_is_left_out(tmp_path, document):
    wall = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    wall[..., 1] = 200
    path = write_document(tmp_path / "a.psd", [Leaf("背景", wall), *document], WIDTH, HEIGHT)
    made = separated(path)
    assert made.ignored == ("背景",)
    assert made.sample.composite[0, 0, 3] == 0
    assert apart(made.sample.layers[LayerRole.LINE_ART], true_layers()[LayerRole.LINE_ART]) < 0.8


def test_a_hidden_sketch_does_no_harm(tmp_path, document):
    sketch = Leaf("Layer 99", np.full((HEIGHT, WIDTH, 4), 99, np.uint8), visible=False)
    path = write_document(tmp_path / "a.psd", [*document, sketch], WIDTH, HEIGHT)
    assert separated(path).ignored == ()


# -- what is left out, and why


def left_out(path):
    with pytest.raises(LeftOut) as caught:
        separated(path)
    assert re.search(r"; [a-z].+\.$", str(caught.value)), "what is wrong; what to do"
    return caught.value.code, str(caught.value)


def written(tmp_path, nodes, suffix="psd"):
    return write_document(tmp_path / f"a.{suffix}", nodes, WIDTH, HEIGHT)


def plain(value, alpha=255):
    rgba = np.full((HEIGHT, WIDTH, 4), value, np.uint8)
    rgba[..., 3] = alpha
    return rgba


def test_layers_that_do_not_say_what_they_are(tmp_path, document):
    unsaid = Folder("髪", (Leaf("レイヤー 7", plain(9)),))
    code, why = left_out(written(tmp_path, [*document, unsaid]))
    assert code == "unknown_role"
    assert '"髪/レイヤー 7"' in why
    assert "--roles" in why


def test_an_empty_layer_need_not_say_what_it_is(tmp_path, document):
    unsaid = Leaf("レイヤー 7", plain(9, alpha=0))
    separated(written(tmp_path, [*document, unsaid]))


@pytest.mark.parametrize(("top", "left"), [(HEIGHT, 0), (0, WIDTH), (-HEIGHT, 0), (0, -WIDTH)])
def test_layers_beside_the_canvas_do_not_count(tmp_path, document, top, left):
    beside = [replace(Leaf(name, plain(9)), top=top, left=left) for name in ("レイヤー 7", "線画")]
    separated(written(tmp_path, [*document, *beside]))
    assert left_out(written(tmp_path, [*beside, Leaf("ベース", plain(9))]))[0] == "not_layered"
    assert left_out(written(tmp_path, [beside[1], replace(beside[1], name="ベース")]))[0] == "empty"


def test_a_group_in_an_unknown_mode_is_named_for_that(tmp_path, document):
    group = Folder("髪", document[0].children, "dissolve")
    code, why = left_out(written(tmp_path, [*document, group]))
    assert code == "blend_mode"
    assert why.startswith('A blend mode is not known: "髪 (dissolve)"; choose another')


def test_unknown_blend_modes_are_named(tmp_path, document):
    code, why = left_out(written(tmp_path, [*document, Leaf("影", plain(9), "hue")]))
    assert (code, "影 (hue)" in why) == ("blend_mode", True)


def test_a_flattened_file(tmp_path):
    assert left_out(written(tmp_path, [Leaf("ベース", plain(9))]))[0] == "not_layered"


def test_an_empty_file(tmp_path):
    assert left_out(written(tmp_path, [Leaf("ベース", plain(9, alpha=0))]))[0] == "empty"
    assert left_out(written(tmp_path, [], "kra"))[0] == "empty"


@pytest.mark.parametrize(("name", "missing"), [("線画", "Line Art"), ("ベース", "Flat Color")])
def test_a_document_without_lines_or_flats(tmp_path, document, name, missing):
    kept = [
        replace(part, children=tuple(one for one in part.children if one.name != name))
        for part in document
    ]
    kept = [
        replace(part, children=tuple(replace(c, clipped=False) for c in part.children))
        for part in kept
    ]
    code, why = left_out(written(tmp_path, kept))
    assert (code, missing in why) == ("missing_role", True)


def test_names_that_are_swapped(tmp_path):
    names = {"flat": "線画", "shadow": "影", "highlight": "ハイライト", "line": "ベース"}
    code, why = left_out(written(tmp_path, studio_document(names=names)))
    assert code == "mislabelled"
    assert "line art covers" in why


def with_a_spot(path, colour):
    """The same file with another merged picture."""
    spoiled = path.with_name("b.kra")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(spoiled, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, _spotted(data, colour) if name == "mergedimage.png" else data)
    return spoiled


def _spotted(data, colour):
    rgba = np.asarray(Image.open(io.BytesIO(data))).copy()
    rgba[70:80, 50:60] = colour
    return png(rgba)


def test_layers_that_do_not_make_the_merged_picture(tmp_path, document):
    code, why = left_out(with_a_spot(written(tmp_path, document, "kra"), (255, 0, 255, 255)))
    assert code == "differs"
    assert "dB" in why


def test_what_is_wrong_with_a_small_figure_counts_as_much(tmp_path, document):
    path = write_document(tmp_path / "a.kra", document, 8 * WIDTH, 8 * HEIGHT)
    assert separated(path).likeness.psnr_db == pytest.approx(
        separated(written(tmp_path, document)).likeness.psnr_db, abs=1
    )
    assert left_out(with_a_spot(path, (90, 90, 140, 255)))[0] == "differs"
