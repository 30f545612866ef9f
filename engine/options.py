"""What an engine lets an artist choose, described so that every client can show it.

An engine declares its options once, in `Engine.options`; the command line, the wire and the hosts'
panels show what is declared, in its words. The values of one job are `Options`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.errors import UnsupportedOption

OptionValue = bool | int | float | str
Options = Mapping[str, OptionValue]
"""name -> value, one for each option of an engine, all of them valid."""


@dataclass(frozen=True, kw_only=True)
class Option(ABC):
    """One choice, in the artist's words."""

    name: str
    """What programs call it: lower case, words joined by underscores"""
    title: str
    """What artists call it, a word or three"""
    help: str
    """One sentence: what it does to the layers"""
    default: OptionValue
    """Its value where nothing was chosen"""

    @abstractmethod
    def checked(self, value: object) -> OptionValue:
        """The value as this option's engine reads it.

        Raises:
            UnsupportedOption: it is not one that the option can have.
        """


@dataclass(frozen=True, kw_only=True)
class NumberOption(Option):
    """A number within bounds; a whole one where `least` and `step` are whole."""

    default: float
    least: float
    most: float
    step: float = 1
    """What a click on an arrow adds; values between two steps are fine"""
    unit: str = ""
    """What is counted, such as px"""
    least_title: str = ""
    """What the least value is called where it means more than a number, such as Automatic"""

    @property
    def is_whole(self) -> bool:
        """Whether it counts something."""
        return all(float(number).is_integer() for number in (self.least, self.step))

    def checked(self, value: object) -> OptionValue:
        """See `Option`; NaN and what is too large for a float lie outside all bounds."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            within = self.least <= value <= self.most
            if within and not self.is_whole:
                return float(value)
            if within and value == int(value):
                return int(value)
        kind = "whole number" if self.is_whole else "number"
        raise UnsupportedOption(
            f"{self.title} must be a {kind} from {self.least:g} to {self.most:g}."
        )


@dataclass(frozen=True)
class Choice:
    """One of the values of a `ChoiceOption`."""

    value: str
    title: str
    """What artists call it"""


@dataclass(frozen=True, kw_only=True)
class ChoiceOption(Option):
    """One of a few named values."""

    default: str
    choices: tuple[Choice, ...]

    def checked(self, value: object) -> OptionValue:
        """See `Option`."""
        known = [choice.value for choice in self.choices]
        if isinstance(value, str) and value in known:
            return str(value)
        raise UnsupportedOption(f"{self.title} must be one of {', '.join(known)}.")


@dataclass(frozen=True, kw_only=True)
class SwitchOption(Option):
    """On or off."""

    default: bool = False

    def checked(self, value: object) -> OptionValue:
        """See `Option`."""
        if isinstance(value, bool):
            return value
        raise UnsupportedOption(f"{self.title} must be on or off (true or false).")


def complete(
    declared: Iterable[Option], chosen: Mapping[str, object], otherwise: Options | None = None
) -> Options:
    """A value for each declared option: the chosen one, else `otherwise`'s, else its default.

    Raises:
        UnsupportedOption: a name that is not declared, or a value that its option cannot have.
    """
    known = {option.name: option for option in declared}
    for name in chosen:
        if name not in known:
            raise UnsupportedOption(_unknown(name, list(known)))
    given = {name: known[name].checked(value) for name, value in chosen.items()}
    return {
        name: given.get(name, (otherwise or {}).get(name, option.default))
        for name, option in known.items()
    }


def _unknown(name: str, known: list[str]) -> str:
    if not known:
        return f"This engine has no options; leave out {name[:64]!r}."
    return f"This engine has no option {name[:64]!r}; it has {', '.join(known)}."
