"""Where the base model and the adapter lie, whether they are whole, and what to do if not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, Field, TypeAdapter

from engine.diffusion.headers import read_header
from engine.diffusion.pairing import check_pair
from engine.diffusion.receipt import write_whole
from engine.errors import EngineError, WeightsMissing, WeightsUnusable

HOME_VARIABLE = "LAYER_BRIDGE_MODELS"
"""Environment variable: another folder for the weights and for what was chosen."""
CHOICE = "choice.json"

PACKAGES = (
    *("accelerate", "diffusers", "huggingface_hub", "peft", "psutil", "safetensors", "torch"),
    "transformers",
)
"""What the extra `diffusion` brings, by the names of their modules."""

CONFIGURATIONS = (
    "transformer/config.json",
    "vae/config.json",
    "scheduler/scheduler_config.json",
)
WEIGHTS_FILE = "diffusion_pytorch_model.safetensors"
"""In transformer/ and vae/, or cut in pieces that an index of this name lists."""
INDEX_FILE = f"{WEIGHTS_FILE}.index.json"
MISSING = "is missing"
"""How it is with a file that is not there."""

TEXT_ENCODER_FILES = (
    "text_encoder/config.json",
    "tokenizer/tokenizer_config.json",
    "tokenizer/vocab.json",
    "tokenizer/merges.txt",
)
"""What is needed to encode a prompt, beside the weights in text_encoder/."""
TEXT_WEIGHTS_FILE = "model.safetensors"
"""In text_encoder/, as transformers calls it."""


@dataclass(frozen=True)
class Weights:
    """All that the engine loads."""

    base: Path
    """A folder in diffusers' layout, with transformer/, vae/ and scheduler/"""
    transformer_file: Path | None
    """A single file that takes the place of the transformer's weights in that folder"""
    adapter: Path
    """The one adapter file"""


@dataclass(frozen=True)
class Base:
    """The base model's part of that."""

    folder: Path
    transformer_file: Path | None = None


@dataclass(frozen=True)
class Choice:
    """What the artist pulled or pointed at, as remembered, whole or not."""

    base: Path | None = None
    transformer_file: Path | None = None
    adapter: Path | None = None


CHOICES = TypeAdapter(dict[Literal["base", "transformer_file", "adapter"], Path | None])
CONFIGS = TypeAdapter(dict[str, Any])


class Index(BaseModel):
    """Which files beside it hold a part's weights."""

    weight_map: Annotated[
        dict[str, Annotated[str, Field(pattern=r"^[^/\\]+\.safetensors$")]], Field(min_length=1)
    ]


def models_home() -> Path:
    """The folder where weights are pulled to, and where the choice is remembered."""
    chosen = os.environ.get(HOME_VARIABLE)
    return Path(chosen) if chosen else _data_folder() / "models"


def _data_folder() -> Path:
    return platformdirs.user_data_path("layer-bridge", appauthor=False)


def read_choice() -> Choice:
    """What is chosen; nothing where nothing was chosen yet.

    Raises:
        WeightsUnusable: the file that remembers it is damaged.
    """
    file = models_home() / CHOICE
    if not file.is_file():
        return Choice()
    try:
        return Choice(**CHOICES.validate_json(file.read_bytes()))
    except (OSError, ValueError):
        raise WeightsUnusable(
            f"{file} cannot be understood; delete it and say again what to use, "
            "with `layer-bridge models pull` or `layer-bridge models path`."
        ) from None


def remember(choice: Choice) -> None:
    """Choose these from now on."""
    file = models_home() / CHOICE
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: path and str(path.resolve()) for name, path in asdict(choice).items()}
    write_whole(file, json.dumps(kept, indent=2) + "\n")


def missing() -> str:
    """Why the engine cannot work now and what to do, one sentence; empty where it can."""
    try:
        find_weights()
    except EngineError as error:
        return str(error)
    return ""


def find_weights(adapter: Path | None = None) -> Weights:
    """What the engine loads; files are looked at and their headers read, no more.

    Args:
        adapter: the file of another adapter than the chosen one.

    Raises:
        WeightsMissing: something is not there.
        WeightsUnusable: it is, but damaged or of another kind; or base model and adapter do not
            belong together; or what remembers the choice cannot be read.
    """
    base = find_base()
    with _readable():
        adapter = adapter or read_choice().adapter
        if adapter is None:
            raise WeightsMissing(
                "The diffusion engine needs an adapter; download one with `layer-bridge models "
                "pull adapter OWNER/NAME`, or point at yours with `layer-bridge models path "
                "adapter FILE`."
            )
        check_adapter(adapter)
        check_pair(adapter, base.folder)
    return Weights(base.folder, base.transformer_file, adapter)


