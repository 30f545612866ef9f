"""The sampler: what diffusers' pipeline samples, at any size, told and cancelled step by step."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers import FirstBlockCacheConfig, QwenImageLayeredPipeline
from PIL import Image

from engine import Cancelled
from engine.diffusion.adapter import attach
from engine.diffusion.frames import FrameLayout
from engine.diffusion.latents import cleaned, decode, encode, pack, to_vae, unpack
from engine.diffusion.sampler import Prompts, Run, sample
from tests.engine.diffusion.tiny import (
    layered_scheduler,
    tiny_adapter,
    tiny_transformer,
    tiny_vae,
)

WIDTH, HEIGHT = 48, 80
layouts = pytest.mark.parametrize("layout", FrameLayout)


def silent(stage, done):
    pass


def sampled(transformer, layout, run, report=silent, size=(6, 4)):
    condition = torch.randn(1, 16, *size, generator=torch.Generator().manual_seed(5))
    adapter = tiny_adapter()
    prompts = Prompts(adapter.prompt, adapter.negative)
    return sample(transformer, layered_scheduler(), condition, prompts, layout, run, report)


def adapted(layout):
    transformer = tiny_transformer()
    attach(transformer, tiny_adapter(layout))
    return transformer


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(1, 256, (HEIGHT, WIDTH, 4)).astype(np.uint8)


@pytest.fixture
def stock(monkeypatch):
    """What diffusers' own pipeline samples of a picture: (4, 4, HEIGHT, WIDTH) in 0 to 1."""
    # Its own sizes are too large for a quick test.
    size = "diffusers.pipelines.qwenimage.pipeline_qwenimage_layered.calculate_dimensions"
    monkeypatch.setattr(size, lambda area, ratio: (WIDTH, HEIGHT))

    def run(picture, guidance=1.0, dtype=torch.float32):
        adapter = tiny_adapter()
        pipe = QwenImageLayeredPipeline(
            scheduler=layered_scheduler(),
            vae=tiny_vae().to(dtype),
            text_encoder=None,
            tokenizer=None,
            processor=None,
            transformer=tiny_transformer().to(dtype),
        )
        pipe.text_encoder = SimpleNamespace(dtype=dtype)  # it is asked for no more than this
        pipe.set_progress_bar_config(disable=True)
        return pipe(
            image=Image.fromarray(picture),
            prompt="not read, as it is encoded already",
            prompt_embeds=adapter.prompt.to(dtype),
            prompt_embeds_mask=torch.ones(adapter.prompt.shape[:2], dtype=torch.long),
            negative_prompt_embeds=adapter.negative.to(dtype),
            negative_prompt_embeds_mask=torch.ones(adapter.negative.shape[:2], dtype=torch.long),
            true_cfg_scale=guidance,
            cfg_normalize=True,
            num_inference_steps=4,
            generator=torch.Generator().manual_seed(7),
            output_type="pt",
        ).images[0]

    return run


@torch.no_grad()
def ours(picture, guidance=1.0, dtype=torch.float32):
    """What the sampler samples of it."""
    vae, adapter = tiny_vae(), tiny_adapter()
    latents = sample(
        tiny_transformer().to(dtype),
        layered_scheduler(),
        encode(vae, to_vae(picture.astype(np.float32) / 255)),
        Prompts(adapter.prompt, adapter.negative),
        FrameLayout.COMPOSITE,
        Run(steps=4, seed=7, guidance=guidance),
        silent,
    )
    layers = [decode(vae, frame[None])[0, :, 0] for frame in latents]
    return torch.stack(layers).clamp(-1, 1) / 2 + 0.5


@pytest.mark.parametrize("guidance", [1.0, 4.0], ids=["plain", "guided"])
def test_it_samples_what_the_stock_pipeline_samples(picture, stock, guidance):
    theirs = stock(picture, guidance)
    assert theirs.shape == (4, 4, HEIGHT, WIDTH)
    assert (ours(picture, guidance) - theirs).abs().max() <= 1e-5


def test_of_a_picture_with_nothing_in_places_too_if_that_is_white(picture, stock):
    picture[10:50, 8:40] = [0, 0, 0, 0]
    whitened = picture.copy()
    whitened[10:50, 8:40, :3] = 255
    assert (ours(picture) - stock(whitened)).abs().max() <= 1e-5


def test_in_bfloat16_it_is_nearer_to_the_exact_numbers_than_the_stock_pipeline(picture, stock):
    exact = stock(picture)
    theirs = (stock(picture, dtype=torch.bfloat16).float() - exact).abs().mean()
    assert (ours(picture, dtype=torch.bfloat16) - exact).abs().mean() < theirs / 2


def test_the_transformer_rounds_the_time_once():
    """To bfloat16, by itself; the stock pipeline rounds thousandths of it before."""
    transformer, told = tiny_transformer().bfloat16(), []
    transformer.time_text_embed.register_forward_pre_hook(
        lambda module, args: told.append(args[0].item())
    )
    scheduler, steps = layered_scheduler(), 20
    sampled(transformer, FrameLayout.LAYERS, Run(steps=steps))
    shift = (6 * 4 / 4 / 256) ** 0.5
    scheduler.set_timesteps(sigmas=np.linspace(1, 0, steps + 1)[:-1], mu=shift)
    assert told == (scheduler.timesteps / 1000).bfloat16().tolist()
    assert told != (scheduler.timesteps.bfloat16() / 1000).tolist()


