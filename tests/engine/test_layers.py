"""The vocabulary, and what a stack insists on."""

import numpy as np
import pytest

from engine import (
    COMPOSITIONS,
    BlendMode,
    Layer,
    LayerRole,
    LayerStack,
    Reconstruction,
    content_box,
)


def stack_of(*layers: Layer) -> LayerStack:
    return LayerStack(layers, "production", "test", Reconstruction(99.0, 0.0))


def blank(role: LayerRole, height: int = 2, dtype: type = np.uint8) -> Layer:
    return Layer(role, COMPOSITIONS["production"][role], np.zeros((height, 3, 4), dtype))


def test_names_in_hosts():
    assert [role.display_name for role in LayerRole] == [
        "Flat Color",
        "Shadow",
        "Highlight",
        "Line Art",
    ]


def test_spellings_on_the_wire():
    assert [mode.value for mode in BlendMode] == [
        "normal",
        "multiply",
        "screen",
        "lighten",
        "darken",
        "linear-dodge",
    ]


def test_the_compositions_of_the_contract():
    modes = {name: [mode.value for mode in row.values()] for name, row in COMPOSITIONS.items()}
    assert modes == {
        "production": ["normal", "multiply", "lighten", "normal"],
        "screen": ["normal", "multiply", "screen", "normal"],
        "glow": ["normal", "multiply", "linear-dodge", "normal"],
        "normal": ["normal", "normal", "normal", "normal"],
    }


def test_a_stack_knows_its_size_and_finds_a_layer_by_role():
    stack = stack_of(*(blank(role, dtype=np.uint16) for role in LayerRole))
    assert (stack.width, stack.height, stack.depth) == (3, 2, 16)
    assert stack[LayerRole.HIGHLIGHT] is stack.layers[2]


def test_a_stack_refuses_another_order_a_missing_role_and_unequal_layers():
    layers = [blank(role) for role in LayerRole]
    with pytest.raises(ValueError, match="bottom first"):
        stack_of(*reversed(layers))
    with pytest.raises(ValueError, match="bottom first"):
        stack_of(*layers[:3])
    with pytest.raises(ValueError, match="one shape"):
        stack_of(*layers[:3], blank(LayerRole.LINE_ART, height=5))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_content_box_holds_every_pixel_with_alpha(dtype):
    rgba = np.zeros((7, 9, 4), dtype)
    assert content_box(rgba) == (slice(0, 0), slice(0, 0))
    rgba[:, :, :3] = np.iinfo(dtype).max
    rgba[2, 3, 3] = 1
    rgba[5, 1, 3] = np.iinfo(dtype).max
    assert content_box(rgba) == (slice(2, 6), slice(1, 4))
