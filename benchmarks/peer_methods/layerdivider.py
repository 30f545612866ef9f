"""layerdivider by mattya_monaca (MIT), from its checkout, with the defaults of its own window.

Color clustering, merged by CIEDE2000; layer mode "normal", background not split. Its layers for
each color are joined: base is the flat color, shadow and bright are the pixels darker and brighter.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np

LOOPS, CLUSTERS, THRESHOLD, BLUR = 1, 10, 5, 5
UNUSED = (256, 256, 500, 100, 0.1)
"""What only the splitting of a background reads."""


def load(checkout: Path) -> None:
    """Make the checkout importable, less what it needs for its window, PSDs and background."""
    sys.path.insert(0, str(checkout))
    for name, function in (("ld_utils", "img_plot"), ("bg_remover", "get_foreground")):
        stand_in = ModuleType(f"ldivider.{name}")
        setattr(stand_in, function, None)
        sys.modules[stand_in.__name__] = stand_in


def decompose(rgba: np.ndarray) -> dict[str, np.ndarray]:
    """Its three layers, over the picture's own alpha."""
    from ldivider.ld_processor import get_base, get_normal_layer

    frame = get_base(rgba, LOOPS, CLUSTERS, THRESHOLD, BLUR, *UNUSED, bg_split=False, debug=False)
    base, bright, shadow = get_normal_layer(rgba, frame)
    layers = {"flat_color": base, "shadow": shadow, "highlight": bright}
    return {role: _joined(parts, rgba) for role, parts in layers.items()}


def _joined(parts: list[np.ndarray], rgba: np.ndarray) -> np.ndarray:
    """Layers that cover no pixel twice, as one that covers no more than the picture does."""
    out = np.zeros_like(rgba)
    for part in parts:
        covered = part[..., 3] > 0
        out[covered] = part[covered]
    out[..., 3] = np.minimum(out[..., 3], rgba[..., 3])
    return out
