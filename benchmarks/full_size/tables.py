"""The tables that the benchmark prints, and what each row of them runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from diffusers import QwenImageTransformer2DModel

from engine.diffusion.frames import FrameLayout
from engine.diffusion.placement import ran_out
from engine.diffusion.plans import Plan
from engine.diffusion.speed import SPEEDS, Quality, Speed
from full_size.measures import (
    Measured,
    device_and_versions,
    forget,
    matrix_rate,
    measure,
    measure_stock,
)
from full_size.model import Bench, placed

PLAIN = Speed(steps=0, fused=True)
"""Neither compiled nor cached, PyTorch's own attention: what the plans are compared at."""
PLANS = (Plan.RESIDENT, Plan.FP8, Plan.NF4, Plan.STREAMED)
ATTENTION = ("native", "_native_flash", "_native_efficient", "_native_cudnn", "flash", "_flash_3")
STOCK_STEPS = 50
"""Of diffusers' pipeline at its defaults, each with two passes."""


def report(bench: Bench) -> None:
    """Measure everything and print it."""
    print(f"{device_and_versions(bench)}; {bench.width} x {bench.height} pixels", flush=True)
    rate = matrix_rate(bench, FrameLayout.COMPOSITE)
    print(f"\nMatrix products at {rate / 1e12:.3g} TFLOP/s.", flush=True)
    plans(bench, rate)
    attention(bench)
    qualities(bench)


def plans(bench: Bench, rate: float) -> None:
    """Each memory plan with both layouts, against the card's own limit and the resident plan."""
    table(
        "memory plan", "layout", "s a step", "of the matrix rate", "times resident", "peak memory"
    )
    for layout in FrameLayout:
        floor, resident = bench.flops(layout) / rate, None
        for plan in PLANS:
            found = tried(partial(under, bench, plan, layout, PLAIN))
            if isinstance(found, str):
                row(plan, layout, found, "", "", "")
                continue
            resident = resident or found.seconds
            times = f"{found.seconds / resident:.2f}"
            row(plan, layout, seconds(found), f"{floor / found.seconds:.0%}", times, peak(found))


def attention(bench: Bench) -> None:
    """Each exact attention kernel that is here, and compiled blocks, on the resident model."""
    layout = FrameLayout.COMPOSITE
    transformer = placed(bench, Plan.RESIDENT, layout, PLAIN)
    table("attention", "s a step")
    for kernel in ATTENTION:
        found = tried(partial(with_attention, bench, transformer, kernel, layout))
        row(kernel, found if isinstance(found, str) else seconds(found))
    del transformer
    table("blocks", "s a step")
    for name, speed in (("as they are", PLAIN), ("compiled", replace(PLAIN, compiled=True))):
        found = tried(partial(under, bench, Plan.RESIDENT, layout, speed))
        row(name, found if isinstance(found, str) else seconds(found))


def qualities(bench: Bench) -> None:
    """Whole pictures of each quality, against the pipeline of diffusers at its defaults."""
    stock = tried(partial(measure_stock, bench))
    table("quality", "layout", "steps", "s a step", "s a picture", "times faster than diffusers")
    whole = None if isinstance(stock, str) else stock.seconds * STOCK_STEPS
    if isinstance(stock, str):
        row("diffusers", FrameLayout.COMPOSITE, STOCK_STEPS, stock, "", "")
    else:
        row("diffusers", FrameLayout.COMPOSITE, STOCK_STEPS, seconds(stock), f"{whole:.1f}", 1)
    for layout in FrameLayout:
        for quality in Quality:
            # What the cache spares depends on what is computed, and that means nothing here.
            speed = replace(SPEEDS[quality], cache=0)
            found = tried(partial(under, bench, Plan.RESIDENT, layout, speed))
            if isinstance(found, str):
                row(quality, layout, speed.steps, found, "", "")
                continue
            picture = found.seconds * speed.steps
            times = f"{whole / picture:.1f}" if whole else ""
            row(quality, layout, speed.steps, seconds(found), f"{picture:.1f}", times)


def under(bench: Bench, plan: Plan, layout: FrameLayout, speed: Speed) -> Measured:
    layout = FrameLayout.LAYERS if speed.layers_only else layout
    return measure(bench, placed(bench, plan, layout, speed), layout)


def with_attention(
    bench: Bench, transformer: QwenImageTransformer2DModel, kernel: str, layout: FrameLayout
) -> Measured:
    transformer.set_attention_backend(kernel)
    return measure(bench, transformer, layout)


def tried(work: Callable[[], Measured]) -> Measured | str:
    """What was measured, or why nothing was, in a few words."""
    forget()
    try:
        return work()
    except (RuntimeError, ImportError) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        return "out of memory" if ran_out(error) else f"cannot: {lines[0][:60]}"


def seconds(found: Measured) -> str:
    return f"{found.seconds:.3f}"


def peak(found: Measured) -> str:
    return f"{found.peak / 1e9:.1f} GB"


def table(*titles: str) -> None:
    print()
    row(*titles)
    print("|" + "---|" * len(titles), flush=True)


def row(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
