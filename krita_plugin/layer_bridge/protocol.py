# Generated from bridge/wire/protocol.py by `python -m bridge.wire.emit`: change it there.
"""The wire protocol's numbers, names and messages, as the server has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Literal, Optional, TypedDict, Union

if TYPE_CHECKING:
    from typing import NotRequired

VERSION = "0.1.0"
PROTOCOL_VERSION = 1
DEFAULT_PORT = 7347
FRAGMENT_BYTES = 1048576
DEFAULT_ENGINE = "builtin"
DEFAULT_COMPOSITION = "production"
COMPOSITIONS = (
    "production",
    "screen",
    "glow",
    "normal",
)
LAYER_ROLES = (
    "flat_color",
    "shadow",
    "highlight",
    "line_art",
)
BLEND_MODES = (
    "normal",
    "multiply",
    "screen",
    "lighten",
    "darken",
    "linear-dodge",
)
ERROR_CODES = (
    "invalid_message",
    "unsupported_version",
    "too_large",
    "too_many_jobs",
    "shutting_down",
    "cancelled",
    "unsupported_image",
    "unsupported_option",
    "weights_missing",
    "weights_unusable",
    "out_of_memory",
    "reconstruction",
    "engine_failed",
)
LAYER_TITLES = {
    "flat_color": "Flat Color",
    "shadow": "Shadow",
    "highlight": "Highlight",
    "line_art": "Line Art",
}


class ImageBlob(TypedDict):
    """A box of pixels in the payload; the canvas outside the box is transparent."""

    x: int
    """Left edge on the canvas, pixels"""
    y: int
    """Top edge on the canvas, pixels"""
    width: int
    """Pixels; 0 for an empty layer"""
    height: int
    """Pixels; 0 for an empty layer"""
    offset: int
    """First byte in the payload"""
    length: int
    """Bytes: width x height x 4 x depth / 8"""


class NumberOptionInfo(TypedDict):
    """A number to choose; a whole one where `least` and `step` are whole."""

    name: str
    """What `decompose` calls it"""
    title: str
    """What artists call it"""
    help: str
    """One sentence for a tooltip: what it does to the layers"""
    kind: Literal["number"]
    """A spin box or a slider"""
    default: Union[int, float]
    """The value where none is sent"""
    least: Union[int, float]
    """The smallest value"""
    most: Union[int, float]
    """The largest value"""
    step: Union[int, float]
    """What a click on an arrow adds; values between two steps are fine"""
    unit: str
    """What is counted, such as px; may be empty"""
    least_title: str
    """What to show in place of the smallest value, such as Automatic; may be empty"""


class ChoiceInfo(TypedDict):
    """One of the values of a `ChoiceOptionInfo`."""

    value: str
    """What `decompose` calls it"""
    title: str
    """What artists call it"""


class ChoiceOptionInfo(TypedDict):
    """One of a few named values to choose."""

    name: str
    """What `decompose` calls it"""
    title: str
    """What artists call it"""
    help: str
    """One sentence for a tooltip: what it does to the layers"""
    kind: Literal["choice"]
    """A menu"""
    default: str
    """The value where none is sent"""
    choices: List[ChoiceInfo]
    """In the order to show them"""


class SwitchOptionInfo(TypedDict):
    """Something to switch on."""

    name: str
    """What `decompose` calls it"""
    title: str
    """What artists call it"""
    help: str
    """One sentence for a tooltip: what it does to the layers"""
    kind: Literal["switch"]
    """A check box"""
    default: bool
    """The value where none is sent"""


class EngineInfo(TypedDict):
    """An engine that the server has."""

    name: str
    """What `decompose` calls it"""
    ready: bool
    """Whether it can work now"""
    detail: str
    """Why it is not ready and what to do, else empty"""
    options: List[Union[NumberOptionInfo, ChoiceOptionInfo, SwitchOptionInfo]]
    """What an artist can choose, in the order to show it; an earlier server sends no such field"""


class Limits(TypedDict):
    """What the server accepts."""

    max_pixels: int
    """Of one canvas"""
    max_jobs: int
    """Unfinished jobs of one client"""


class LayerBlob(TypedDict):
    """One layer of a result."""

    role: str
    """What it holds"""
    name: str
    """As hosts show it, such as Flat Color"""
    blend_mode: str
    """How it mixes with what lies under it"""
    opacity: Literal[1]
    """Of the layer as a whole"""
    image: ImageBlob
    """Its pixels, cropped to the box outside which they are transparent"""


class ReconstructionInfo(TypedDict):
    """How well the layers restack."""

    psnr_db: float
    """Peak signal-to-noise ratio, dB; 99 where nothing differs"""
    max_error: float
    """Largest difference of alpha or premultiplied colour, in 1/255"""


class Hello(TypedDict):
    """The first message of a conversation."""

    type: Literal["hello"]
    protocol: int
    """The version of the protocol that the client speaks"""
    client: str
    """Who speaks: krita, photoshop, python"""
    client_version: str
    """The client's own version"""


