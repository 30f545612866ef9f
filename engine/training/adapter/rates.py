"""How fast a device multiplies: measured for a second, for the forecast."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.benchmark import Timer

SIDES = {"cpu": 256}
"""Of the matrices; `LARGE` on other devices."""
LARGE = 8192
HEAD, HEADS = 128, 24
"""The base model's: channels of a head of attention, and how many there are."""
LEAST_S = 0.2
"""Each of the two is measured so long."""


@dataclass(frozen=True)
class Rates:
    """Operations a second, a multiplication and an addition being two."""

    linear: float
    attention: float

    def __str__(self) -> str:
        return f"{self.linear / 1e12:.3g} and in attention {self.attention / 1e12:.3g} TFLOP/s"


def measure(device: str, dtype: torch.dtype) -> Rates:
    """Measure a device at products of matrices and at attention, in the type it computes in."""
    side = SIDES.get(device, LARGE)
    matrix = torch.randn(side, side, device=device).to(dtype)
    heads = torch.randn(1, HEADS, side, HEAD, device=device).to(dtype)
    linear = _seconds("a @ a", a=matrix)
    attention = _seconds("f(a, a, a)", f=scaled_dot_product_attention, a=heads)
    return Rates(2 * side**3 / linear, 4 * side**2 * HEAD * HEADS / attention)


@torch.no_grad()
def _seconds(statement: str, **names: object) -> float:
    """Of one call, the device waited for."""
    threads = torch.get_num_threads()
    timer = Timer(statement, globals=names, num_threads=threads)
    return float(timer.blocked_autorange(min_run_time=LEAST_S).median)
