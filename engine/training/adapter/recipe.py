"""The recipe: everything that a run of training is told, in one TOML file.

    seed = 0
    steps = 20000

    [loss]
    kind = "layer_wise"

What a file leaves out is as in the paper. Sections and equations are the paper's. The adapter that
comes out keeps its recipe's whole text.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from engine.diffusion.frames import FrameLayout
from engine.errors import EngineError

PROMPT = (
    "Anime illustration, layered rendering, lineart layer, flat color layer, light layer, "
    "shadow layer"
)
"""The fixed prompt of section 5.2."""
ATTENTION = (
    *("to_q", "to_k", "to_v", "to_out.0"),
    *("add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"),
)
"""The "attention projections" of section 4.2: of the picture's tokens, and of the prompt's."""

MOST = 1_000_000_000
"""Of whatever is counted: more would not end in a lifetime."""
Count: TypeAlias = Annotated[int, Field(ge=1, le=MOST)]
CountOrNever: TypeAlias = Annotated[int, Field(ge=0, le=MOST)]
Weight: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Module: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.]+$")]


class RecipeUnusable(EngineError):
    """A recipe cannot be read, or says what cannot be."""

    code = "recipe_unusable"


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Lora(_Table):
    """The LoRA of eq. 5, section 4.2."""

    rank: Count = 32
    """r"""
    alpha: Positive = 32.0
    """The product AB is scaled by alpha / rank: 1, as eq. 5 has none"""
    targets: Annotated[tuple[Module, ...], Field(min_length=1, strict=False)] = ATTENTION
    """The ends of the names of those linear maps in each block that it is added to"""


class Embedding(_Table):
    """The layer semantic embeddings of eq. 4, section 4.1."""

    enabled: bool = True
    """False for the ablation "w/o LSE" of section 5.4"""


class Loss(_Table):
    """The weights of eq. 11, as section 5.2 sets them."""

    kind: Literal["layer_wise", "plain"] = "layer_wise"
    """`plain` is eq. 3 on all layers alike, the ablation "w/o LW-Loss": the weights do nothing"""
    line_art: Weight = 2.5
    """Of eq. 7, L1"""
    flat_color: Weight = 1.0
    """Of eq. 8, as the next two"""
    highlight: Weight = 1.0
    shadow: Weight = 1.0
    sparse: Weight = 0.08
    """Of eq. 9"""
    composite: Weight = 1.8
    """Of eq. 10"""


class Watch(_Table):
    """What is looked at and kept while it trains; the paper says nothing of it."""

    checkpoint_every: Count = 500
    """Steps from one checkpoint to the next"""
    keep: Count = 2
    """How many of the last checkpoints stay"""
    sample_every: CountOrNever = 1000
    """Steps from one sheet of sampled layers to the next; 0 for none"""
    held_out: CountOrNever = 0
    """How many samples, the dataset's last, are not trained on; every checkpoint asks their loss"""
    early_stop: CountOrNever = 0
    """End when so many checkpoints in a row have not lowered the held out loss; 0 for never"""
    tensorboard: bool = True


