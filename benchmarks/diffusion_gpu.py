"""Seconds a step and peak memory of the diffusion engine on a graphics card, at its real size.

    python benchmarks/diffusion_gpu.py [--steps 6] [--stock-steps 50] [--dry-run]

The weights are random numbers made on the card, so that nothing is downloaded: what is computed
means nothing and takes as long as if it did. In the same run diffusers' own pipeline works at its
defaults, and a matrix product says what the card can do at best. `--dry-run` goes the same way
with a tiny model on the processor.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

LIBRARIES = ("accelerate", "diffusers", "peft", "torch")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=6, help="of ours, the first not counted")
    parser.add_argument("--stock-steps", type=int, default=50, help="of diffusers'")
    parser.add_argument("--dry-run", action="store_true", help="tiny, on the processor")
    options = parser.parse_args()
    if lacking := lacks(options.dry_run):
        print(f"Left out: the diffusion engine's benchmark needs {lacking}.")
        return
    # Only now, as it takes seconds.
    from full_size.model import full_size, tiny
    from full_size.tables import report

    bench = tiny() if options.dry_run else full_size(options.steps, options.stock_steps)
    report(bench)


def lacks(dry_run: bool) -> str:
    """What has to be there and is not; empty where all is."""
    if any(find_spec(name) is None for name in LIBRARIES):
        return "layer-bridge[diffusion]"
    import torch

    return "" if dry_run or torch.cuda.is_available() else "an NVIDIA graphics card"


if __name__ == "__main__":
    main()
