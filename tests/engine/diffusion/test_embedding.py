"""The embedding touches the layers' frames and nothing else; so do the layers' indices."""

from math import prod

import pytest
import torch

from engine.diffusion.embedding import LayerSemanticEmbedding
from engine.diffusion.frames import FrameLayout
from engine.diffusion.rope import keep_layer_indices
from tests.engine.diffusion.tiny import CHANNELS, TEXT, tiny_transformer

ROWS, COLUMNS = 3, 2
PLACES = ROWS * COLUMNS
PROMPT = torch.randn(1, 7, TEXT, generator=torch.Generator().manual_seed(1))
layouts = pytest.mark.parametrize("layout", FrameLayout)


def tokens_of(layout):
    generator = torch.Generator().manual_seed(2)
    return torch.randn(1, (layout.targets + 1) * PLACES, 64, generator=generator)


@torch.no_grad()
def said(transformer, layout, dtype=torch.float32):
    return transformer(
        hidden_states=tokens_of(layout).to(dtype),
        timestep=torch.tensor([0.5]),
        encoder_hidden_states=PROMPT.to(dtype),
        img_shapes=layout.shapes(ROWS, COLUMNS),
        additional_t_cond=torch.zeros(1, dtype=torch.long),
        return_dict=False,
    )[0]


@torch.no_grad()
def into_the_blocks(transformer, layout):
    """(F, N, C): what the first block gets, frame by frame."""
    seen = []
    hook = transformer.transformer_blocks[0].register_forward_pre_hook(
        lambda module, args, given: seen.append(given["hidden_states"]), with_kwargs=True
    )
    said(transformer, layout)
    hook.remove()
    return seen[0][0].view(-1, PLACES, CHANNELS)


@layouts
def test_exactly_the_layers_frames_are_touched(layout):
    transformer = tiny_transformer()
    before = into_the_blocks(transformer, layout)
    rows = torch.randn(4, CHANNELS, generator=torch.Generator().manual_seed(3))
    LayerSemanticEmbedding(rows, layout).attach(transformer)
    after = into_the_blocks(transformer, layout)
    layers = slice(layout.first_layer, layout.targets)
    assert torch.equal(after[layers], before[layers] + rows[:, None])
    assert torch.equal(after[: layout.first_layer], before[: layout.first_layer])
    assert torch.equal(after[-1], before[-1])


@layouts
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_zeros_are_the_base_model_bit_by_bit(layout, dtype):
    plain = said(tiny_transformer().to(dtype), layout, dtype)
    changed = tiny_transformer().to(dtype)
    LayerSemanticEmbedding(torch.zeros(4, CHANNELS), layout).attach(changed)
    assert torch.equal(said(changed, layout, dtype), plain)


@layouts
def test_other_rows_change_what_the_model_says(layout):
    changed = tiny_transformer()
    rows = torch.randn(4, CHANNELS, generator=torch.Generator().manual_seed(3))
    LayerSemanticEmbedding(rows, layout).attach(changed)
    assert not torch.allclose(said(changed, layout), said(tiny_transformer(), layout), atol=1e-3)


def test_it_adds_four_rows_of_parameters_that_learn():
    transformer = tiny_transformer()
    torch.manual_seed(0)
    embedding = LayerSemanticEmbedding.untrained(CHANNELS, FrameLayout.LAYERS)
    assert sum(weight.numel() for weight in embedding.parameters()) == 4 * CHANNELS
    assert embedding.weight.std().item() == pytest.approx(0.02, rel=0.2)
    embedding.attach(transformer)
    assert embedding in [*transformer.modules()]
    transformer.img_in(tokens_of(FrameLayout.LAYERS)).square().sum().backward()
    assert (embedding.weight.grad.abs().sum(1) > 0).all()


def angles(transformer, layout):
    device = torch.device("cpu")
    shapes = layout.shapes(ROWS, COLUMNS)
    return transformer.pos_embed(shapes, max_txt_seq_len=7, device=device)


def test_layers_keep_their_indices_without_the_composite_frame():
    whole_image, whole_text = angles(tiny_transformer(), FrameLayout.COMPOSITE)
    transformer = tiny_transformer()
    keep_layer_indices(transformer, FrameLayout.LAYERS)
    image, text = angles(transformer, FrameLayout.LAYERS)
    assert torch.equal(image, whole_image[prod((ROWS, COLUMNS)) :])
    assert torch.equal(text, whole_text)
    unkept, _ = angles(tiny_transformer(), FrameLayout.LAYERS)
    assert not torch.equal(image, unkept)


def test_the_base_models_own_layout_is_left_alone():
    transformer = tiny_transformer()
    keep_layer_indices(transformer, FrameLayout.COMPOSITE)
    plain = angles(tiny_transformer(), FrameLayout.COMPOSITE)
    assert all(map(torch.equal, angles(transformer, FrameLayout.COMPOSITE), plain))
