"""A step: eq. 2 in the paper's time and sign, and draws that depend on nothing but their place."""

import pytest
import torch

from engine.diffusion.frames import FrameLayout
from engine.diffusion.sampler import Prompts, Run, sample
from engine.training.adapter.prepared import Latents, Prepared
from engine.training.adapter.step import Batch, Draw, draw, predict
from tests.engine.diffusion.tiny import layered_scheduler, tiny_transformer
from tests.engine.training.adapter.samples import LATENTS, write_prepared
from tests.engine.training.adapter.students import recipe_of, tiny_student

layouts = pytest.mark.parametrize("layout", FrameLayout)


@pytest.fixture
def prepared(tmp_path):
    return Prepared(write_prepared(tmp_path / "prepared", count=3))


def batch_of(samples, layout, sigma):
    shape = samples[0].targets(layout).shape
    draws = [draw((0, place), shape, "uniform") for place in range(len(samples))]
    draws = [Draw(one.noise, torch.tensor(sigma)) for one in draws]
    return Batch.of(samples, draws, layout)


@layouts
def test_at_t_1_there_is_the_sample_and_at_t_0_the_noise(prepared, layout):
    """Eq. 2: x_t = t x_0 + (1 - t) x_1, and sigma = 1 - t."""
    clean, noisy, half = (batch_of([prepared[0]], layout, s) for s in (0.0, 1.0, 0.5))
    assert torch.equal(clean.noised, clean.clean)
    assert torch.equal(noisy.noised, noisy.noise)
    assert torch.allclose(half.noised, (half.clean + half.noise) / 2)


@layouts
def test_the_velocity_leads_from_any_time_to_the_sample(prepared, layout):
    """x_t + (1 - t) v = x_0, with v = dx_t / dt."""
    for sigma in (0.25, 0.75):
        batch = batch_of([prepared[0]], layout, sigma)
        assert torch.allclose(batch.noised + sigma * batch.velocity, batch.clean, atol=1e-6)


class Teacher(torch.nn.Module):
    """In the base model's place: says what that would if it had learned one sample perfectly."""

    dtype, device = torch.float32, torch.device("cpu")

    def __init__(self, batch):
        super().__init__()
        self.batch = batch

    def forward(self, hidden_states, timestep, **others):
        targets = hidden_states[:, : self.batch.clean.shape[1]]
        noise = (targets - (1 - timestep) * self.batch.clean) / timestep
        return (torch.cat([noise - self.batch.clean, self.batch.condition], dim=1),)

    def cache_context(self, name):
        return torch.no_grad()

    def _reset_stateful_cache(self):
        pass


@layouts
def test_who_says_what_the_loss_asks_for_is_sampled_to_the_sample(prepared, layout):
    """The loss and the sampler mean the same sign, time and order of frames."""
    batch = batch_of([prepared[0]], layout, 0.3)
    teacher = Teacher(batch)
    prompts = Prompts(prepared.prompt, None)
    said = predict(teacher, batch, prepared.prompt)
    assert torch.allclose(said, batch.velocity, atol=1e-5)
    picture = prepared[0].picture[None]
    scheduler = layered_scheduler()
    latents = sample(teacher, scheduler, picture, prompts, layout, Run(steps=5), lambda *told: None)
    assert torch.allclose(latents, prepared[0].layers, atol=1e-5)


@layouts
def test_the_model_is_asked_as_the_sampler_asks_it(prepared, layout):
    """Of its first step the sampler makes noise - sigma v, where v is what training compares."""
    student = tiny_student(recipe_of(f'layout = "{layout}"'))
    noise = torch.randn(layout.targets, *LATENTS, generator=torch.Generator().manual_seed(4))
    batch = Batch.of([prepared[0]], [Draw(noise, torch.tensor(1.0))], layout)
    with torch.no_grad():
        said = predict(student.transformer, batch, prepared.prompt)
    once = Run(steps=1, seed=4)
    prompts = Prompts(prepared.prompt, None)
    picture = prepared[0].picture[None]
    latents = sample(
        student.transformer, layered_scheduler(), picture, prompts, layout, once, lambda *told: None
    )
    stepped = Batch.of(
        [Latents(latents, prepared[0].picture)],
        [Draw(noise, torch.tensor(1.0))],
        FrameLayout.LAYERS,
    )
    layers = said[:, -stepped.clean.shape[1] :]
    assert torch.allclose(stepped.clean, batch.noise[:, -layers.shape[1] :] + layers, atol=1e-5)


@layouts
def test_a_batch_says_what_its_samples_say_alone(prepared, layout):
    transformer = tiny_transformer()
    samples = [prepared[place] for place in range(3)]
    with torch.no_grad():
        together = predict(transformer, batch_of(samples, layout, 0.4), prepared.prompt)
        first = predict(transformer, batch_of(samples[:1], layout, 0.4), prepared.prompt)
    assert torch.allclose(together[:1], first, atol=1e-5)


def test_a_draw_depends_on_its_place_alone():
    shape = (4, *LATENTS)
    one = draw((7, 20, 1), shape, "uniform")
    torch.manual_seed(99)
    again = draw((7, 20, 1), shape, "uniform")
    assert torch.equal(one.noise, again.noise)
    assert one.sigma == again.sigma
    for place in ((8, 20, 1), (7, 21, 1), (7, 20, 2), (7, 20, 1, 1)):
        other = draw(place, shape, "uniform")
        assert not torch.equal(other.noise, one.noise)
        assert other.sigma != one.sigma


def test_noise_is_normal_and_its_share_uniform():
    draws = [draw((0, step, 0), (4, 16, 8, 8), "uniform") for step in range(400)]
    noise = torch.stack([one.noise for one in draws[:50]])
    assert noise.mean().abs() < 0.01
    assert noise.std() == pytest.approx(1, abs=0.01)
    shares = torch.stack([one.sigma for one in draws])
    for level in (0.25, 0.5, 0.75):
        assert (shares < level).float().mean() == pytest.approx(level, abs=0.08)


def test_a_shifted_share_is_where_the_sampler_would_be():
    """At 768 x 1152 pixels m = sqrt(3456 / 256)."""
    shape, shift = (4, 16, 144, 96), (3456 / 256) ** 0.5
    plain = draw((0, 5, 0), shape, "uniform").sigma.item()
    shifted = draw((0, 5, 0), shape, "shifted").sigma.item()
    assert shifted == pytest.approx(shift * plain / (1 + (shift - 1) * plain))
