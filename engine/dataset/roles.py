"""What an artist's layers hold, by their names, their groups' names and their blend modes."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from engine.dataset.formulas import DARKENING, LIGHTENING
from engine.errors import UnsupportedOption
from engine.layers import LayerRole

IGNORE: Literal["ignore"] = "ignore"
Part: TypeAlias = "LayerRole | Literal['ignore']"
"""What a layer is for: one of the four layers, or nothing of the picture."""
TABLE = Path(__file__).with_name("roles.toml")
WORDS = re.compile(r"[a-z]+|[^\W\d_a-z]+|\d+")
STANDS_ALONE = re.compile(r"[\x00-\x7f]+|[\uac00-\ud7a3]")
"""Words of Latin letters, and single syllables of Hangul."""
TRAILING = re.compile(r"( copy| のコピー| 복사| 副本|拷贝| 拷贝| \d+)* $")
"""What programs put behind the name of a duplicate."""
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
SEPARATOR = "/"
"""Between the names of a path in a mapping file."""


def _spelled(word: str) -> str:
    if not _split(word):
        raise ValueError(f"{word!r} has no letter or digit and would be in every name")
    return word


Words: TypeAlias = list[Annotated[str, AfterValidator(_spelled)]]


class _Words(BaseModel):
    """One role's section of a table."""

    model_config = ConfigDict(extra="forbid", strict=True)

    words: Words = []
    last: Words = []
    own: Words = []
    weak: Words = []


class _Table(BaseModel):
    """A table as it stands in a file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    line_art: _Words = _Words()
    flat_color: _Words = _Words()
    shadow: _Words = _Words()
    highlight: _Words = _Words()
    ignore: _Words = _Words()
    names: dict[str, Literal["line_art", "flat_color", "shadow", "highlight", "ignore"]] = {}


@dataclass(frozen=True)
class RoleTable:
    """Words, and what a layer with each in its name holds."""

    words: Mapping[str, Part]
    last: Mapping[str, Part]
    """Those that count at a name's end only."""
    own: Mapping[str, Part]
    """People's names, too: those count only at the end of a layer's own name, if no other does."""
    weak: Mapping[str, Part]
    names: Mapping[str, Part]
    """By a layer's whole name, or its path: the names from the outermost group on, with "/"."""

    def __add__(self, other: RoleTable) -> RoleTable:
        """Both; where they differ, the other's."""
        return RoleTable(
            {**self.words, **other.words},
            {**self.last, **other.last},
            {**self.own, **other.own},
            {**self.weak, **other.weak},
            {**self.names, **other.names},
        )

    def role(self, path: Sequence[str], blend_mode: str) -> Part | None:
        """What the layer at a path of names, the outermost group's first, holds; None: unknown.

        A name or path that was mapped is what it was mapped to. Else a word in the layer's own name
        decides; else one in that of the nearest group; then a word that is a person's name, too;
        then the blend mode; then weak words. A group of flats makes no flat of what one of those
        two calls shading; all of a group to ignore is ignored.
        """
        mapped = self.names.get(_plain(SEPARATOR.join(path)), self.names.get(_plain(path[-1])))
        if mapped is not None:
            return mapped
        own, *around = [_spoken(name, self.words, self.last) for name in reversed(path)]
        if IGNORE in around:
            return IGNORE
        if own is not None:
            return own
        hint = _spoken(path[-1], {}, self.own) or _hint(blend_mode)
        group = next((found for found in around if found is not None), None)
        if group is not None and not (group is LayerRole.FLAT_COLOR and hint is not None):
            return group
        weak = (_spoken(name, self.weak, {}) for name in reversed(path))
        return hint or group or next((found for found in weak if found is not None), None)


def read_roles(path: Path | None = None) -> RoleTable:
    """The table that comes with layer-bridge, and what a file adds to it.

    Raises:
        UnsupportedOption: the file cannot be read, or says something else than roles.
    """
    table = _read(TABLE)
    return table if path is None else table + _read(path)


def _read(path: Path) -> RoleTable:
    try:
        table = _Table.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnsupportedOption(
            f"{path}: {where}: {first['msg']}; it takes lists of words for {', '.join(_parts())}, "
            "and names."
        ) from error
    except OSError as error:
        raise UnsupportedOption(
            f"{path} cannot be read ({error.strerror or error}); check its name and permissions."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnsupportedOption(f"{path} is no TOML ({error}); correct it there.") from error
    words, last, own, weak = (
        {word: part for part in _parts() for word in _words(getattr(getattr(table, part), kind))}
        for kind in ("words", "last", "own", "weak")
    )
    names = {_plain(name): _part(part) for name, part in table.names.items()}
    return RoleTable(words, last, own, weak, names)


def _parts() -> list[Part]:
    return [*LayerRole, IGNORE]


def _part(text: str) -> Part:
    return IGNORE if text == IGNORE else LayerRole(text)


def _words(words: Iterable[str]) -> list[str]:
    return [" ".join(_split(word)) for word in words]


def _hint(blend_mode: str) -> LayerRole | None:
    if blend_mode in DARKENING:
        return LayerRole.SHADOW
    return LayerRole.HIGHLIGHT if blend_mode in LIGHTENING else None


def _plain(name: str) -> str:
    """A name without regard to case and width."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


@cache
def _split(name: str) -> tuple[str, ...]:
    """A name's words: runs of Latin letters, of other letters, and of digits."""
    parted = CAMEL.sub(" ", unicodedata.normalize("NFKC", name))
    return tuple(WORDS.findall(unicodedata.normalize("NFKC", parted.casefold())))


def _spoken(name: str, words: Mapping[str, Part], last: Mapping[str, Part]) -> Part | None:
    """What the longest word in a name says; of several as long the last, which is the head of a
    compound in all four languages."""
    text = f" {' '.join(_split(name))} "
    end = TRAILING.sub(" ", text)
    found = [
        (len(word), text.rfind(word), part)
        for word, part in words.items()
        if (f" {word} " if STANDS_ALONE.fullmatch(word) else word) in text
    ]
    found += [
        (len(word), len(end), part) for word, part in last.items() if end.endswith(f" {word} ")
    ]
    return max(found)[2] if found else None
