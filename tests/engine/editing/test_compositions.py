"""From any composition to any other: the same picture."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from engine import (
    COMPOSITIONS,
    LIMIT,
    BlendMode,
    Layer,
    LayerRole,
    composite,
    difference,
    reconcile,
)
from engine.editing import convert
from engine.editing.compositions import normal_form
from tests.engine.editing.pictures import BLUE, RED, by_hand, drawn_stack, shaded
from tests.engine.stacks import random_proposal, random_rgba, random_source

DIRECTIONS = list(permutations(COMPOSITIONS, 2))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize(("before", "after"), DIRECTIONS)
def test_the_picture_stays(before: str, after: str, depth: int) -> None:
    stack = drawn_stack(before, depth, seed=2, size=96)
    converted = convert(stack, after)
    assert converted.composition == after
    assert {one.role: one.blend_mode for one in converted} == dict(COMPOSITIONS[after])
    assert difference(composite(converted), composite(stack)).max() <= LIMIT[depth]


@pytest.mark.parametrize(("before", "after"), DIRECTIONS)
def test_noise_stays_noise(before: str, after: str) -> None:
    """The worst layers that there can be, half transparent everywhere."""
    rng = np.random.default_rng(7)
    source = random_source(rng, (24, 24), np.uint8, 0.3)
    stack = reconcile(random_proposal(rng, (24, 24), np.uint8), source, before, "noise")
    converted = convert(stack, after)
    assert difference(composite(converted), composite(stack)).max() <= LIMIT[8]


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("before", COMPOSITIONS)
def test_round_after_round_the_picture_does_not_drift(before: str, depth: int) -> None:
    stack = drawn_stack(before, depth, seed=1, size=96)
    picture = composite(stack)
    for after in [*COMPOSITIONS] * 4:
        stack = convert(stack, after)
        assert np.array_equal(composite(stack), picture)


def test_layers_of_noise_drift_no_further_than_one_conversion() -> None:
    """In any modes, half transparent too: what one conversion cannot keep, the next ones do."""
    rng = np.random.default_rng(34)
    noise = {role.value: random_rgba(rng, (48, 48), np.uint8) for role in LayerRole}
    noise["flat_color"][:24, :, 3] = 255
    stack = by_hand("production", **noise)
    modes = (BlendMode.NORMAL, BlendMode.DARKEN, BlendMode.SCREEN, BlendMode.MULTIPLY)
    layers = [replace(one, blend_mode=mode) for one, mode in zip(stack, modes, strict=True)]
    stack = replace(stack, layers=tuple(layers))
    picture = composite(stack)
    for after in [*COMPOSITIONS] * 3:
        stack = convert(stack, after)
        assert difference(composite(stack), picture).max() <= 1 / 255
        assert np.array_equal(composite(stack)[:24], picture[:24])


def test_pixels_whose_modes_stay_stay_to_the_bit() -> None:
    stack = drawn_stack("production", size=96)
    bare = stack[LayerRole.HIGHLIGHT].rgba[..., 3] == 0
    for one, other in zip(stack, convert(stack, "screen"), strict=True):
        assert np.array_equal(one.rgba[bare], other.rgba[bare])


def test_there_and_back_the_layers_are_nearly_the_same() -> None:
    stack = drawn_stack("production", size=96)
    again = convert(convert(stack, "normal"), "production")
    for role in (LayerRole.FLAT_COLOR, LayerRole.LINE_ART):
        assert difference(again[role].rgba, stack[role].rgba).mean() < 0.5 / 255
    assert difference(again[LayerRole.SHADOW].rgba, stack[LayerRole.SHADOW].rgba).mean() < 1 / 255


def test_to_the_same_composition_nothing_changes() -> None:
    stack = drawn_stack(size=48)
    assert convert(stack, "production").layers == stack.layers


def test_what_was_edited_is_remembered() -> None:
    stack = replace(drawn_stack(size=48), edits=("line-width 1",))
    assert convert(stack, "glow").edits == ("line-width 1",)


def test_the_normal_form_of_a_multiplied_shadow_is_the_shaded_color() -> None:
    stack = shaded("production")
    shadow = normal_form(stack).shadow
    assert np.abs(shadow[5, 5, :3] - 0.6 * np.array(RED)).max() <= 1
    assert np.abs(shadow[5, 20, :3] - 0.6 * np.array(BLUE)).max() <= 1


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_the_normal_form_shows_the_same_picture(composition: str) -> None:
    stack = drawn_stack(composition, size=96)
    found = normal_form(stack)
    layers = [Layer(role, BlendMode.NORMAL, getattr(found, role.value)) for role in LayerRole]
    assert difference(composite(layers), composite(stack)).max() <= 2 / 255
