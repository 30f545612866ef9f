"""Documents painted layer by layer: as psd-tools paints them, and so that four layers restack."""

import cv2
import numpy as np
import pytest

from engine.compositing import premultiply, to_planes
from engine.dataset.formulas import BLENDS
from engine.dataset.labelling import label
from engine.dataset.painting import Box, Painting
from engine.dataset.parts import restacked
from engine.dataset.roles import read_roles
from engine.dataset.stacking import Stacking
from engine.files import read_picture
from engine.files.layered import open_layers
from engine.layers import LayerRole
from tests.engine.files.documents import Folder, Leaf, as_psd, write_document

HEIGHT, WIDTH = 40, 50
CANVAS = Box(0, 0, HEIGHT, WIDTH)
NAMES = ("line", "base", "shadow", "highlight")
MODES = ("multiply", "screen", "linear-dodge", "overlay", "hard-light", "color-dodge", "color-burn")
MODES += ("linear-burn", "lighten", "darken", "difference", "exclusion", "subtract", "linear-light")


def paint(nodes, labels):
    painting = Painting(CANVAS)
    Stacking(labels, lambda: None).paint(nodes, painting)
    return painting


def painted(path):
    """The document as it looks, and in four layers."""
    with open_layers(path) as document:
        labels = label(document, read_roles())
        return paint(document.nodes, None), paint(document.nodes, labels), labels


def soft(rng, height=HEIGHT, width=WIDTH):
    """A smooth colourful cloud."""
    noise = cv2.resize(rng.random((4, 5, 4)).astype(np.float32), (width, height))
    noise[..., 3] = np.clip((noise[..., 3] - 0.5) * 3 + 0.5, 0, 1)
    return np.rint(noise * 255).astype(np.uint8)


def plain(colour, alpha=255):
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[:] = (*colour, alpha)
    return rgba


def random_nodes(rng, depth=0):
    """Groups in groups, of layers in any mode, with masks, opacities and hidden ones."""
    nodes = []
    for _ in range(5):
        opacity = float(rng.choice([1, 1, 1, 0.4]))
        mask = soft(rng)[..., 3] if rng.random() < 0.2 else None
        if depth < 2 and rng.random() < 0.3:
            mode = str(rng.choice(["pass-through", "normal"]))
            children = tuple(random_nodes(rng, depth + 1))
            nodes.append(Folder("g", children, mode, opacity, mask=mask))
            continue
        height, width = rng.integers(10, HEIGHT), rng.integers(10, WIDTH)
        nodes.append(
            Leaf(
                str(rng.choice(NAMES)),
                soft(rng, int(height), int(width)),
                str(rng.choice(["normal", *MODES])),
                opacity,
                visible=bool(rng.random() < 0.9),
                mask=mask,
                top=int(rng.integers(-5, HEIGHT - 5)),
                left=int(rng.integers(-5, WIDTH - 5)),
            )
        )
    return nodes


@pytest.mark.parametrize("seed", range(6))
def test_any_document_looks_as_in_another_program_and_restacks(tmp_path, seed):
    nodes = random_nodes(np.random.default_rng(seed))
    psd = as_psd(nodes, WIDTH, HEIGHT)
    psd.save(tmp_path / "a.psd")
    theirs = to_planes(np.asarray(psd.composite(force=True).convert("RGBA")))
    whole, layered, labels = painted(tmp_path / "a.psd")
    assert labels.unknown == labels.blend_modes == []
    assert np.abs(whole.look - premultiply(theirs)).max() < 2.2 / 255  # it rounds, and truncates
    assert np.abs(layered.look - whole.look).max() < 1e-5
    assert np.abs(restacked(layered.layers) - layered.look).max() < 1 / 255
    for layer in layered.layers.values():
        assert layer.min() > -1e-4
        assert (layer[:3] <= layer[3] + 1e-4).all()
        assert layer[3].max() < 1 + 1e-4


@pytest.mark.parametrize("mode", ["normal", *MODES])
@pytest.mark.parametrize("suffix", ["psd", "kra"])
def test_what_is_clipped_stays_on_its_base(tmp_path, mode, suffix):
    rng = np.random.default_rng(5)
    base = soft(rng)
    base[..., 3] = (base[..., 3] > 128) * np.uint8(255)
    shade = Leaf("shadow", soft(rng), mode, 0.7, clipped=True)
    part = Folder("part", (Leaf("base", base), shade), opacity=0.8)
    nodes = [Leaf("base", plain((90, 200, 120))), part]
    path = write_document(tmp_path / f"a.{suffix}", nodes, WIDTH, HEIGHT)
    whole, layered, _ = painted(path)
    assert np.abs(whole.look - premultiply(to_planes(read_picture(path).rgba))).max() < 2.2 / 255
    assert np.abs(restacked(layered.layers) - layered.look).max() < 1 / 255


