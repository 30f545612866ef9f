"""An artist decomposes in a real Krita: the installed plugin, a real server, both engines."""

import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine import BlendMode, Layer, LayerRole, Rgba, composite, options_of
from engine.compositing import difference
from engine.illustration import draw_character
from engine.layers import COMPOSITIONS
from tests.krita_plugin.diffusion_server import choose_tiny_weights, diffusion_server
from tests.krita_plugin.rig import KritaUser, run_in_krita

pytestmark = [pytest.mark.krita, pytest.mark.timeout(400)]

SCREENSHOTS = Path(__file__).parents[1] / "output" / "krita"
TITLES = ["Flat Color", "Shadow", "Highlight", "Line Art"]
MODES = ["normal", "multiply", "lighten", "normal"]
WHITE = (255, 255, 255)
PAPER = (230, 236, 240)
TWO_STEPS = 2 / 255 + 1e-6
TWO_DEEP_STEPS = 2 / 1023 + 1e-6

Scenes = Mapping[str, Any]


def save(path: Path, rgba: Rgba) -> str:
    assert cv2.imwrite(str(path), rgba[..., [2, 1, 0, 3]])
    return str(path)


def save_raw(path: Path, rgba: Rgba) -> str:
    """As Krita keeps pixels; its import of a 16-bit PNG would ask the artist for a profile."""
    path.write_bytes(rgba[..., [2, 1, 0, 3]].astype("<u2").tobytes())
    return str(path)


SPACES = {
    "cmyk": ("CMYKA", "U8", "Chemical proof"),
    "lab": ("LABA", "U16", "Lab identity built-in"),
    "float": ("RGBA", "F32", "sRGB-elle-V2-srgbtrc.icc"),
    "linear": ("RGBA", "F32", "sRGB-elle-V2-g10.icc"),
}
"""Krita's names of colour models, depths and profiles."""


