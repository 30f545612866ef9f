"""The frozen base in 8 bits: it learns exactly as one whose weights were rounded, and no wider."""

import pytest
import torch
from torch import nn

from engine.diffusion.weights import Base
from engine.errors import WeightsMissing
from engine.training.adapter.base import EIGHT_BITS, check_base, load_base, settle
from engine.training.adapter.loop import train
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.recipe import RecipeUnusable
from engine.training.adapter.student import Student
from tests.engine.diffusion.tiny import write_tiny_checkpoint
from tests.engine.training.adapter.samples import write_prepared
from tests.engine.training.adapter.students import recipe_of, tiny_student

SIXTEEN = 'precision = "bf16"\nsteps = 3'
EIGHT = f'{SIXTEEN}\nbase = "fp8"'


def student_of(top):
    recipe = recipe_of(top)
    student = tiny_student(recipe)
    for parameter in student.transformer.parameters():
        if not parameter.requires_grad:
            parameter.data = parameter.data.bfloat16()
    return student


def frozen_matrices(student):
    return {
        name: module
        for name, module in student.transformer.transformer_blocks.named_modules()
        if isinstance(module, nn.Linear) and ".lora_" not in name
    }


def in_8_bits():
    student = student_of(EIGHT)
    settle(student.transformer, student.recipe, "cpu")
    return student


def rounded():
    """The same numbers, in 16 bits."""
    student = student_of(SIXTEEN)
    for module in frozen_matrices(student).values():
        module.weight.data = module.weight.data.to(EIGHT_BITS).bfloat16()
    return student


@pytest.mark.parametrize("checkpointing", ["true", "false"])
def test_8_bits_learn_as_rounded_weights_do(tmp_path, checkpointing):
    prepared = Prepared(write_prepared(tmp_path / "prepared"))
    learned, losses = [], []
    for place, student in enumerate((in_8_bits(), rounded())):
        if checkpointing == "false":
            student.transformer.disable_gradient_checkpointing()
        reports = []
        train(student, prepared, tmp_path / str(place), reports.append)
        learned.append(student.parameters())
        losses.append([report.losses["total"] for report in reports])
    assert losses[0] == losses[1]
    assert all(torch.equal(learned[0][name], learned[1][name]) for name in learned[1])


def test_the_base_lies_in_8_bits_and_what_is_trained_in_32():
    student = in_8_bits()
    stored = {
        module.parametrizations.weight.original.dtype
        for module in frozen_matrices(student).values()
    }
    assert stored == {EIGHT_BITS}
    assert {parameter.dtype for parameter in student.parameters().values()} == {torch.float32}
    assert student.transformer.dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("precision", "dtype"), [("bf16", torch.bfloat16), ("fp32", torch.float32)]
)
def test_the_base_is_loaded_as_it_is_computed_in(tmp_path, precision, dtype):
    folder = write_tiny_checkpoint(tmp_path)
    recipe = recipe_of(f'precision = "{precision}"')
    student = Student.adapted(load_base(Base(folder), recipe), recipe)
    settle(student.transformer, recipe, "cpu")
    assert {module.weight.dtype for module in frozen_matrices(student).values()} == {dtype}


@pytest.mark.parametrize(
    ("base", "device", "told"),
    [
        ("nf4", "cpu", 'base = "nf4" needs an NVIDIA graphics card'),
        ("fp8", "mps", 'base = "fp8" needs an NVIDIA graphics card'),
    ],
)
def test_a_device_that_cannot_hold_it_so_is_told(tmp_path, base, device, told):
    with pytest.raises(RecipeUnusable, match=told):
        check_base(Base(tmp_path), recipe_of(f'base = "{base}"'), device, 1)


def test_4_bits_are_of_the_folder(tmp_path):
    with pytest.raises(WeightsMissing, match="not in a file of its own"):
        check_base(
            Base(tmp_path, tmp_path / "one.safetensors"), recipe_of('base = "nf4"'), "cuda", 1
        )


@pytest.mark.parametrize("base", ["bf16", "fp8"])
def test_what_any_card_can_do_is_let_pass(tmp_path, base):
    check_base(Base(tmp_path), recipe_of(f'base = "{base}"'), "cuda", 1)


def test_one_process_has_nobody_to_share_the_base_with(tmp_path):
    recipe = recipe_of('base = "sharded"', "[watch]\nsample_every = 0")
    with pytest.raises(RecipeUnusable, match="needs several graphics cards"):
        check_base(Base(tmp_path), recipe, "cuda", 1)
    check_base(Base(tmp_path), recipe, "cuda", 2)
