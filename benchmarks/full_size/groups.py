"""What is measured, in groups that are compared within themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from types import MappingProxyType

import torch

from engine.diffusion.frames import FrameLayout
from engine.diffusion.placement import free_memory, ran_out
from engine.diffusion.plans import Plan
from engine.diffusion.speed import SPEEDS, Quality, Speed, can_compile
from full_size.measures import Measured, measure, measure_stock
from full_size.model import random_model
from full_size.report import TITLES, Goal, Report, Row

PLAIN = Speed(steps=SPEEDS[Quality.BALANCED].steps, fused=True)
"""Neither compiled nor cached, PyTorch's own attention: what the plans are compared at."""
PLANS = (Plan.RESIDENT, Plan.FP8, Plan.NF4, Plan.STREAMED, Plan.FP8_STREAMED)
KERNELS = ("native", "_native_flash", "_native_efficient", "_native_cudnn", "flash", "_flash_3")
"""Exact attention, by diffusers' names; PyTorch's own choice is the first."""
STOCK, STOCK_STEPS = "diffusers' pipeline", 50
"""At its defaults, each step with two passes."""
FASTER, SHARE, STREAMED_BYTES, STREAMED_TIMES = 6, 0.6, 8e9, 1.3
"""The goals: `balanced` against diffusers and the matrix rate, streamed weights against 8 GB and
resident ones."""


@dataclass(frozen=True)
class Group:
    """One table."""

    name: str
    report: Report
    against: str
    """The row that the others are compared with"""

    def begin(self) -> None:
        """Its heading."""
        titles = [
            f"{title} as “{self.against}”" if title == "times as long" else title
            for title in TITLES
        ]
        self.report.table(self.name, *titles)

    def run(
        self, name: str, layout: FrameLayout, speed: Speed, work: Callable[[], Measured]
    ) -> Row:
        """Measure a row of ours, one pass a step."""
        found = tried(work)
        floor = None if speed.cache else self.report.bench.flops(layout) / self.report.rate
        cut = speed.cache and not isinstance(found, str)
        note = f"{found.full_steps} of {found.ran} steps whole" if cut else ""
        return self._add(Row(name, layout, speed.steps, found, floor, note))

    def run_stock(self, steps: int) -> Row:
        """Measure diffusers' pipeline."""
        report, layout = self.report, FrameLayout.COMPOSITE
        found = tried(partial(measure_stock, report.bench, steps))
        floor = 2 * report.bench.flops(layout) / report.rate
        return self._add(Row(STOCK, layout, STOCK_STEPS, found, floor))

    def row(self, name: str, layout: FrameLayout) -> Row | None:
        """One that was measured, if it was."""
        rows = self.report.rows.get(self.name, [])
        return next((row for row in rows if (row.name, row.layout) == (name, layout)), None)

    def _add(self, row: Row) -> Row:
        base = row if row.name == self.against else self.row(self.against, row.layout)
        base = base or self.row(self.against, FrameLayout.COMPOSITE)
        self.report.add(self.name, row, base)
        return row


def plans(report: Report) -> None:
    """Each memory plan with both layouts; diffusers' pipeline beside them for what it takes."""
    group = Group("plans", report, Plan.RESIDENT.value)
    group.begin()
    group.run_stock(2)
    for layout in report.bench.layouts:
        for plan in PLANS:
            group.run(plan, layout, PLAIN, partial(_under, report, plan, layout, PLAIN))
    report.table("goals", *GOAL)
    for layout in report.bench.layouts:
        _judge_streaming(group, layout)


def attention(report: Report) -> None:
    """Each exact attention kernel that is here."""
    group = Group("attention", report, KERNELS[0])
    group.begin()
    for layout in report.bench.layouts[:1]:
        for kernel in KERNELS:
            work = partial(_with_kernel, report, kernel, layout)
            group.run(kernel, layout, PLAIN, work)


def blocks(report: Report) -> None:
    """Blocks as they are, and compiled; with PyTorch's own attention and the engine's choice."""
    group = Group("blocks", report, "as they are")
    group.begin()
    quick = replace(PLAIN, quick_attention=True)
    speeds = {
        "as they are": PLAIN,
        "compiled": replace(PLAIN, compiled=True),
        "quick attention": quick,
        "compiled, quick attention": replace(quick, compiled=True),
    }
    for layout in report.bench.layouts[:1]:
        for name, speed in speeds.items():
            group.run(name, layout, speed, partial(_compiled, report, layout, speed))