def draw_pictures(folder: Path) -> dict[str, Any]:
    """The documents that the artist opens."""
    folder.mkdir()
    deep = draw_character(200, 240, seed=3, depth=16, background=PAPER).source
    gray = cv2.cvtColor(
        draw_character(160, 160, seed=4, background=WHITE).source, cv2.COLOR_RGBA2GRAY
    )
    cv2.imwrite(str(folder / "pencil.png"), gray)
    three = [draw_character(160 + 20 * n, 180, seed=5 + n).source for n in range(3)]
    return {
        "figure": save(folder / "figure.png", draw_character(320, 400, seed=1).source),
        "large": save(folder / "large.png", draw_character(1200, 1400, seed=2).source),
        "deep": {"path": save_raw(folder / "deep.raw", deep), "size": [200, 240]},
        "spaces": SPACES,
        "gray": str(folder / "pencil.png"),
        "three": [save(folder / f"page-{n}.png", one) for n, one in enumerate(three)],
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def played(krita_user: KritaUser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was found in each scene of one Krita's life."""
    folder = tmp_path_factory.mktemp("studio")
    port = free_port()
    krita_user.choose(address=f"127.0.0.1:{port}")
    weights = choose_tiny_weights(tmp_path_factory.mktemp("weights"))
    chosen = [f"{name}={value}" for name, value in weights.items()]
    order = {
        "folder": str(folder),
        "screenshots": str(SCREENSHOTS),
        "program": str(Path(sys.executable).with_name("layer-bridge")),
        "command": ["env", *chosen, *diffusion_server(port)],
        "pictures": draw_pictures(folder / "pictures"),
    }
    answer: dict[str, Any] = run_in_krita(krita_user, "decompose", order, seconds=270)
    return answer


@pytest.fixture
def found(played: dict[str, Any], request: pytest.FixtureRequest) -> Any:
    """The finding of the scene that a test is named after."""
    scene = request.node.originalname.removeprefix("test_").partition("__")[0]
    assert played["faults"].get(scene) is None, played["faults"][scene]
    return played["found"][scene]


def pixels(dump: Mapping[str, Any]) -> Rgba:
    """What a scene wrote, as R G B A."""
    model, depth, _ = dump["space"]
    width, height = dump["size"]
    kind = {"U8": "u1", "U16": "<u2"}[depth]
    if model == "GRAYA":
        raw = np.fromfile(dump["path"], kind).reshape(height, width, 2)
        return raw[..., [0, 0, 0, 1]]
    return np.fromfile(dump["path"], kind).reshape(height, width, 4)[..., [2, 1, 0, 3]]


def apart(dump: Mapping[str, Any], other: Mapping[str, Any]) -> Any:
    """(H, W): how far two dumps are apart, in [0, 1]."""
    return difference(pixels(dump), pixels(other))


def assert_decomposed(nodes: list[dict[str, Any]], title: str, modes: list[str] = MODES) -> None:
    """The topmost node is a group of ours."""
    group = nodes[-1]
    assert (group["name"], group["type"]) == (f"Layers: {title}", "grouplayer")
    assert (group["mode"], group["opacity"], group["visible"]) == ("normal", 255, True)
    layers = group["children"]
    assert [layer["name"] for layer in layers] == TITLES
    assert [layer["mode"] for layer in layers] == modes
    assert all(layer["opacity"] == 255 and layer["visible"] for layer in layers)


# ---- one document


def test_one_document__has_the_four_layers(found: Any) -> None:
    assert found["error"] == ""
    assert "dB" in found["summary"]
    assert_decomposed(found["tree_after"], "figure")


def test_one_document__looks_as_before(found: Any) -> None:
    opaque = pixels(found["before"])[..., 3] == 255
    assert opaque.mean() > 0.3
    assert apart(found["before"], found["after"])[opaque].max() <= TWO_STEPS


def test_one_document__restacks_from_the_group_alone(found: Any) -> None:
    assert apart(found["before"], found["alone"]).max() <= TWO_STEPS


def test_one_document__keeps_what_was_the_artists(found: Any) -> None:
    assert found["tree_after"][:-1] == found["tree_before"]
    assert found["active_after"] == found["active_before"]


def test_one_document__is_undone_in_one_step(found: Any) -> None:
    assert found["tree_undone"] == found["tree_before"]
    assert found["undo_undone"] == found["undo_before"]
    assert np.array_equal(pixels(found["undone"]), pixels(found["before"]))
    assert np.array_equal(pixels(found["redone"]), pixels(found["after"]))


def test_one_document__is_an_action_of_the_action_file(found: Any, krita_user: KritaUser) -> None:
    assert found["whats_this"].startswith("Decompose the active picture")
    assert "Duplicated action name" not in krita_user.log.read_text(errors="replace")


def test_one_document__survives_saving(found: Any) -> None:
    assert found["tree_reloaded"] == found["tree_after"]
    assert np.array_equal(pixels(found["reloaded"]), pixels(found["after"]))


def test_originals_hidden(found: Any) -> None:
    assert apart(found["before"], found["after"]).max() <= TWO_STEPS
    assert_decomposed(found["tree"], "figure")
    assert [node["visible"] for node in found["tree"]] == [False, True]
    assert [node["visible"] for node in found["undone"]] == [False]
    assert "Undo does not show them again" in found["notice"]


# ---- compositions


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_compositions__restack(found: Any, name: str) -> None:
    modes = [mode.replace("-", "_") for mode in COMPOSITIONS[name].values()]
    assert found[name]["modes"] == modes
    assert apart(found["before"], found[name]["alone"]).max() <= TWO_STEPS


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_compositions__blend_as_ours_do(found: Any, name: str) -> None:
    """Krita's own blending against the formulas that the layers were reconciled with."""
    parts = zip(LayerRole, COMPOSITIONS[name].values(), found[name]["layers"], strict=True)
    layers = [Layer(role, BlendMode(mode), pixels(dump)) for role, mode, dump in parts]
    assert difference(composite(layers), pixels(found[name]["alone"])).max() <= TWO_STEPS


# ---- several documents, cancelling, a lost server


def test_all_open_documents(found: Any) -> None:
    for number, nodes in enumerate(found["trees"]):
        assert len(nodes) == 2
        assert_decomposed(nodes, f"page-{number}")
    for before, after in zip(found["before"], found["after"], strict=True):
        opaque = pixels(before)[..., 3] == 255
        assert apart(before, after)[opaque].max() <= TWO_STEPS
    assert found["active"][0] == found["active"][1]
    assert "3" in found["summary"]


def test_cancelled(found: Any) -> None:
    assert found["seconds"] < 1
    assert len(found["tree"]) == 1
    assert found["undo"][0] == found["undo"][1]
    assert found["error"] == ""
    assert_decomposed(found["tree_later"], "figure")


def test_server_killed(found: Any) -> None:
    assert "“large” was not finished; decompose it again." in found["error"]
    assert len(found["tree"]) == 1
    assert_decomposed(found["tree_later"], "figure")


def test_painted_meanwhile(found: Any) -> None:
    assert (found["reading"], found["placing"]) == ("READING", "PLACING")
    assert found["nodes_meanwhile"] == 1
    assert found["error"] == ""
    assert_decomposed(found["tree"], "figure")


def test_closed_meanwhile(found: Any) -> None:
    assert found["is_idle"]
    assert found["error"].startswith("“large” was closed, so it is not decomposed;")


# ---- other kinds of documents


def test_sixteen_bits(found: Any) -> None:
    assert found["before"]["space"][:2] == found["after"]["space"][:2] == ["RGBA", "U16"]
    assert_decomposed(found["tree"], "deep")
    assert apart(found["before"], found["after"]).max() <= TWO_DEEP_STEPS
    assert apart(found["before"], found["alone"]).max() <= TWO_DEEP_STEPS


def test_grayscale(found: Any) -> None:
    assert len(found["tree"]) == 1
    assert np.array_equal(pixels(found["before"]), pixels(found["after"]))
    assert_decomposed(found["opened_tree"], "pencil")
    assert len(found["opened_tree"]) == 1
    assert found["opened"]["space"][:2] == ["RGBA", "U8"]
    assert apart(found["before"], found["opened"]).max() <= TWO_STEPS
    assert "not an RGB document" in found["notice"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("cmyk", "not an RGB document"), ("lab", "not an RGB document"), ("linear", "linear light")],
)
def test_color_models__open_a_new_document(found: Any, name: str, why: str) -> None:
    assert found[name]["is_new"]
    assert why in found[name]["notice"]
    assert found[name]["depth"] == ("U8" if SPACES[name][1] == "U8" else "U16")
    assert_decomposed(found[name]["tree"], "figure")
    assert apart(found[name]["before"], found[name]["alone"]).max() <= TWO_STEPS


def test_color_models__stay_in_an_rgb_document_of_floats(found: Any) -> None:
    assert not found["float"]["is_new"]
    assert found["float"]["notice"].startswith("What is brighter than white")
    assert_decomposed(found["float"]["tree"], "figure")
    assert apart(found["float"]["before"], found["float"]["alone"]).max() <= TWO_STEPS


def test_options(found: Any) -> None:
    offered = options_of("builtin")
    defaults = {option.name: option.default for option in offered}
    chosen = {"line_thickness": 12, "tones": "one", "hard_edges": True}
    assert found["folded"]
    assert found["titles"] == [option.title for option in offered]
    assert found["asked"] == {**defaults, **chosen}
    assert found["error"] == ""
    assert_decomposed(found["tree"], "figure")
    assert found["after_reset"] == defaults


# ---- the diffusion engine


def test_diffusion__has_the_four_layers(found: Any) -> None:
    assert found["error"] == ""
    assert {"loading", "step", "decoding"} <= set(found["stages"])
    assert_decomposed(found["tree"], "figure")
    assert found["tree"][:-1] == found["tree_before"]


def test_diffusion__restacks(found: Any) -> None:
    opaque = pixels(found["before"])[..., 3] == 255
    assert apart(found["before"], found["after"])[opaque].max() <= TWO_STEPS
    assert apart(found["before"], found["alone"]).max() <= TWO_STEPS


def test_diffusion__is_undone_in_one_step(found: Any) -> None:
    assert found["tree_undone"] == found["tree_before"]
    assert found["undo_undone"] == found["undo_before"]
    assert np.array_equal(pixels(found["undone"]), pixels(found["before"]))


# ---- scopes, replacing, isolation, windows


def test_layer_and_selection(found: Any) -> None:
    width, height = found["size"]
    opaque = pixels(found["before"])[..., 3] == 255
    assert apart(found["layer"], found["before"])[opaque].max() <= TWO_STEPS
    inside = np.zeros((height, width), bool)
    inside[height // 4 : height // 4 + height // 2, width // 4 : width // 4 + width // 2] = True
    assert apart(found["selection"], found["before"])[inside].max() <= TWO_STEPS
    assert not pixels(found["selection"])[~inside].any()
    layers = [node for node in found["replaced"] if node["type"] == "grouplayer"]
    assert len(layers) == 1
    assert_decomposed(layers, "figure", ["normal", "multiply", "linear_dodge", "normal"])
    assert [node["type"] for node in found["undone"]] == ["paintlayer", "selectionmask"]


def test_put_in_again(found: Any) -> None:
    assert_decomposed(found["tree"], "figure")
    assert np.array_equal(pixels(found["first"]), pixels(found["again"]))


def test_isolated(found: Any) -> None:
    assert found["isolated"]
    assert apart(found["before"], found["alone"]).max() <= TWO_STEPS


def test_nothing_to_see(found: Any) -> None:
    assert found["error"] == "“figure” shows nothing; paint something or make a layer visible."
    assert len(found["tree"]) == 1


def test_started_from_the_docker(found: Any) -> None:
    assert found["error"] == ""
    assert not [text for text in found["said_after_stop"] if "Starting" in text]
    assert_decomposed(found["tree"], "figure")


def test_second_window(found: Any) -> None:
    assert (found["windows"], found["dockers"]) == (2, 2)
    assert found["error"] == ""
    assert_decomposed(found["tree"], "figure")
