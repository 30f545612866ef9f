"""Pinning, with slabs of plain memory in place of pinned: what is laid where, and that it stays."""

import pytest
import torch

from engine.diffusion import pinning
from engine.diffusion.pinning import ALIGNMENT, pin
from tests.engine.diffusion.tiny import tiny_transformer

SLAB = 1 << 20


@pytest.fixture
def slabs(monkeypatch):
    """Sizes of the slabs that were asked for; larger than the tiny model's largest matrix."""
    monkeypatch.setattr(pinning, "SLAB", SLAB)
    return []


def pinned(module, slabs):
    def allocate(size):
        slabs.append(torch.empty(size, dtype=torch.uint8))
        return slabs[-1]

    pin(module, allocate)
    return module


def test_weights_stay_what_they_are_and_lie_in_few_slabs(slabs):
    transformer = tiny_transformer()
    before = {name: tensor.clone() for name, tensor in transformer.state_dict().items()}
    after = pinned(transformer, slabs).state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    held = sum(tensor.nbytes for tensor in transformer.parameters())
    assert held <= SLAB * len(slabs) <= 2 * held + SLAB
    ranges = [(slab.data_ptr(), slab.data_ptr() + slab.numel()) for slab in slabs]
    for tensor in transformer.parameters():
        first, last = tensor.data_ptr(), tensor.data_ptr() + tensor.nbytes
        assert any(start <= first and last <= end for start, end in ranges)


def test_weights_of_all_types_are_aligned_and_do_not_overlap(slabs):
    module = torch.nn.Module()
    kinds = (torch.float8_e4m3fn, torch.bfloat16, torch.float32)
    for index, kind in enumerate(3 * kinds):
        weight = torch.full((index + 1, 7), float(index)).to(kind)
        module.register_parameter(f"weight_{index}", torch.nn.Parameter(weight, False))
    pinned(module, slabs)
    assert len(slabs) == 1
    for index, weight in enumerate(module.parameters()):
        assert (weight.data_ptr() - slabs[0].data_ptr()) % ALIGNMENT == 0
        assert (weight.float() == index).all()


def test_what_is_larger_than_a_slab_gets_one_of_its_own(slabs):
    large = torch.nn.Linear(1024, 512, bias=False)
    weight = large.weight.detach().clone()
    pinned(large, slabs)
    assert [slab.numel() for slab in slabs] == [2 * SLAB]
    assert torch.equal(large.weight, weight)
