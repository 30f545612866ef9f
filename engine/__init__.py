"""Decompose an illustration into flat color, shadow, highlight and line art.

    import engine
    stack = engine.load("builtin").decompose(rgba, composition="production")
    engine.composite(stack)  # the picture again

Everything about pictures; it knows no sockets, no clients and no host applications.
"""

from engine.attendance import Progress
from engine.base import Engine, check_picture, silent
from engine.compositing import composite, difference
from engine.errors import (
    Cancelled,
    CannotWrite,
    EngineError,
    OutOfMemory,
    ReconstructionError,
    UnsupportedImage,
    UnsupportedOption,
    WeightsMissing,
    WeightsUnusable,
)
from engine.layers import (
    COMPOSITIONS,
    DEFAULT_COMPOSITION,
    BlendMode,
    Layer,
    LayerRole,
    LayerStack,
    Proposal,
    Reconstruction,
    Rgba,
    content_box,
)
from engine.options import (
    Choice,
    ChoiceOption,
    NumberOption,
    Option,
    Options,
    OptionValue,
    SwitchOption,
)
from engine.reconcile import reconcile
from engine.reconstruction import LIMIT
from engine.registry import DEFAULT_ENGINE, ENGINES, load, options_of, readiness

__all__ = [
    "COMPOSITIONS",
    "DEFAULT_COMPOSITION",
    "DEFAULT_ENGINE",
    "ENGINES",
    "LIMIT",
    "BlendMode",
    "Cancelled",
    "CannotWrite",
    "Choice",
    "ChoiceOption",
    "Engine",
    "EngineError",
    "Layer",
    "LayerRole",
    "LayerStack",
    "NumberOption",
    "Option",
    "OptionValue",
    "Options",
    "OutOfMemory",
    "Progress",
    "Proposal",
    "Reconstruction",
    "ReconstructionError",
    "Rgba",
    "SwitchOption",
    "UnsupportedImage",
    "UnsupportedOption",
    "WeightsMissing",
    "WeightsUnusable",
    "check_picture",
    "composite",
    "content_box",
    "difference",
    "load",
    "options_of",
    "readiness",
    "reconcile",
    "silent",
]
