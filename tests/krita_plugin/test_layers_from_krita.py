"""Layered documents that a real Krita saved: read, painted, and held against what Krita shows."""

import cv2
import numpy as np
import pytest

from engine.compositing import premultiply, to_planes
from engine.dataset import Fit, Separation, read_roles
from engine.dataset.painting import Box, Painting
from engine.dataset.separation import LeftOut
from engine.dataset.stacking import Stacking
from engine.files.layered import Clipping, Group, open_layers
from engine.layers import LayerRole
from tests.engine.dataset.studio import studio_document, true_layers
from tests.engine.files.documents import Folder, Leaf, write_document
from tests.krita_plugin.krita_runner import open_in_krita

pytestmark = pytest.mark.krita

WIDTH, HEIGHT = 150, 200
MODES = ("multiply", "screen", "linear-dodge", "overlay", "hard-light", "photoshop-soft-light")
MODES += ("lighten", "darken", "linear-burn", "color-dodge", "color-burn")


def cloud(seed):
    """A smooth colourful cloud with holes."""
    noise = np.random.default_rng(seed).random((4, 5, 4)).astype(np.float32)
    pixels = cv2.resize(noise, (WIDTH, HEIGHT))
    pixels[..., 3] = np.clip((pixels[..., 3] - 0.4) * 6, 0, 1)
    return np.rint(pixels.clip(0, 1) * 255).astype(np.uint8)


def in_a_group(mode):
    """A base, what inherits its alpha in a mode, and a group of half opacity with a mask."""
    base = Leaf("base", cloud(1))
    shade = Leaf("shadow", cloud(2), mode, 0.7, clipped=True)
    light = Leaf("highlight", cloud(3), mode, mask=cloud(4)[..., 3], top=-20, left=30)
    passing = Folder("pass", (Leaf("line", cloud(5)),), "pass-through")
    faded = Folder("faded", (Leaf("base", cloud(6)),), "normal", 0.5, mask=cloud(7)[..., 3])
    hidden = Leaf("sketch", cloud(8), visible=False)
    return [Folder("part", (base, shade)), light, passing, faded, hidden]


@pytest.fixture(scope="session")
def krita(tmp_path_factory):
    """Documents in every mode and a studio's, and what one Krita made of them."""
    folder = tmp_path_factory.mktemp("layers")
    paths = [
        write_document(folder / f"{mode}.kra", in_a_group(mode), WIDTH, HEIGHT) for mode in MODES
    ]
    studio = studio_document(3, WIDTH, HEIGHT)
    paths += [
        write_document(folder / f"studio.{suffix}", studio, WIDTH, HEIGHT)
        for suffix in ("kra", "psd")
    ]
    saved = [folder / "multiply.kra", *paths[-2:]]
    return folder, open_in_krita(folder / "home", paths, save=saved)


def look(path):
    """A file's layers, painted."""
    with open_layers(path) as document:
        painting = Painting(Box(0, 0, HEIGHT, WIDTH))
        Stacking(None, lambda: None).paint(document.nodes, painting)
    return painting.look


def shown(path):
    """What Krita shows of it."""
    pixels = np.fromfile(f"{path}.pixels", np.uint8).reshape(HEIGHT, WIDTH, 4)[..., [2, 1, 0, 3]]
    return premultiply(to_planes(np.ascontiguousarray(pixels)))


@pytest.mark.parametrize("mode", MODES)
def test_painted_as_in_krita(krita, mode):
    folder, _ = krita
    path = folder / f"{mode}.kra"
    assert np.abs(look(path) - shown(path)).max() <= 3 / 255


def test_what_krita_saved_is_painted_as_in_krita(krita):
    folder, _ = krita
    path = folder / "multiply.kra"
    assert np.abs(look(folder / "multiply.kra.saved.kra") - shown(path)).max() <= 3 / 255


def told(node):
    about = (node.name, node.visible, round(node.opacity, 1), node.blend_mode, node.clipping)
    masks = len(node.masks)
    if isinstance(node, Group):
        return (*about, masks, node.pass_through, [told(child) for child in node.children])
    return (*about, masks)


def test_the_tree_that_krita_saves_is_the_one_it_opened(krita):
    folder, _ = krita
    path = folder / "multiply.kra"
    trees = []
    for one in (path, path.with_name("multiply.kra.saved.kra")):
        with open_layers(one) as document:
            assert document.notes == ()
            trees.append([told(node) for node in document.nodes])
    assert trees[0] == trees[1]
    assert Clipping.BELOW in trees[1][0][-1][1]


def separated(path):
    separation = Separation(read_roles(), Fit(WIDTH, HEIGHT))
    return separation.separate(path, lambda stage, fraction: None)


@pytest.mark.parametrize("name", ["studio.kra.saved.kra", "studio.psd.saved.kra"])
def test_a_studios_file_that_krita_saved_becomes_a_sample(krita, name):
    folder, _ = krita
    made = separated(folder / name)
    assert made.likeness.psnr_db > 45
    truth = true_layers(3, WIDTH, HEIGHT)
    for role in LayerRole:
        off = premultiply(to_planes(made.sample.layers[role])) - premultiply(to_planes(truth[role]))
        assert np.abs(off).max(axis=0).mean() * 255 < 1.5, role


def test_a_file_whose_layers_lost_something_is_left_out(krita):
    """Krita writes no clipping into a PSD, but merges its picture with it."""
    folder, _ = krita
    with pytest.raises(LeftOut) as caught:
        separated(folder / "studio.kra.saved.psd")
    assert caught.value.code == "differs"