class Recipe(_Table):
    """A run of training; section 5.2 where it is the paper's."""

    seed: Annotated[int, Field(ge=0, lt=1 << 63)] = 0
    """Of the LoRA, the embeddings, the noise and the order of the samples"""
    steps: Count = 20_000
    """About what the paper's 40 hours come to"""
    learning_rate: Annotated[Positive, Field(le=1)] = 1e-4
    schedule: Literal["constant", "falling"] = "constant"
    """Of the learning rate: the same all along, or falling to 0 over the second half"""
    clip: Weight = 1.0
    """The most that the gradient's norm may be, as the base model's other trainers have it; the
    paper does not say. 0 for any"""
    batch: Count = 1
    """Samples a step, shared by the graphics cards where there are several"""
    prompt: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$")] = PROMPT
    """One line"""
    precision: Literal["bf16", "fp32"] = "bf16"
    """Of the computation; LoRA and embeddings are kept in 32 bits"""
    base: Literal["bf16", "fp8", "nf4", "sharded"] = "bf16"
    """How the frozen base model lies in memory; `sharded`: in bf16, cut among the graphics cards of
    several processes. With the precision `fp32`, `bf16` means 32 bits"""
    layout: Annotated[FrameLayout, Field(strict=False)] = FrameLayout.LAYERS
    sigma: Literal["uniform", "shifted"] = "uniform"
    """How the noise's share is drawn: eq. 2's U(0, 1), or as the sampler's steps lie"""
    gradient_checkpointing: bool = True
    """Compute each block a second time rather than keep what its gradient needs"""
    lora: Lora = Lora()
    embedding: Embedding = Embedding()
    loss: Loss = Loss()
    watch: Watch = Watch()

    @model_validator(mode="after")
    def _early_stop_sees_something(self) -> Self:
        if self.watch.early_stop and not self.watch.held_out:
            raise ValueError("watch.early_stop needs watch.held_out, the samples that it looks at")
        return self

    @model_validator(mode="after")
    def _sheets_have_a_model(self) -> Self:
        if self.base == "sharded" and self.watch.sample_every:
            raise ValueError(
                'base = "sharded" needs watch.sample_every = 0, as one process alone cannot sample '
                "with a part of the model"
            )
        return self

    def trained_of(self, samples: int) -> int:
        """How many of so many samples are trained on.

        Raises:
            RecipeUnusable: all of them are held out.
        """
        trained = samples - self.watch.held_out
        if trained < 1:
            raise RecipeUnusable(
                f"The recipe's held_out in its table [watch] is {self.watch.held_out}, and the "
                f"dataset's samples are no more than {samples}; lower it, or build more."
            )
        return trained

    @classmethod
    def read(cls, path: Path) -> Recipe:
        """Read a TOML file; see `parse`.

        Raises:
            OSError: there is no such file, or it cannot be read.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")  # Notepad marks its files
        except UnicodeDecodeError:
            raise RecipeUnusable(f"{path} is no text in UTF-8; choose a TOML file.") from None
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, name: str = "The recipe") -> Recipe:
        """Understand a recipe's text.

        Args:
            text: TOML.
            name: what errors call it.

        Raises:
            RecipeUnusable: it is no TOML, has a key that nobody knows, or a value that cannot be.
        """
        try:
            return cls.model_validate(tomllib.loads(text))
        except ValidationError as error:
            raise RecipeUnusable(_sentence(error.errors()[0], text, name)) from None
        except (ValueError, RecursionError) as error:  # numbers and lists without end, too
            reason = str(error).partition(";")[0].rstrip(".")
            raise RecipeUnusable(f"{name} is no TOML: {reason}; correct it there.") from None

    def toml_text(self) -> str:
        """The whole recipe as TOML, defaults too; `parse` gives the same recipe back."""
        fields = self.model_dump(mode="json")
        tables = {name: value for name, value in fields.items() if isinstance(value, dict)}
        top = {name: value for name, value in fields.items() if name not in tables}
        parts = [_lines(top), *(f"[{name}]\n{_lines(table)}" for name, table in tables.items())]
        return "\n".join(parts)


def _lines(table: dict[str, object]) -> str:
    # JSON's numbers, truths, strings and lists of them are TOML's, too.
    return "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items()
    )


def _sentence(error: ErrorDetails, text: str, name: str) -> str:
    keys = [str(key) for key in error["loc"] if isinstance(key, str)]
    if not keys:
        return f"{name} contradicts itself: {error['msg'].removeprefix('Value error, ')}."
    key, line = ".".join(keys), _line_of(keys, text)
    where = f"{name}, line {line}" if line else name
    if error["type"] == "extra_forbidden":
        return f"{where}: a recipe has no {key}; take it out or correct its name."
    if error["type"] in ("model_type", "model_attributes_type"):
        return f"{where}: {key} is a table; write [{key}] on a line and its keys below."
    told = error["msg"].replace("Input", "it").replace("Tuple", "it").replace("String", "it")
    return f"{where}: {key} is {error['input']!r}, but {told}; correct it."


def _line_of(keys: list[str], text: str) -> int | None:
    """The line of a key in a TOML file, from 1; None where it is written in another way."""
    return next((line for line, path in _keys(text) if path == keys), None)


def _keys(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that names a table or a key, and the whole path of that."""
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := re.match(r"\s*\[([\w.-]+)\]", line):
            table = heading[1].split(".")
            yield number, table
        elif key := re.match(r"\s*([\w.-]+)\s*=", line):
            yield number, [*table, *key[1].split(".")]
