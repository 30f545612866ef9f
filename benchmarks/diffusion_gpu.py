"""Time and memory of the diffusion engine on a graphics card, at its real size.

    python benchmarks/diffusion_gpu.py [--only plans qualities attention blocks] [-o FOLDER]

The weights are random numbers made on the card, so that nothing is downloaded: what is computed
means nothing and takes as long as if it did. In the same run diffusers' own pipeline works at its
defaults, and a matrix product says what the card can do at best. Each group takes a few minutes;
its rows are written to FOLDER as they come. `--dry-run` goes the same way with a tiny model on the
processor.
"""

from __future__ import annotations

import argparse
import gc
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LIBRARIES = ("accelerate", "diffusers", "peft", "torch")
GROUPS = ("plans", "qualities", "attention", "blocks")
LAYOUTS = ("composite", "layers")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS, metavar="GROUP")
    parser.add_argument("--layout", choices=LAYOUTS, help="one of both")
    parser.add_argument("--steps", type=int, default=6, help="of ours that are timed")
    parser.add_argument("--stock-steps", type=int, default=50, help="of diffusers', 2 or more")
    parser.add_argument("-o", "--out", type=Path, help="for results.json and results.md")
    parser.add_argument("--dry-run", action="store_true", help="tiny, on the processor")
    return parser.parse_args()


def main() -> None:
    options = parse()
    if lacking := lacks(options.dry_run):
        print(f"Left out: the diffusion engine's benchmark needs {lacking}.")
        return
    # Only now, as it takes seconds.
    from full_size.groups import GROUPS as MEASURED
    from full_size.measures import matrix_rate
    from full_size.model import full_size, tiny
    from full_size.report import Report, machine

    from engine.diffusion.frames import FrameLayout

    # What is imported lives on, and would be searched for garbage before each row.
    gc.freeze()
    bench = tiny() if options.dry_run else full_size(options.steps, options.stock_steps)
    if options.layout:
        bench = replace(bench, layouts=(FrameLayout(options.layout),))
    report = Report(bench, matrix_rate(bench, 5 if options.dry_run else 200), options.out)
    report.say(", ".join(f"{name}: {said}" for name, said in machine(bench).items()))
    size = f"{bench.width} x {bench.height} pixels"
    report.say(f"\n{size}; matrix products at {report.rate / 1e12:.3g} TFLOP/s.")
    for group in options.only:
        MEASURED[group](report)


def lacks(dry_run: bool) -> str:
    """What has to be there and is not; empty where all is."""
    if any(find_spec(name) is None for name in LIBRARIES):
        return "layer-bridge[diffusion]"
    import torch

    return "" if dry_run or torch.cuda.is_available() else "an NVIDIA graphics card"


if __name__ == "__main__":
    main()
