"""Messages written and read: what is asked for, and what comes back, checked before it is used."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Tuple

from .jobs import Job
from .options import read_options
from .protocol import BLEND_MODES, LAYER_ROLES, EngineInfo, Limits, Welcome


def decompose_header(job: Job) -> Dict[str, Any]:
    """The header that asks for a job, with the whole picture as its payload."""
    width, height, depth = job.size
    options = dict(job.request.options)
    return {
        "type": "decompose",
        "job": job.id,
        "engine": job.request.engine,
        "composition": job.request.composition,
        "width": width,
        "height": height,
        "depth": depth,
        "image": {
            "x": 0,
            "y": 0,
            "width": width,
            "height": height,
            "offset": 0,
            "length": width * height * 4 * depth // 8,
        },
        # An engine without options may be an earlier server's, which refuses to hear of any.
        **({"options": options} if options else {}),
    }


def read_welcome(header: Dict[str, Any]) -> Welcome:
    """A welcome with what this plugin uses of it.

    Raises:
        KeyError, TypeError, ValueError: it is not what the protocol says.
    """
    engines = [
        EngineInfo(
            name=str(one["name"]),
            ready=bool(one["ready"]),
            detail=str(one["detail"]),
            options=read_options(one.get("options", [])),
        )
        for one in header["engines"]
    ]
    limits = header["limits"]
    return Welcome(
        type="welcome",
        protocol=int(header["protocol"]),
        server_version=str(header["server_version"]),
        engines=engines,
        compositions=[str(name) for name in header["compositions"]],
        limits=Limits(max_pixels=int(limits["max_pixels"]), max_jobs=int(limits["max_jobs"])),
    )


class ResultError(Exception):
    """The message holds no layers that can be placed; one sentence."""


class Layer(NamedTuple):
    """One layer: a box of pixels in the picture."""

    role: str
    name: str
    blend_mode: str
    x: int
    y: int
    width: int
    height: int
    pixels: memoryview
    """The box's rows, R G B A; a view into the message"""


def layers_of(
    header: Dict[str, Any], payload: memoryview, size: Tuple[int, int, int]
) -> List[Layer]:
    """The layers of a `result`, bottom first.

    Args:
        header: the message's.
        payload: the message's.
        size: width, height and depth of the picture that was sent.

    Raises:
        ResultError: they are not one of each role, in order, or a layer does not lie in the
            picture or in the payload, or has a blend mode that this version does not know.
    """
    try:
        if (header["width"], header["height"], header["depth"]) != size:
            raise ResultError(_UNFIT)
        layers = [_layer(blob, payload, size) for blob in header["layers"]]
    except (KeyError, TypeError):
        raise ResultError(_UNFIT) from None
    if [layer.role for layer in layers] != list(LAYER_ROLES):
        raise ResultError(_UNFIT)
    return layers


def _layer(blob: Dict[str, Any], payload: memoryview, size: Tuple[int, int, int]) -> Layer:
    image = blob["image"]
    x, y, width, height = (int(image[name]) for name in ("x", "y", "width", "height"))
    offset, length = int(image["offset"]), int(image["length"])
    if (
        blob["blend_mode"] not in BLEND_MODES
        or min(x, y, width, height, offset) < 0
        or x + width > size[0]
        or y + height > size[1]
        or length != width * height * 4 * size[2] // 8
        or offset + length > len(payload)
    ):
        raise ResultError(_UNFIT)
    pixels = payload[offset : offset + length]
    return Layer(blob["role"], str(blob["name"]), blob["blend_mode"], x, y, width, height, pixels)


_UNFIT = "The server's layers do not fit what this plugin knows; update both to the same version."
