"""The losses against values computed by hand from the paper's equations."""

import pytest
import torch

from engine.diffusion.frames import FrameLayout
from engine.training.adapter.losses import objective
from engine.training.adapter.recipe import Loss

LAYERS, COMPOSITE = FrameLayout.LAYERS, FrameLayout.COMPOSITE


def tokens(*frames):
    """(1, F, 64) from a value for each frame: one token a frame, half its channels negated."""
    signs = torch.ones(64)
    signs[1::2] = -1
    return torch.stack([value * signs for value in frames])[None]


def approximately(parts):
    return pytest.approx(parts, rel=1e-6)


def computed(predicted, true, layout=LAYERS, loss=None):
    total, parts = objective(predicted, true, layout, loss or Loss())
    return total.item(), {name: part.item() for name, part in parts.items()}


def test_every_part_is_as_computed_by_hand():
    # Line art, flat color, highlight, shadow; apart by 3, 2, 1, 0.5, and their sums by 1.5.
    predicted, true = tokens(4, 2, 3, 0.5), tokens(1, 4, 2, 1)
    total, parts = computed(predicted, true)
    assert parts == approximately(
        {
            "line_art": 3,
            "flat_color": 4,
            "highlight": 1,
            "shadow": 0.25,
            "sparse": 3 + 0.5,
            "composite": 1.5**2,
        }
    )
    by_hand = 2.5 * 3 + 4 + 1 + 0.25 + 0.08 * 3.5 + 1.8 * 1.5**2
    assert total == pytest.approx(by_hand)


def test_l1_and_mse_differ_where_errors_differ():
    """Half the elements off by 1, half by 3: mean 2, mean square 5."""
    off = torch.ones(1, 4, 64)
    off[..., 32:] = 3
    _, parts = computed(off, torch.zeros(1, 4, 64))
    assert parts["line_art"] == pytest.approx(2)
    assert [parts[role] for role in ("flat_color", "highlight", "shadow")] == [5, 5, 5]
    assert parts["composite"] == pytest.approx(4**2 * 5)


def test_errors_that_cancel_in_the_sum_are_seen_by_the_layers_alone():
    _, parts = computed(tokens(0, 1, -1, 0), tokens(0, 0, 0, 0))
    assert (parts["flat_color"], parts["highlight"], parts["composite"]) == (1, 1, 0)


def test_sparse_looks_at_what_is_predicted_not_at_the_truth():
    _, parts = computed(tokens(9, 9, 0, 0), tokens(0, 0, 5, 5))
    assert parts["sparse"] == 0


def test_each_weight_weighs_its_own_part():
    predicted, true = tokens(4, 2, 3, 0.5), tokens(1, 4, 2, 1)
    names = ("line_art", "flat_color", "highlight", "shadow", "sparse", "composite")
    nothing = dict.fromkeys(names, 0.0)
    for name in names:
        total, parts = computed(predicted, true, loss=Loss(**{**nothing, name: 3.0}))
        assert total == pytest.approx(3 * parts[name])


def test_the_composites_frame_has_an_mse_of_its_own():
    layers = computed(tokens(4, 2, 3, 0.5), tokens(1, 4, 2, 1))
    total, parts = computed(tokens(5, 4, 2, 3, 0.5), tokens(2, 1, 4, 2, 1), COMPOSITE)
    assert parts == approximately({**layers[1], "picture": 9})
    assert total == pytest.approx(layers[0] + 9)


@pytest.mark.parametrize("layout", [LAYERS, COMPOSITE])
def test_the_plain_loss_is_the_mean_square_of_all(layout):
    plain = Loss(kind="plain", line_art=7.0)
    predicted = torch.randn(2, 6 * layout.targets, 64)
    true = torch.randn_like(predicted)
    total, parts = computed(predicted, true, layout, plain)
    assert total == pytest.approx((predicted - true).square().mean().item())
    assert parts == {"velocity": total}


@pytest.mark.parametrize("kind", ["layer_wise", "plain"])
def test_a_batchs_loss_is_the_mean_of_its_samples(kind):
    predicted, true = torch.randn(2, 3, 4 * 6, 64)
    loss = Loss(kind=kind)
    alone = [computed(predicted[[i]], true[[i]], loss=loss)[0] for i in range(3)]
    assert computed(predicted, true, loss=loss)[0] == pytest.approx(sum(alone) / 3, rel=1e-5)


@pytest.mark.parametrize("layout", [LAYERS, COMPOSITE])
def test_the_base_models_sign_makes_no_difference(layout):
    predicted, true = torch.randn(2, 1, layout.targets * 6, 64)
    assert computed(-predicted, -true, layout) == computed(predicted, true, layout)