class Decompose(TypedDict):
    """Ask for the layers of a picture."""

    type: Literal["decompose"]
    job: str
    """Chosen by the client; none of its unfinished jobs has it"""
    engine: str
    """A name from `welcome`"""
    composition: str
    """A name from `welcome`"""
    width: int
    """Of the canvas, pixels"""
    height: int
    """Of the canvas, pixels"""
    depth: Literal[8, 16]
    """Bits a channel"""
    image: ImageBlob
    """The picture, whole or cropped to the box outside which it is transparent"""
    options: NotRequired[Dict[str, Union[bool, int, float, str]]]
    """Values by the names of the engine's options; left out where the engine has none"""


class Cancel(TypedDict):
    """Stop one of this client's jobs, queued or running."""

    type: Literal["cancel"]
    job: str
    """Ends with `failure` `cancelled`, or with its result where that was on its way already"""


class Welcome(TypedDict):
    """The answer to `hello`; comes again when an engine got ready, or is no more."""

    type: Literal["welcome"]
    protocol: int
    """The version of the protocol that the server speaks"""
    server_version: str
    """The server's own version"""
    engines: List[EngineInfo]
    """The first is the server's default"""
    compositions: List[str]
    """The first is the default"""
    limits: Limits
    """What the server accepts"""


class Progress(TypedDict):
    """How far a job is; at least one every two seconds until it ends."""

    type: Literal["progress"]
    job: str
    """As in `decompose`"""
    stage: str
    """In the artist's words, such as finding lines; queued while it waits"""
    fraction: float
    """Of the job's work, 0 to 1"""
    queue_position: int
    """Jobs of its engine ahead of it, 0 when it runs"""
    remaining_s: Optional[float]
    """Estimate, seconds; null while unknown"""


class Result(TypedDict):
    """The layers, bottom first."""

    type: Literal["result"]
    job: str
    """As in `decompose`"""
    engine: str
    """Which made them"""
    composition: str
    """As in `decompose`"""
    width: int
    """Of the canvas, pixels"""
    height: int
    """Of the canvas, pixels"""
    depth: Literal[8, 16]
    """Bits a channel"""
    layers: List[LayerBlob]
    """Four, one of each role"""
    reconstruction: ReconstructionInfo
    """How well they restack"""


class Failure(TypedDict):
    """A job, or a message that belongs to no job, came to nothing."""

    type: Literal["failure"]
    job: Optional[str]
    """Which ended; null where the message that failed belongs to no job"""
    code: str
    """For programs"""
    detail: str
    """One sentence for an artist: what is wrong and what to do"""


OptionInfo = Union[NumberOptionInfo, ChoiceOptionInfo, SwitchOptionInfo]
ClientMessage = Union[Hello, Decompose, Cancel]
ServerMessage = Union[Welcome, Progress, Result, Failure]