@layouts
@pytest.mark.parametrize("size", [(2, 2), (2, 10), (14, 6)], ids=str)
def test_any_multiple_of_16_pixels_will_do(layout, size):
    latents = sampled(adapted(layout), layout, Run(steps=2), size=size)
    assert (latents.shape, latents.dtype) == ((4, 16, *size), torch.float32)
    assert torch.isfinite(latents).all()


@layouts
def test_seeds_reproduce(layout):
    transformer = adapted(layout)
    first = sampled(transformer, layout, Run(steps=2, seed=3))
    assert torch.equal(sampled(transformer, layout, Run(steps=2, seed=3)), first)
    assert not torch.allclose(sampled(transformer, layout, Run(steps=2, seed=4)), first, atol=0.1)


def test_an_adapter_of_zeros_is_the_base_model_bit_by_bit():
    layout, run = FrameLayout.COMPOSITE, Run(steps=3, guidance=2)
    adapter = tiny_adapter(layout)
    zeros = replace(adapter, lora={}, embedding=torch.zeros_like(adapter.embedding))
    attach(changed := tiny_transformer(), zeros)
    assert torch.equal(sampled(changed, layout, run), sampled(tiny_transformer(), layout, run))


def test_embeddings_and_lora_change_the_layers():
    plain = sampled(tiny_transformer(), FrameLayout.COMPOSITE, Run(steps=2))
    changed = sampled(adapted(FrameLayout.COMPOSITE), FrameLayout.COMPOSITE, Run(steps=2))
    assert not torch.allclose(plain, changed, atol=1e-2)


def test_the_schedule_is_the_checkpoints():
    """At 768 x 1152 the real one's sigmas lie where sigma' = m s / (1 + (m - 1) s) puts them."""
    transformer, times = tiny_transformer(), []
    transformer.time_text_embed.register_forward_pre_hook(
        lambda module, args: times.append(float(args[0]))
    )
    sampled(transformer, FrameLayout.LAYERS, Run(steps=4), size=(64, 64))
    shift = (32 * 32 / 256) ** 0.5
    plain = np.array([1, 0.75, 0.5, 0.25])
    assert times == pytest.approx(shift * plain / (1 + (shift - 1) * plain))


@pytest.mark.parametrize(("guidance", "passes"), [(1.0, 1), (4.0, 2)], ids=["plain", "guided"])
def test_every_pass_is_told(guidance, passes):
    told = []
    run = Run(steps=3, guidance=guidance)
    sampled(
        tiny_transformer(), FrameLayout.LAYERS, run, lambda stage, done: told.append((stage, done))
    )
    assert told == [
        (f"step {step + 1} of 3", (step + part / passes) / 3)
        for step in range(3)
        for part in range(passes)
    ]


@pytest.mark.parametrize("passes", [1, 2, 3, 4])
def test_cancelled_between_any_two_passes(passes):
    transformer, runs, told = tiny_transformer(), [], []
    transformer.register_forward_hook(lambda *call: runs.append(1))

    def stop(stage, done):
        told.append(stage)
        if len(told) > passes:
            raise Cancelled

    with pytest.raises(Cancelled):
        sampled(transformer, FrameLayout.LAYERS, Run(steps=3, guidance=4), stop)
    assert len(runs) == passes


def test_a_cancelled_run_leaves_nothing_in_the_caches():
    transformer = adapted(FrameLayout.LAYERS)
    transformer.enable_cache(FirstBlockCacheConfig(threshold=0.6))
    run = Run(steps=5)
    clean = sampled(transformer, FrameLayout.LAYERS, run)

    def stop(stage, done):
        if done >= 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        sampled(transformer, FrameLayout.LAYERS, run, stop)
    assert torch.equal(sampled(transformer, FrameLayout.LAYERS, run), clean)


def test_tokens_are_packed_frame_by_frame_and_row_by_row():
    latents = torch.randn(5, 16, 6, 4)
    tokens = pack(latents)
    assert torch.equal(unpack(tokens, 3, 2), latents)
    theirs = QwenImageLayeredPipeline._pack_latents(latents[None], 1, 16, 6, 4, 5)
    assert torch.equal(tokens, theirs)


def test_the_vae_sees_white_where_nothing_is():
    picture = np.zeros((16, 16, 4), np.float32)
    picture[:8] = [0.25, 0.5, 0.75, 1]
    seen = to_vae(picture)[0, :, 0]
    assert seen[:, 0, 0].tolist() == [-0.5, 0, 0.5, 1]
    assert seen[:, -1, 0].tolist() == [1, 1, 1, -1]


def test_what_is_decoded_is_cleaned():
    decoded = torch.tensor([1.5, -1.5, 0.0, 2.0]).view(1, 4, 1, 1, 1).repeat(1, 1, 1, 1, 2)
    decoded[0, 3, 0, 0, 1] = -0.98
    assert cleaned(decoded)[0].tolist() == [[1, 0, 0.5, 1], [0, 0, 0, 0]]
