"""An adapter learns two samples by heart: the loss falls, and sampling gives them back."""

import torch
from diffusers import QwenImageTransformer2DModel

from engine.diffusion.sampler import Prompts, Run, sample
from engine.training.adapter.loop import train
from engine.training.adapter.prepared import (
    Index,
    Prepared,
    write_index,
    write_prompt,
    write_sample,
)
from engine.training.adapter.student import Student
from tests.engine.diffusion.tiny import HEAD, TEXT, layered_scheduler
from tests.engine.training.adapter.students import recipe_of

LATENTS = (16, 4, 4)
EVERYWHERE = """
[lora]
rank = 32
targets = ["to_q", "to_k", "to_v", "to_out.0", "img_in", "proj_out", "img_mlp.net.2"]
"""
"""The tiny base model knows nothing, so its attention alone is not enough to learn with."""
STEPS = 300


def write_plain(folder):
    """Two samples whose layers are of one colour each."""
    folder.mkdir()
    generator = torch.Generator().manual_seed(0)
    write_prompt(folder, torch.randn(1, 7, TEXT, generator=generator))
    samples = []
    for name in "ab":
        layers = torch.randn(4, 16, 1, 1, generator=generator).expand(4, *LATENTS)
        samples.append(write_sample(folder, name, layers, layers.mean(dim=0)))
    index = Index(base="", revision="", prompt="", latents=LATENTS, samples=tuple(samples))
    write_index(folder, index)
    return Prepared(folder)


def broad_transformer():
    """As the tiny one, twice as wide: a token's 64 numbers must fit through it."""
    torch.manual_seed(0)
    return QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=64,
        out_channels=16,
        num_layers=2,
        attention_head_dim=HEAD,
        num_attention_heads=4,
        joint_attention_dim=TEXT,
        axes_dims_rope=(4, 6, 6),
        use_additional_t_cond=True,
        use_layer3d_rope=True,
    ).eval()


def decomposed(student, prepared):
    """The layers' latents that it makes of each sample's picture."""
    prompts = Prompts(prepared.prompt, None)
    return [
        sample(
            student.transformer,
            layered_scheduler(),
            prepared[place].picture[None],
            prompts,
            student.recipe.layout,
            Run(steps=10, seed=9),
            lambda *told: None,
        )
        for place in range(len(prepared))
    ]


def apart(latents, sample):
    """Mean square of what latents and a sample's layers differ by."""
    return (latents - sample.layers).square().mean().item()


def test_two_samples_are_learned_by_heart(tmp_path):
    prepared = write_plain(tmp_path / "prepared")
    recipe = recipe_of(f"steps = {STEPS}\nbatch = 4\ngradient_checkpointing = false", EVERYWHERE)
    student = Student.adapted(broad_transformer(), recipe)
    before, losses = decomposed(student, prepared), []
    train(student, prepared, tmp_path / "run", lambda report: losses.append(report.losses["total"]))
    after = decomposed(student, prepared)
    tenth = STEPS // 10
    assert sum(losses[-tenth:]) < 0.6 * sum(losses[:tenth])
    for place in range(2):
        own, other = prepared[place], prepared[1 - place]
        assert apart(after[place], own) < 0.45 * apart(before[place], own)
        assert apart(after[place], own) < 0.55 * apart(after[place], other)
