"""A layer stack as a `result` message, and back."""

from __future__ import annotations

import numpy as np

from bridge.wire.pixels import PixelWriter, blob, blob_fault, filled_box
from bridge.wire.protocol import (
    ErrorCode,
    ImageBlob,
    LayerBlob,
    ProtocolError,
    ReconstructionInfo,
    Result,
)
from bridge.wire.stream import Outgoing
from engine import Layer, LayerRole, LayerStack, Reconstruction, Rgba


def result(job: str, stack: LayerStack) -> Outgoing:
    """The reply that carries a stack, each layer cropped to the box that it fills."""
    layers: list[LayerBlob] = []
    pixels: list[Rgba] = []
    offset = 0
    for layer in stack:
        box = filled_box(layer.rgba)
        layers.append(_layer_blob(layer, blob(box, stack.depth, offset)))
        pixels.append(box.of(layer.rgba))
        offset += layers[-1].image.length
    header = Result(
        job=job,
        engine=stack.engine,
        composition=stack.composition,
        width=stack.width,
        height=stack.height,
        depth=8 if stack.depth == 8 else 16,
        layers=layers,
        reconstruction=ReconstructionInfo(
            psnr_db=stack.reconstruction.psnr_db, max_error=stack.reconstruction.max_error
        ),
    )
    return Outgoing(header, pixels)


def _layer_blob(layer: Layer, image: ImageBlob) -> LayerBlob:
    return LayerBlob(
        role=layer.role,
        name=layer.name,
        blend_mode=layer.blend_mode,
        opacity=1,
        image=image,
    )


def empty_stack(message: Result) -> tuple[LayerStack, list[PixelWriter]]:
    """A stack of transparent canvases, and what puts a result's pixels on them, in order.

    Raises:
        ProtocolError: the result is not four layers, bottom first, that lie on their canvas.
    """
    _check(message)
    dtype = np.uint8 if message.depth == 8 else np.uint16
    shape = (message.height, message.width, 4)
    layers = tuple(
        Layer(each.role, each.blend_mode, np.zeros(shape, dtype)) for each in message.layers
    )
    writers = [
        PixelWriter(layer.rgba, each.image)
        for layer, each in zip(layers, message.layers, strict=True)
    ]
    figures = message.reconstruction
    reconstruction = Reconstruction(psnr_db=figures.psnr_db, max_error=figures.max_error)
    return LayerStack(layers, message.composition, message.engine, reconstruction), writers


def _check(message: Result) -> None:
    fault = None
    if [layer.role for layer in message.layers] != list(LayerRole):
        fault = "not one layer of each role, bottom first"
    offset = 0
    for layer in message.layers:
        canvas = (message.width, message.height)
        fault = fault or blob_fault(layer.image, canvas, message.depth, offset)
        offset += layer.image.length
    if fault:
        raise ProtocolError(ErrorCode.INVALID_MESSAGE, f"layers: {fault}.", message.job)
