"""The student: what is trained of it by recipe alone, and what it is saved as."""

import pytest
import torch
from diffusers import QwenImageLayeredPipeline, QwenImageTransformer2DModel

from engine.diffusion.adapter import attach, read_adapter
from engine.diffusion.checkpoint import load_checkpoint
from engine.diffusion.model import Model
from engine.training.adapter.loop import train
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.recipe import Recipe, RecipeUnusable
from engine.training.adapter.step import Batch, draw, predict
from engine.training.adapter.student import Student
from tests.engine.diffusion.tiny import (
    layered_scheduler,
    tiny_transformer,
    tiny_vae,
    write_tiny_checkpoint,
)
from tests.engine.training.adapter.samples import write_prepared
from tests.engine.training.adapter.students import recipe_of, tiny_student

LORA = "[lora]\nrank = 4\nalpha = 4.0\n"
EMBEDDING = "layer_semantic_embedding.weight"


@pytest.fixture
def prepared(tmp_path):
    return Prepared(write_prepared(tmp_path / "prepared", count=2))


def said(transformer, prepared, layout):
    """What a transformer predicts of a sample."""
    sample = prepared[0]
    drawn = draw((0, 0, 0), sample.targets(layout).shape, "uniform")
    with torch.no_grad():
        return predict(transformer, Batch.of([sample], [drawn], layout), prepared.prompt)


def test_before_its_first_step_it_is_the_base_model(prepared):
    """Eq. 5 begins with AB = 0, section 4.1 with rows of N(0, 0.02^2)."""
    recipe = recipe_of('layout = "composite"', f"{LORA}[embedding]\nenabled = false")
    base = said(tiny_transformer(), prepared, recipe.layout)
    without = tiny_student(recipe)
    assert torch.equal(said(without.transformer, prepared, recipe.layout), base)
    rows = tiny_student().transformer.layer_semantic_embedding.weight
    assert rows.std().item() == pytest.approx(0.02, rel=0.3)


def test_without_lse_there_is_nothing_to_learn_it(prepared, tmp_path):
    student = tiny_student(recipe_of("", f"{LORA}[embedding]\nenabled = false"))
    names = student.parameters().keys()
    assert EMBEDDING not in names
    assert names == tiny_student().parameters().keys() - {EMBEDDING}
    outcome = train(student, prepared, tmp_path / "run", lambda report: None)
    assert not read_adapter(outcome.checkpoint / "adapter.safetensors").embedding.any()


def test_ablations_begin_as_the_full_method_does():
    """They differ in what a recipe takes away, and in nothing that is drawn."""
    full, without = (
        tiny_student(recipe_of("", f"{LORA}[embedding]\nenabled = {enabled}"))
        for enabled in ("true", "false")
    )
    ours, theirs = full.parameters(), without.parameters()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_the_seed_draws_what_is_trained_and_nothing_else():
    torch.manual_seed(5)
    one = tiny_student()
    after = torch.rand(1)
    torch.manual_seed(6)
    again, other = tiny_student(), tiny_student(recipe_of("seed = 4"))
    name = "transformer_blocks.0.attn.to_q.lora_A.layers.weight"
    for key in (name, EMBEDDING):
        assert torch.equal(one.parameters()[key], again.parameters()[key])
        assert not torch.equal(one.parameters()[key], other.parameters()[key])
    torch.manual_seed(0)  # As `tiny_transformer` does.
    tiny_transformer()
    assert torch.equal(after, torch.rand(1))


def test_a_lora_for_what_is_not_there_is_refused():
    recipe = recipe_of("", '[lora]\ntargets = ["to_q", "to_z"]')
    with pytest.raises(
        RecipeUnusable, match=r"'to_z', and the base model has no such .*\[lora\]\.$"
    ):
        tiny_student(recipe)