def test_soft_edges_keep_what_is_clipped_to_them(tmp_path):
    """Of a half covered pixel half is the shaded base, as source-atop asks for."""
    nodes = [Leaf("base", plain((200, 100, 50), 128)), Leaf("影", plain((51, 51, 51)), "multiply")]
    path = write_document(tmp_path / "a.psd", [nodes[0], clipped(nodes[1])], WIDTH, HEIGHT)
    whole, layered, _ = painted(path)
    expected = np.array([40, 20, 10, 255]) / 255 * 128 / 255
    assert np.allclose(whole.look[:, 0, 0], expected, atol=1e-3)
    assert np.allclose(restacked(layered.layers)[:, 0, 0], expected, atol=1e-3)


def clipped(leaf):
    return Leaf(leaf.name, leaf.rgba, leaf.mode, leaf.opacity, clipped=True)


# -- what becomes of the four layers


def layers_of(tmp_path, *nodes):
    """(R, G, B, A) of 0 to 255, straight, of the middle pixel of each layer that there is."""
    path = write_document(tmp_path / "a.kra", nodes, WIDTH, HEIGHT)
    _, layered, _ = painted(path)
    found = {}
    for role, planes in layered.layers.items():
        *colour, alpha = (float(value) for value in planes[:, HEIGHT // 2, WIDTH // 2])
        straight = [round(255 * value / alpha) for value in colour] if alpha > 0 else [0, 0, 0]
        found[role] = (*straight, round(255 * alpha))
    return found


SKIN, HAIR, INK = (240, 200, 180), (100, 60, 200), (20, 10, 30)


def test_an_upper_part_covers_all_of_a_lower_one(tmp_path):
    lower = [
        Leaf("base", plain(SKIN)),
        Leaf("shadow", plain((99, 80, 70))),
        Leaf("highlight", plain((255, 255, 255))),
        Leaf("line", plain(INK)),
    ]
    found = layers_of(tmp_path, *lower, Leaf("base", plain(HAIR)))
    assert found[LayerRole.FLAT_COLOR] == (*HAIR, 255)
    assert all(found[role][3] == 0 for role in LayerRole if role is not LayerRole.FLAT_COLOR)


def test_flats_and_shade_go_on_under_lines(tmp_path):
    shade = Leaf("shadow", plain((128, 128, 128)), "multiply")
    found = layers_of(tmp_path, Leaf("base", plain(SKIN)), shade, Leaf("line", plain(INK)))
    assert found[LayerRole.FLAT_COLOR] == (*SKIN, 255)
    assert found[LayerRole.SHADOW] == (120, 100, 90, 255)
    assert found[LayerRole.LINE_ART] == (*INK, 255)


def test_shade_that_is_multiplied_over_lines_tints_them_and_goes_on_below(tmp_path):
    shade = Leaf("shadow", plain((128, 128, 128)), "multiply")
    found = layers_of(tmp_path, Leaf("base", plain(SKIN)), Leaf("line", plain(INK)), shade)
    assert found[LayerRole.SHADOW] == (120, 100, 90, 255)
    assert found[LayerRole.LINE_ART] == (10, 5, 15, 255)


def test_a_film_over_lines_tints_them(tmp_path):
    film = Leaf("shadow", plain((0, 0, 100)), opacity=0.5)
    found = layers_of(tmp_path, Leaf("base", plain(SKIN)), Leaf("line", plain(INK)), film)
    assert found[LayerRole.SHADOW] == (0, 0, 100, 128)
    assert found[LayerRole.LINE_ART] == (10, 5, 65, 255)


def test_a_glint_over_lines_covers_them(tmp_path):
    glint = Leaf("highlight", plain((255, 255, 255)))
    found = layers_of(tmp_path, Leaf("base", plain(SKIN)), Leaf("line", plain(INK)), glint)
    assert found[LayerRole.HIGHLIGHT] == (255, 255, 255, 255)
    assert found[LayerRole.LINE_ART][3] == 0


def test_normal_form_has_the_shaded_color_and_the_shades_coverage(tmp_path):
    shade = Leaf("shadow", plain((51, 102, 204), alpha=153), "multiply")
    found = layers_of(tmp_path, Leaf("base", plain((200, 200, 200))), shade)
    assert found[LayerRole.SHADOW] == (40, 80, 160, 153)


@pytest.mark.parametrize(
    ("mode", "colour"), [("multiply", 255), ("screen", 0), ("linear-dodge", 0)]
)
def test_a_mode_that_changes_nothing_covers_nothing(tmp_path, mode, colour):
    name = "shadow" if mode == "multiply" else "highlight"
    idle = Leaf(name, plain((colour, colour, colour)), mode)
    found = layers_of(tmp_path, Leaf("base", plain(SKIN)), idle)
    assert found[LayerRole(name)][3] == 0


def test_a_group_in_a_mode_of_its_own_is_one_layer(tmp_path):
    inside = (Leaf("a", plain((255, 255, 255))), Leaf("b", plain((51, 51, 51), alpha=128)))
    group = Folder("影", inside, "multiply")
    found = layers_of(tmp_path, Leaf("base", plain((200, 200, 200))), group)
    assert found[LayerRole.SHADOW] == (120, 120, 120, 255)


def test_paint_clipped_to_lines_colours_them(tmp_path):
    lines = Folder("x", (Leaf("line", plain(INK)), clipped(Leaf("Layer 3", plain((200, 0, 0))))))
    path = write_document(tmp_path / "a.psd", [Leaf("base", plain(SKIN)), lines], WIDTH, HEIGHT)
    _, layered, labels = painted(path)
    assert labels.unknown == []
    assert np.allclose(layered.layers[LayerRole.LINE_ART][:, 3, 3] * 255, (200, 0, 0, 255))


def test_without_its_background_a_figure_keeps_its_shade_to_itself(tmp_path):
    figure = plain(SKIN)
    figure[:, : WIDTH // 2, 3] = 0
    nodes = [
        Leaf("背景", plain((250, 250, 250))),
        Leaf("base", figure),
        Leaf("shadow", plain((128, 128, 128)), "multiply"),
    ]
    whole, layered, labels = painted(write_document(tmp_path / "a.psd", nodes, WIDTH, HEIGHT))
    assert labels.ignored == ["背景"]
    assert (whole.look[3] == 1).all()
    assert (layered.look[3, :, : WIDTH // 2] == 0).all()
    assert (layered.layers[LayerRole.SHADOW][3] == layered.look[3]).all()


def test_lines_on_white_paper_are_lifted_off_it(tmp_path):
    """A scan in multiply: ink, a soft edge, and paper that covers everything."""
    scan = plain((255, 255, 255))
    scan[10:30, 10:20, :3] = 0
    scan[10:30, 20:21, :3] = 128
    nodes = [Leaf("base", plain(SKIN)), Leaf("line", scan, "multiply")]
    whole, layered, _ = painted(write_document(tmp_path / "a.psd", nodes, WIDTH, HEIGHT))
    line = layered.layers[LayerRole.LINE_ART]
    assert (line[3, 10:30, 10:20] == 1).all()
    assert np.allclose(line[3, 10:30, 20], 127 / 255, atol=0.003)
    assert line[3].sum() == pytest.approx(200 + 20 * 127 / 255, abs=0.1)
    assert np.abs(layered.look - whole.look).max() < 1 / 255


def test_what_nobody_can_tell_is_named(tmp_path):
    nodes = [
        Leaf("base", plain(SKIN)),
        Folder("face", (Leaf("Layer 3", plain(SKIN)), Leaf("empty", plain(SKIN, alpha=0)))),
        Leaf("hidden", plain(SKIN), visible=False),
        Leaf("shadow", plain(SKIN), "hue"),
    ]
    with open_layers(write_document(tmp_path / "a.psd", nodes, WIDTH, HEIGHT)) as document:
        labels = label(document, read_roles())
    assert labels.unknown == ["face/Layer 3"]
    assert labels.blend_modes == ["shadow (hue)"]
    assert labels.painting == 3


# -- formulas


@pytest.mark.parametrize(
    ("mode", "cb", "cs", "expected"),
    [
        ("overlay", 0.25, 0.5, 0.25),
        ("overlay", 0.75, 0.25, 0.625),
        ("hard-light", 0.5, 0.75, 0.75),
        ("soft-light", 0.16, 0.75, 0.16 + 0.5 * (((16 * 0.16 - 12) * 0.16 + 4) * 0.16 - 0.16)),
        ("soft-light", 0.64, 0.75, 0.72),
        ("photoshop-soft-light", 0.16, 0.75, 0.28),
        ("soft-light", 0.5, 0.25, 0.375),
        ("color-dodge", 0.25, 0.5, 0.5),
        ("color-dodge", 0.5, 1.0, 1.0),
        ("color-dodge", 0.0, 1.0, 0.0),
        ("color-burn", 0.75, 0.5, 0.5),
        ("color-burn", 1.0, 0.0, 1.0),
        ("color-burn", 0.5, 0.0, 0.0),
        ("linear-burn", 0.75, 0.5, 0.25),
        ("linear-light", 0.5, 0.75, 1.0),
        ("subtract", 0.75, 0.5, 0.25),
        ("difference", 0.25, 0.75, 0.5),
        ("exclusion", 0.5, 0.5, 0.5),
    ],
)
def test_blend_formulas_by_hand(mode, cb, cs, expected):
    backdrop, source = (np.full((3, 1), value, np.float32) for value in (cb, cs))
    assert BLENDS[mode](backdrop, source) == pytest.approx(expected, abs=1e-6)