def qualities(report: Report) -> None:
    """Whole pictures of each quality against the pipeline of diffusers."""
    group = Group("qualities", report, STOCK)
    group.begin()
    stock = group.run_stock(report.bench.stock_steps)
    fast = SPEEDS[Quality.FAST]
    for name, speed in {**SPEEDS, "fast, no cache": replace(fast, cache=0)}.items():
        layouts = (FrameLayout.LAYERS,) if speed.layers_only else report.bench.layouts
        for layout in layouts:
            group.run(name, layout, speed, partial(_under, report, Plan.RESIDENT, layout, speed))
    report.table("goals", *GOAL)
    for layout in report.bench.layouts:
        _judge_balanced(group, layout, stock)


GROUPS: Mapping[str, Callable[[Report], None]] = MappingProxyType(
    {"plans": plans, "qualities": qualities, "attention": attention, "blocks": blocks}
)
GOAL = ("goal", "needed", "found", "")


def _under(report: Report, plan: Plan, layout: FrameLayout, speed: Speed) -> Measured:
    if plan is Plan.NF4 and find_spec("bitsandbytes") is None:
        raise ImportError("bitsandbytes is not installed")
    model, _ = random_model(report.bench, plan, layout, speed)
    return measure(report.bench, model, _steps(report, speed))


def _compiled(report: Report, layout: FrameLayout, speed: Speed) -> Measured:
    if speed.compiled and not can_compile(report.bench.device):
        raise ImportError("Triton is not installed")
    return _under(report, Plan.RESIDENT, layout, speed)


def _with_kernel(report: Report, kernel: str, layout: FrameLayout) -> Measured:
    model, transformer = random_model(report.bench, Plan.RESIDENT, layout, PLAIN)
    transformer.set_attention_backend(kernel)
    return measure(report.bench, model, _steps(report, PLAIN))


def _steps(report: Report, speed: Speed) -> int:
    """All where a cache makes them unlike, or the picture has no more."""
    return speed.steps if speed.cache else min(speed.steps, report.bench.steps)


def _judge_streaming(group: Group, layout: FrameLayout) -> None:
    streamed = group.row(Plan.STREAMED, layout)
    times = streamed and streamed.times(group.row(Plan.RESIDENT, layout))
    name = f"streamed, {layout}: times as long as resident"
    _judge(group, name, f"at most {STREAMED_TIMES}", times, ".2f", lambda n: n <= STREAMED_TIMES)
    found = None if streamed is None or isinstance(streamed.found, str) else streamed.found
    taken = (found and found.memory.reserved) or None
    name = f"streamed, {layout}: bytes reserved on the card"
    _judge(group, name, "under 8 GB", taken, ".3g", lambda n: n < STREAMED_BYTES)


def _judge_balanced(group: Group, layout: FrameLayout, stock: Row) -> None:
    balanced = group.row(Quality.BALANCED, layout)
    times = balanced and stock.times(balanced)
    name = f"balanced, {layout}: times faster than {STOCK}"
    _judge(group, name, f"at least {FASTER}", times, ".1f", lambda n: n >= FASTER)
    share = balanced and balanced.share
    name = f"balanced, {layout}: of the matrix rate"
    _judge(group, name, f"at least {SHARE:.0%}", share, ".0%", lambda n: n >= SHARE)


def _judge(
    group: Group,
    name: str,
    needed: str,
    found: float | None,
    figure: str,
    enough: Callable[[float], bool],
) -> None:
    said = "" if found is None else format(found, figure)
    group.report.judge(Goal(name, needed, said, found is not None and enough(found)))


def tried(work: Callable[[], Measured]) -> Measured | str:
    """What was measured, or in a few words why nothing was; the next row comes all the same."""
    # Two models would not fit on a card.
    torch.compiler.reset()
    free_memory()
    try:
        return work()
    except Exception as error:
        lines = str(error).splitlines() or [type(error).__name__]
        return "out of memory" if ran_out(error) else f"cannot: {lines[0][:80].replace('|', '/')}"