@pytest.mark.parametrize("layout", ["layers", "composite"])
def test_the_adapter_does_in_the_engine_what_it_did_in_training(prepared, tmp_path, layout):
    recipe = recipe_of(f'layout = "{layout}"')
    student = tiny_student(recipe)
    outcome = train(student, prepared, tmp_path / "run", lambda report: None)
    file = outcome.checkpoint / "adapter.safetensors"
    attach(fresh := tiny_transformer(), read_adapter(file))
    trained = said(student.transformer, prepared, recipe.layout)
    assert torch.equal(said(fresh, prepared, recipe.layout), trained)
    assert not torch.allclose(said(tiny_transformer(), prepared, recipe.layout), trained, atol=1e-3)


def test_the_adapter_tells_how_it_came_to_be(prepared, tmp_path):
    recipe = recipe_of("steps = 2", "[lora]\nrank = 4\nalpha = 2.0")
    outcome = train(tiny_student(recipe), prepared, tmp_path / "run", lambda report: None)
    adapter = read_adapter(outcome.checkpoint / "adapter.safetensors")
    info, index = adapter.info, prepared.index
    assert (info.rank, info.alpha, info.layout) == (4, 2.0, recipe.layout)
    assert (info.base, info.revision, info.prompt) == (index.base, index.revision, index.prompt)
    assert Recipe.parse(info.training["recipe"]) == recipe
    assert (info.training["steps"], info.training["samples"]) == ("2", "2")
    assert torch.equal(adapter.prompt, prepared.prompt)


def test_plain_diffusers_takes_the_adapter_for_a_lora(prepared, tmp_path):
    student = tiny_student()
    outcome = train(student, prepared, tmp_path / "run", lambda report: None)
    pipe = QwenImageLayeredPipeline(
        scheduler=layered_scheduler(),
        vae=tiny_vae(),
        text_encoder=None,
        tokenizer=None,
        processor=None,
        transformer=tiny_transformer(),
    )
    pipe.load_lora_weights(str(outcome.checkpoint / "adapter.safetensors"), adapter_name="theirs")
    ours = student.transformer.transformer_blocks[0].attn.to_q
    theirs = pipe.transformer.transformer_blocks[0].attn.to_q
    assert torch.equal(theirs.lora_B["theirs"].weight, ours.lora_B["layers"].weight)
    assert theirs.lora_B["theirs"].weight.any()
    assert theirs.scaling == {"theirs": 1.0}


def test_a_whole_model_learns_and_is_saved_as_diffusers_lays_it_out(prepared, tmp_path):
    recipe = recipe_of("steps = 4")
    whole = Student.whole(tiny_transformer(), recipe)
    train(whole, prepared, tmp_path / "one", lambda report: None)
    half = recipe_of("steps = 2")
    train(Student.whole(tiny_transformer(), half), prepared, tmp_path / "two", lambda report: None)
    resumed = Student.whole(tiny_transformer(), recipe)
    outcome = train(resumed, prepared, tmp_path / "two", lambda report: None, resume=True)
    trained = said(whole.transformer, prepared, recipe.layout)
    assert torch.equal(said(resumed.transformer, prepared, recipe.layout), trained)
    loaded = QwenImageTransformer2DModel.from_pretrained(outcome.checkpoint / "transformer")
    attach(loaded, read_adapter(outcome.checkpoint / "adapter.safetensors"))
    assert torch.allclose(said(loaded, prepared, recipe.layout), trained, atol=1e-5)


def test_a_whole_model_learns_with_every_parameter_that_is_heard(prepared, tmp_path):
    student = Student.whole(tiny_transformer(), recipe_of("steps = 1"))
    before = {name: held.clone() for name, held in student.parameters().items()}
    train(student, prepared, tmp_path / "run", lambda report: None)
    after = student.parameters()
    assert [name for name in after if torch.equal(after[name], before[name])] == []


def test_the_checkpoints_adapter_decomposes(prepared, tmp_path):
    outcome = train(tiny_student(), prepared, tmp_path / "run", lambda report: None)
    base = write_tiny_checkpoint(tmp_path / "base")
    Model(load_checkpoint(base), read_adapter(outcome.checkpoint / "adapter.safetensors"))