def find_base() -> Base:
    """The base model alone, which is what training begins with; see `find_weights`."""
    check_packages()
    with _readable():
        choice = read_choice()
        if choice.base is None:
            raise WeightsMissing(
                "The diffusion engine needs its base model; download it with `layer-bridge models "
                "pull`, or point at yours with `layer-bridge models path base FOLDER`."
            )
        check_base(choice.base, choice.transformer_file)
    return Base(choice.base, choice.transformer_file)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WeightsUnusable(
            f"{error.filename} cannot be read ({error.strerror}); check its permissions."
        ) from None


def find_text_encoder() -> Path:
    """The folder that text_encoder/ and tokenizer/ are in: what encodes a prompt, to train with.

    To decompose, nobody needs them: the one prompt lies encoded in the adapter.

    Raises:
        WeightsMissing: they are not there, or not whole.
        WeightsUnusable: what remembers the choice cannot be read.
    """
    check_packages()
    base = read_choice().base
    faults = text_encoder_faults(base) if base else ["no base model is chosen"]
    if base is None or faults:
        raise WeightsMissing(
            "To train takes the base model's text encoder, which encodes the prompt, and it is not "
            f"here ({in_short(faults)}); download it with `layer-bridge models pull "
            "--text-encoder`, and the --to or --transformer that you gave for the base model."
        )
    return base


def check_packages() -> None:
    """Raise WeightsMissing unless the packages that the engine works with are installed."""
    lacking = [name for name in PACKAGES if find_spec(name) is None]
    if lacking:
        raise WeightsMissing(
            f"The diffusion engine needs Python packages that are not here ({', '.join(lacking)}); "
            "install layer-bridge[diffusion], in layer-bridge's folder: "
            "pipx install --force '.[diffusion]'"
        )


def check_base(folder: Path, transformer_file: Path | None) -> None:
    """See that everything that is loaded of the base model is there, whole.

    Raises:
        WeightsMissing: some of it is not there.
        WeightsUnusable: some of it is damaged.
    """
    faults = base_faults(folder, transformer_file)
    if faults:
        absent = all(fault.endswith(MISSING) for fault in faults)
        raise (WeightsMissing if absent else WeightsUnusable)(
            f"The base model in {folder} is not whole ({in_short(faults)}); complete it with "
            "`layer-bridge models pull`, or point at another with `layer-bridge models path base "
            "FOLDER`."
        )


def check_adapter(file: Path) -> None:
    """Raise WeightsMissing or WeightsUnusable unless an adapter file of ours is there, whole."""
    from engine.diffusion.adapter import read_info

    if not file.is_file():
        raise WeightsMissing(
            f"There is no adapter {file}; point at one with `layer-bridge models path adapter "
            "FILE`, or download one with `layer-bridge models pull adapter OWNER/NAME`."
        )
    read_info(file)


def base_faults(folder: Path, transformer_file: Path | None = None) -> list[str]:
    """What of a base model is missing or cut short, some words for each file."""
    return _faults(base_files(folder, transformer_file), folder)


def text_encoder_faults(folder: Path) -> list[str]:
    """What of a base model's text encoder and tokenizer is missing or cut short; `base_faults`."""
    return _faults(text_encoder_files(folder), folder)


def in_short(faults: list[str]) -> str:
    """The first of some faults, and how many more there are."""
    return faults[0] + (f" and {len(faults) - 1} more" if len(faults) > 1 else "")


def _faults(files: list[Path], folder: Path) -> list[str]:
    faults = ((file, fault_of(file)) for file in files)
    return [f"{_within(file, folder)} {fault}" for file, fault in faults if fault]


def base_files(folder: Path, transformer_file: Path | None = None) -> list[Path]:
    """Every file that is loaded of a base model, whether it is there or not."""
    transformer = [transformer_file] if transformer_file else _pieces(folder / "transformer")
    configurations = [folder / name for name in CONFIGURATIONS]
    return [*configurations, *_pieces(folder / "vae"), *transformer]


def text_encoder_files(folder: Path) -> list[Path]:
    """Every file that encodes a prompt, whether it is there or not."""
    pieces = _pieces(folder / "text_encoder", TEXT_WEIGHTS_FILE)
    return [*(folder / name for name in TEXT_ENCODER_FILES), *pieces]


def _pieces(part: Path, whole: str = WEIGHTS_FILE) -> list[Path]:
    """The files that hold one part's weights: `whole`, or what its index lists."""
    index = part / f"{whole}.index.json"
    if not index.is_file():
        return [part / whole]
    try:
        names = set(Index.model_validate_json(index.read_bytes()).weight_map.values())
    except (OSError, ValueError):
        return [index, part / whole]
    return [index, *(part / name for name in sorted(names))]


def fault_of(file: Path) -> str:
    """What is wrong with a file as far as a glance tells, in some words; empty where nothing is."""
    if not file.is_file():
        return MISSING
    try:
        if file.suffix == ".json":
            CONFIGS.validate_json(file.read_bytes())
        elif file.suffix != ".txt":
            read_header(file)
    except ValueError:
        return "is cut short or damaged"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return ""


def _within(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
