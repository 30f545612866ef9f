"""The panel's files as a whole: the manifest's facts, no file too many or too few, the icons."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import bridge
from bridge.hosts.panel_icons import SIZES, icons
from bridge.hosts.photoshop import checked_panel, panel_contents
from bridge.hosts.uxp import named_files
from bridge.wire.address import DEFAULT_PORT

PANEL = Path(__file__).parents[2] / "uxp_panel"
MANIFEST = json.loads((PANEL / "manifest.json").read_text(encoding="utf-8"))
NARROWEST = 220
ROUNDING = 2
"""Levels by which another Pillow may draw an edge differently."""


def test_version_is_ours() -> None:
    assert MANIFEST["version"] == bridge.__version__


def test_asks_for_this_computer_and_the_clipboard_only() -> None:
    assert MANIFEST["requiredPermissions"] == {
        "network": {"domains": ["ws://localhost/", f"ws://localhost:{DEFAULT_PORT}"]},
        "clipboard": "readAndWrite",
    }


def test_runs_from_the_first_photoshop_that_has_the_imaging_api() -> None:
    assert MANIFEST["host"] == {
        "app": "PS",
        "minVersion": "24.4.0",
        "data": {"apiVersion": 2, "loadEvent": "use"},
    }


def test_is_one_panel_that_may_be_narrow() -> None:
    (entry,) = MANIFEST["entrypoints"]
    assert (entry["type"], entry["id"], entry["label"]) == (
        "panel",
        "main",
        {"default": "Layer Bridge"},
    )
    assert entry["minimumSize"]["width"] == NARROWEST


def test_no_file_is_missing_and_none_is_shipped_in_vain() -> None:
    manifest, contents = checked_panel()
    assert contents.keys() == named_files(manifest, contents)


def test_folder_holds_what_is_shipped_and_the_readme() -> None:
    files = [path for path in PANEL.rglob("*") if path.is_file() and path.name[0] != "."]
    held = {path.relative_to(PANEL).as_posix() for path in files}
    assert held - panel_contents(PANEL).keys() == {"README.md"}


def test_readme_explains_every_script() -> None:
    readme = (PANEL / "README.md").read_text(encoding="utf-8")
    scripts = {path.name for path in PANEL.glob("*.js") if not path.name.endswith("_view.js")}
    assert {name for name in scripts if f"`{name}`" not in readme} == set()


def test_icons_are_those_that_the_manifest_names() -> None:
    manifest, _ = checked_panel()
    (entry,) = manifest.entrypoints
    named = {name for icon in (*manifest.icons, *entry.icons) for name in icon.files()}
    assert named == {f"icons/{name}" for name in icons()}
    assert {icon.width for icon in manifest.icons} == {SIZES["plugin"]}
    assert {icon.width for icon in entry.icons} == {SIZES["panel"]}


@pytest.mark.parametrize(("name", "drawn"), icons().items(), ids=icons().keys())
def test_icon_is_as_drawn(name: str, drawn: Image.Image) -> None:
    with Image.open(PANEL / "icons" / name) as kept:
        scale = 2 if "@2x" in name else 1
        side = SIZES[name.partition("-")[0]] * scale
        assert (kept.mode, kept.size) == ("RGBA", (side, side))
        difference = np.abs(np.asarray(kept).astype(int) - np.asarray(drawn))
    assert difference.max() <= ROUNDING
    corners = np.asarray(drawn)[[0, 0, -1, -1], [0, -1, 0, -1], 3]
    assert corners.max() == 0
    assert np.asarray(drawn)[..., 3].max() == 255
