"""The memory plans: their order, and what a device or a chosen plan leaves of it."""

import pytest

from engine import UnsupportedOption
from engine.diffusion.plans import Plan, below, rungs


def test_a_chosen_plan_is_taken_alone():
    assert rungs(Plan.STREAMED, "cuda") == (Plan.STREAMED,)


@pytest.mark.parametrize(
    ("plan", "device"), [(Plan.FP8, "mps"), (Plan.FP8_STREAMED, "mps"), (Plan.NF4, "cpu")]
)
def test_a_plan_that_the_device_cannot_carry_out_is_refused(plan, device):
    with pytest.raises(UnsupportedOption, match="needs an NVIDIA graphics card; set Memory to"):
        rungs(plan, device)


def test_below_a_plan_are_those_that_need_less():
    assert below(Plan.FP8, "cuda") == (Plan.NF4, Plan.STREAMED, Plan.FP8_STREAMED)
    assert below(Plan.CPU, "cpu") == (Plan.FP8,)
    assert (below(Plan.FP8_STREAMED, "cuda"), below(Plan.RESIDENT, "mps")) == ((), ())
