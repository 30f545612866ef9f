"""What needs no drawings from elsewhere: paints, labels, the pen and the shading."""

import numpy as np
import pytest

from benchmarks.vector_art import lines as pen
from benchmarks.vector_art.airbrush import glow
from benchmarks.vector_art.cases import KINDS, STACK, make_case, quantize, stack
from benchmarks.vector_art.drawings import Drawing, label
from benchmarks.vector_art.paints import Paint, number_paints
from benchmarks.vector_art.recoloring import SCHEMES, recolor
from benchmarks.vector_art.shading import find_form

BLACK, SKIN, RED = ([0.0] * 3, [1.0, 0.86, 0.75], [0.8, 0.2, 0.2])


@pytest.fixture
def drawing() -> Drawing:
    """A red disc on a skin-coloured one, outlined."""
    y, x = np.indices((240, 240)) - 120
    away = np.hypot(y, x)
    order = np.select([away < 40, away < 46, away < 104, away < 110], [3, 1, 2, 1], 0)
    paints = [Paint(np.array(color), False) for color in (BLACK, SKIN, RED)]
    return label(order.astype(np.int32), paints, 20)


def test_paints_are_numbered_in_painting_order() -> None:
    svg = (
        '<svg><g fill="#f00" opacity=".3"><path/></g>'
        '<g style="stroke:black"><path fill="#ABCDEF"/></g>'
        '<mask><rect fill="#123"/></mask>'
        '<circle fill="none" stroke="#fff" stroke-opacity=".2"/></svg>'
    )
    numbered, paints = number_paints(svg)
    assert [(paint.color.tolist(), paint.stroke) for paint in paints] == [
        ([0xAB / 255, 0xCD / 255, 0xEF / 255], False),
        ([0, 0, 0], True),
    ]
    assert 'fill="#000001"' in numbered
    assert 'stroke="#000002"' in numbered


def test_an_unknown_colour_is_refused() -> None:
    with pytest.raises(ValueError, match="hsl"):
        number_paints('<svg><path fill="hsl(1 2 3)"/></svg>')


def test_thin_ink_is_line_and_flats_meet_beneath(drawing: Drawing) -> None:
    assert drawing.lines[120, 120 + 43]
    assert not drawing.lines[120, 120]
    assert set(np.unique(drawing.order)) == {0, 2, 3}


def test_wide_ink_is_a_flat_color() -> None:
    order = np.zeros((100, 100), np.int32)
    order[10:60, 10:60], order[60:95, 30:33] = 1, 1
    found = label(order, [Paint(np.zeros(3), False)], 8)
    assert found.solid[30, 30]
    assert found.lines[80, 31]


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_holds_what_its_kind_allows(drawing: Drawing, kind: str) -> None:
    layers = make_case(drawing, kind, False, np.random.default_rng(3))
    drawn = {name for name in STACK if layers[name][..., 3].any()}
    assert {"flat", "line"} <= drawn
    assert ("shadow" in drawn) == (kind != "flat")
    assert ("highlight" in drawn) == (kind in {"cel", "painted"})
    assert "soft" not in drawn or kind in {"cel", "painted"}


def test_shadow_darkens_and_highlight_lightens(drawing: Drawing) -> None:
    layers = make_case(drawing, "cel", False, np.random.default_rng(5))
    flat = layers["flat"][..., :3].mean(-1)
    for name, sign in (("shadow", -1), ("highlight", 1)):
        full = (layers[name][..., 3] > 0.3) & (layers["flat"][..., 3] > 0.99)
        change = layers[name][..., :3].mean(-1) - flat
        assert full.any()
        assert (sign * change[full] > 0).mean() > 0.99


def test_a_glow_fades_into_the_flat_color(drawing: Drawing) -> None:
    rng = np.random.default_rng(2)
    form = find_form(drawing.order, drawing.order, drawing.lines, rng)
    cover = glow(form, np.full((240, 240, 3), 0.5, np.float32), rng)[..., 3]
    shown = cover > 0
    assert shown.any()
    assert not shown[~form.figure].any()
    assert 0 < (cover[form.figure] == 0).mean() < 1


def test_the_same_seed_makes_the_same_case(drawing: Drawing) -> None:
    one, two, other = (
        quantize(stack(make_case(drawing, "cel", True, np.random.default_rng(seed))))
        for seed in (1, 1, 2)
    )
    assert (one == two).all()
    assert (one != other).any()


def test_the_pen_keeps_lines_at_the_width_asked() -> None:
    lines = np.zeros((80, 200), bool)
    lines[38:42, 20:180] = True
    cover = pen.redraw(lines, 10, 0, 50, np.random.default_rng(0))
    assert cover[:, 100].sum() == pytest.approx(10, abs=1.5)
    broken = pen.break_lines(cover, 3, 10, np.random.default_rng(0))
    assert broken[40].min() < 0.1 <= cover[40, 30:170].min()


def test_new_colours_stay_apart() -> None:
    old = np.random.default_rng(0).random((9, 3))
    for scheme in set(SCHEMES) - {"own"}:
        new = recolor(old, scheme, np.random.default_rng(1))[1:]
        apart = np.abs(new[:, None] - new[None]).max(-1) + np.eye(len(new))
        assert apart.min() > 10 / 255, scheme
