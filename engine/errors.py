"""What can go wrong in an engine, each with the code that clients see.

EngineError
  UnsupportedImage      unsupported_image   the picture cannot be read or decomposed
    NoLayers            unsupported_image   it has no layers, where some are to be changed
  UnsupportedOption     unsupported_option  no such engine, composition or option
  WeightsMissing        weights_missing     the engine needs weights that are not there
  WeightsUnusable       weights_unusable    the weights are damaged, or of another model or version
  OutOfMemory           out_of_memory       the picture is too large for what is free
  ReconstructionError   reconstruction      the layers do not give the picture back
  CannotWrite           cannot_write        the result cannot be written where it is to go
Cancelled               cancelled           not an error: somebody asked for it

A message is one sentence for an artist: what is wrong with this value, and what to do next.
"""

from __future__ import annotations

from typing import ClassVar


class EngineError(Exception):
    """Something that a user can understand and act on."""

    code: ClassVar[str] = "engine_failed"


class UnsupportedImage(EngineError):
    """The picture cannot be read or decomposed as it is."""

    code = "unsupported_image"


class NoLayers(UnsupportedImage):
    """The file has no layers, or none of those that are wanted."""


class UnsupportedOption(EngineError):
    """There is no engine, composition or option of that name."""

    code = "unsupported_option"


class WeightsMissing(EngineError):
    """The engine needs weights that are not on this machine."""

    code = "weights_missing"


class WeightsUnusable(EngineError):
    """The weights are damaged, or made for another model or version than this."""

    code = "weights_unusable"


class OutOfMemory(EngineError):
    """The picture needs more memory than there is."""

    code = "out_of_memory"


class ReconstructionError(EngineError):
    """The restacked layers differ from the source by more than the promised limit."""

    code = "reconstruction"


class CannotWrite(EngineError):
    """The result cannot be written where it is to go."""

    code = "cannot_write"


class Cancelled(Exception):
    """The caller's progress function asked for the work to stop."""

    code: ClassVar[str] = "cancelled"
