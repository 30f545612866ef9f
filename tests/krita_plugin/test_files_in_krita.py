"""The files that are written, opened in a real Krita; and what Krita saves, read back."""

from itertools import product

import numpy as np
import pytest

from engine.compositing import difference
from engine.files import read_picture, write_stack
from engine.layers import COMPOSITIONS
from tests.engine.files import icc
from tests.engine.files.conftest import draw_disc
from tests.krita_plugin.krita_runner import open_in_krita

pytestmark = pytest.mark.krita

FORMATS = ("psd", "kra", "ora")
CASES = [*product(FORMATS, (8, 16), COMPOSITIONS)]
DEPTHS = {"U8": np.dtype("u1"), "U16": np.dtype("<u2")}
KEEPERS = ("psd", "kra")
"""The formats of which Krita keeps the profile."""
RESAVED = [("kra", 8, "production"), ("kra", 16, "production")]
cases = pytest.mark.parametrize(("format", "depth", "composition"), CASES)


def written(folder, format, depth, composition):
    return folder / f"{format}-{depth}-{composition}.{format}"


@pytest.fixture(scope="session")
def krita(tmp_path_factory):
    """A folder with every case, and what one Krita made of them."""
    folder = tmp_path_factory.mktemp("files")
    for case in CASES:
        source, stack = draw_disc(*case[1:], dpi=150.0)
        write_stack(stack, source, written(folder, *case), "Ümlaut <日本>")
    paths = [written(folder, *case) for case in CASES]
    for format in KEEPERS:
        source, stack = draw_disc(icc_profile=icc.rgb(gamma=2.2))
        paths.append(folder / f"profile.{format}")
        write_stack(stack, source, paths[-1], "profile")
    save = [written(folder, *case) for case in RESAVED]
    return folder, open_in_krita(folder / "home", paths, save)


@cases
def test_layers_are_named_ordered_grouped_and_blended(krita, format, depth, composition):
    folder, answers = krita
    answer = answers[str(written(folder, format, depth, composition))]
    (group,) = answer["nodes"]
    assert (group["name"], group["type"], group["mode"]) == (
        "Layers: Ümlaut <日本>",
        "grouplayer",
        "normal",
    )
    assert group["isolated"]
    layers = group["children"]
    assert [layer["name"] for layer in layers] == ["Flat Color", "Shadow", "Highlight", "Line Art"]
    # Krita knows OpenRaster's plus as its own "add", which computes the same.
    dodge = "add" if format == "ora" else "linear_dodge"
    modes = [mode.replace("linear-dodge", dodge) for mode in COMPOSITIONS[composition].values()]
    assert [layer["mode"] for layer in layers] == modes
    assert all(layer["opacity"] == 255 and layer["visible"] for layer in [group, *layers])


@cases
def test_the_document_is_the_sources(krita, format, depth, composition):
    folder, answers = krita
    answer = answers[str(written(folder, format, depth, composition))]
    assert (answer["size"], answer["model"], answer["dpi"]) == ([140, 100], "RGBA", 150)
    # Krita opens every OpenRaster file as 8 bits in its own sRGB, whatever its layers are.
    own = ("U8", "sRGB-elle-V2-srgbtrc.icc") if format == "ora" else (f"U{depth}", "sRGB built-in")
    assert (answer["depth"], answer["profile"]) == own


@cases
def test_krita_shows_the_source(krita, format, depth, composition):
    folder, answers = krita
    path = written(folder, format, depth, composition)
    dtype = DEPTHS[answers[str(path)]["depth"]]
    shown = np.fromfile(f"{path}.pixels", dtype).reshape(100, 140, 4)[..., [2, 1, 0, 3]]
    source = draw_disc(depth, composition)[0].rgba
    if dtype.itemsize < source.dtype.itemsize:
        source = np.rint(source / 257).astype(np.uint8)
    assert difference(np.ascontiguousarray(shown), source).max() <= 2 / 255 + 1e-6


@pytest.mark.parametrize("format", KEEPERS)
def test_numbers_and_profile_are_the_sources(krita, format):
    folder, answers = krita
    path = folder / f"profile.{format}"
    assert answers[str(path)]["profile"] == "test"
    shown = np.fromfile(f"{path}.pixels", np.uint8).reshape(100, 140, 4)[..., [2, 1, 0, 3]]
    source = draw_disc()[0].rgba
    assert difference(np.ascontiguousarray(shown), source).max() <= 2 / 255 + 1e-6


@pytest.mark.parametrize("case", RESAVED, ids=["8", "16"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_what_krita_saves_is_read(krita, suffix, case):
    folder, _ = krita
    picture = read_picture(f"{written(folder, *case)}.saved.{suffix}")
    source = draw_disc(*case[1:])[0].rgba
    if picture.rgba.dtype != source.dtype:
        source = np.rint(source / 257).astype(np.uint8)
    assert picture.dpi == 150
    assert difference(picture.rgba, source).max() <= 3 / 255
    # Of a deep document Krita merges only the PSD as deep.
    assert picture.rgba.itemsize * 8 == (case[1] if suffix == "psd" else 8)
    assert len(picture.notes) == (suffix == "kra" and case[1] == 16)
