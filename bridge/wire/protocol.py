"""The wire protocol: every message that crosses the socket, and nothing else.

A conversation, with the client's messages on the left:

    hello      ->
                <-  welcome                     (or failure `unsupported_version`, and close)
    decompose  ->                               any number of jobs, each with its own id
                <-  progress, progress ...      queued (queue_position > 0), then running
    cancel     ->                               if wanted
                <-  result | failure            exactly one for each job

Rules: every field is always present, absent is null, but for `options`, which earlier clients and
servers do not have; the server reads strictly, clients ignore fields, message types and kinds of
options that they do not know; pixels follow the header (see `framing`) as raw rows, R G B A, 8 bits
or 16 bits little-endian a channel, straight alpha.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from engine import BlendMode, LayerRole

PROTOCOL_VERSION = 1
FRAGMENT_BYTES = 1 << 20
"""Size of the WebSocket fragments that a sender aims at, in bytes."""


class ErrorCode(StrEnum):
    """What a failure is about; stable, for programs to act on."""

    INVALID_MESSAGE = "invalid_message"
    UNSUPPORTED_VERSION = "unsupported_version"
    TOO_LARGE = "too_large"
    TOO_MANY_JOBS = "too_many_jobs"
    SHUTTING_DOWN = "shutting_down"
    CANCELLED = "cancelled"
    UNSUPPORTED_IMAGE = "unsupported_image"
    UNSUPPORTED_OPTION = "unsupported_option"
    WEIGHTS_MISSING = "weights_missing"
    WEIGHTS_UNUSABLE = "weights_unusable"
    OUT_OF_MEMORY = "out_of_memory"
    RECONSTRUCTION = "reconstruction"
    ENGINE_FAILED = "engine_failed"


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
    )


JobId = Annotated[str, Field(min_length=1, max_length=64)]
Count = Annotated[int, Field(ge=0, lt=1 << 53)]
Extent = Annotated[int, Field(ge=1, le=1 << 20)]
Word = Annotated[str, Field(max_length=64)]
OptionValue = bool | int | float | Word
OptionValues = Annotated[dict[Word, OptionValue], Field(max_length=64)]


class ImageBlob(_Model):
    """A box of pixels in the payload; the canvas outside the box is transparent."""

    x: Count
    """Left edge on the canvas, pixels"""
    y: Count
    """Top edge on the canvas, pixels"""
    width: Count
    """Pixels; 0 for an empty layer"""
    height: Count
    """Pixels; 0 for an empty layer"""
    offset: Count
    """First byte in the payload"""
    length: Count
    """Bytes: width x height x 4 x depth / 8"""


class Hello(_Model):
    """The first message of a conversation."""

    type: Literal["hello"] = "hello"
    protocol: Count
    """The version of the protocol that the client speaks"""
    client: Word
    """Who speaks: krita, photoshop, python"""
    client_version: Word
    """The client's own version"""


class Decompose(_Model):
    """Ask for the layers of a picture."""

    type: Literal["decompose"] = "decompose"
    job: JobId
    """Chosen by the client; none of its unfinished jobs has it"""
    engine: Word
    """A name from `welcome`"""
    composition: Word
    """A name from `welcome`"""
    width: Extent
    """Of the canvas, pixels"""
    height: Extent
    """Of the canvas, pixels"""
    depth: Literal[8, 16]
    """Bits a channel"""
    image: ImageBlob
    """The picture, whole or cropped to the box outside which it is transparent"""
    options: OptionValues = Field(default_factory=dict, exclude_if=lambda options: not options)
    """Values by the names of the engine's options; left out where the engine has none"""


class Cancel(_Model):
    """Stop one of this client's jobs, queued or running."""

    type: Literal["cancel"] = "cancel"
    job: JobId
    """Ends with `failure` `cancelled`, or with its result where that was on its way already"""


class _OptionInfo(_Model):
    name: str
    """What `decompose` calls it"""
    title: str
    """What artists call it"""
    help: str
    """One sentence for a tooltip: what it does to the layers"""


class NumberOptionInfo(_OptionInfo):
    """A number to choose; a whole one where `least` and `step` are whole."""

    kind: Literal["number"] = "number"
    """A spin box or a slider"""
    default: int | float
    """The value where none is sent"""
    least: int | float
    """The smallest value"""
    most: int | float
    """The largest value"""
    step: int | float
    """What a click on an arrow adds; values between two steps are fine"""
    unit: str
    """What is counted, such as px; may be empty"""
    least_title: str
    """What to show in place of the smallest value, such as Automatic; may be empty"""


class ChoiceInfo(_Model):
    """One of the values of a `ChoiceOptionInfo`."""

    value: str
    """What `decompose` calls it"""
    title: str
    """What artists call it"""


class ChoiceOptionInfo(_OptionInfo):
    """One of a few named values to choose."""

    kind: Literal["choice"] = "choice"
    """A menu"""
    default: str
    """The value where none is sent"""
    choices: list[ChoiceInfo]
    """In the order to show them"""


class SwitchOptionInfo(_OptionInfo):
    """Something to switch on."""

    kind: Literal["switch"] = "switch"
    """A check box"""
    default: bool
    """The value where none is sent"""


OptionInfo = NumberOptionInfo | ChoiceOptionInfo | SwitchOptionInfo
OPTION_KINDS = [model.model_fields["kind"].default for model in get_args(OptionInfo)]


def _of_known_kinds(options: Any) -> Any:
    """Leave out what a later server offers and nobody here can show."""
    if not isinstance(options, list):
        return options
    return [
        option
        for option in options
        if not isinstance(option, dict) or option.get("kind") in OPTION_KINDS
    ]


class EngineInfo(_Model):
    """An engine that the server has."""

    name: str
    """What `decompose` calls it"""
    ready: bool
    """Whether it can work now"""
    detail: str
    """Why it is not ready and what to do, else empty"""
    options: Annotated[
        list[Annotated[OptionInfo, Field(discriminator="kind")]], BeforeValidator(_of_known_kinds)
    ] = Field(default_factory=list)
    """What an artist can choose, in the order to show it; an earlier server sends no such field"""


class Limits(_Model):
    """What the server accepts."""

    max_pixels: Count
    """Of one canvas"""
    max_jobs: Count
    """Unfinished jobs of one client"""


class Welcome(_Model):
    """The answer to `hello`; comes again when an engine got ready, or is no more."""

    type: Literal["welcome"] = "welcome"
    protocol: Count
    """The version of the protocol that the server speaks"""
    server_version: str
    """The server's own version"""
    engines: list[EngineInfo]
    """The first is the server's default"""
    compositions: list[str]
    """The first is the default"""
    limits: Limits
    """What the server accepts"""


class Progress(_Model):
    """How far a job is; at least one every two seconds until it ends."""

    type: Literal["progress"] = "progress"
    job: JobId
    """As in `decompose`"""
    stage: str
    """In the artist's words, such as finding lines; queued while it waits"""
    fraction: Annotated[float, Field(ge=0, le=1)]
    """Of the job's work, 0 to 1"""
    queue_position: Count
    """Jobs of its engine ahead of it, 0 when it runs"""
    remaining_s: float | None
    """Estimate, seconds; null while unknown"""


class LayerBlob(_Model):
    """One layer of a result."""

    role: LayerRole
    """What it holds"""
    name: str
    """As hosts show it, such as Flat Color"""
    blend_mode: BlendMode
    """How it mixes with what lies under it"""
    opacity: Literal[1]
    """Of the layer as a whole"""
    image: ImageBlob
    """Its pixels, cropped to the box outside which they are transparent"""


class ReconstructionInfo(_Model):
    """How well the layers restack."""

    psnr_db: float
    """Peak signal-to-noise ratio, dB; 99 where nothing differs"""
    max_error: float
    """Largest difference of alpha or premultiplied colour, in 1/255"""


class Result(_Model):
    """The layers, bottom first."""

    type: Literal["result"] = "result"
    job: JobId
    """As in `decompose`"""
    engine: str
    """Which made them"""
    composition: str
    """As in `decompose`"""
    width: Extent
    """Of the canvas, pixels"""
    height: Extent
    """Of the canvas, pixels"""
    depth: Literal[8, 16]
    """Bits a channel"""
    layers: list[LayerBlob]
    """Four, one of each role"""
    reconstruction: ReconstructionInfo
    """How well they restack"""


class Failure(_Model):
    """A job, or a message that belongs to no job, came to nothing."""

    type: Literal["failure"] = "failure"
    job: JobId | None
    """Which ended; null where the message that failed belongs to no job"""
    code: ErrorCode
    """For programs"""
    detail: str
    """One sentence for an artist: what is wrong and what to do"""


ClientMessage = Hello | Decompose | Cancel
ServerMessage = Welcome | Progress | Result | Failure
"""Every message is in one of the two; whatever else lists messages asks them."""

SERVER_MESSAGE_TYPES = [model.model_fields["type"].default for model in get_args(ServerMessage)]

_BY_TYPE = Field(discriminator="type")
_CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(Annotated[ClientMessage, _BY_TYPE])
_SERVER_MESSAGE: TypeAdapter[ServerMessage] = TypeAdapter(Annotated[ServerMessage, _BY_TYPE])
_JOB_ID: TypeAdapter[str] = TypeAdapter(JobId)


class ProtocolError(Exception):
    """A message that this protocol does not allow; the text says why, in one sentence."""

    def __init__(self, code: ErrorCode, detail: str, job: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.job = job


def parse_client_message(header: dict[str, Any]) -> ClientMessage:
    """Read a client's header.

    Raises:
        ProtocolError: `invalid_message`, naming the first field that is wrong; it carries the job
            where the header names one.
    """
    try:
        return _CLIENT_MESSAGE.validate_python(header)
    except ValidationError as error:
        raise _invalid(header, error) from None


def parse_server_message(header: dict[str, Any]) -> ServerMessage | None:
    """Read a server's header, as a client does: None for a type of message that it does not know.

    Raises:
        ProtocolError: `invalid_message`, naming the first field that is wrong.
    """
    if header.get("type") not in SERVER_MESSAGE_TYPES:
        return None
    try:
        return _SERVER_MESSAGE.validate_json(json.dumps(header), extra="ignore")
    except ValidationError as error:
        raise _invalid(header, error) from None


def _invalid(header: dict[str, Any], error: ValidationError) -> ProtocolError:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "message"
    return ProtocolError(ErrorCode.INVALID_MESSAGE, f"{where}: {first['msg']}.", _job_of(header))


def _job_of(header: dict[str, Any]) -> str | None:
    """The job that a wrong header names, if a failure can name it too."""
    try:
        return _JOB_ID.validate_python(header.get("job"), strict=True)
    except ValidationError:
        return None
