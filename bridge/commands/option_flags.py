"""The engines' options as flags of a command: `line_thickness` is `--line-thickness`."""

from __future__ import annotations

import argparse
from typing import Any

from engine import ChoiceOption, NumberOption, Option, OptionValue, SwitchOption, registry

DEST = "option {}"
"""Where an option's value stands among the arguments; no flag of a command's own is called so."""


def add_option_flags(command: argparse.ArgumentParser) -> None:
    """Give a command a flag for each option that an engine declares; engines share equal names."""
    known: set[str] = set()
    for engine in registry.ENGINES:
        group = command.add_argument_group(f"options of the {engine} engine")
        for option in registry.options_of(engine):
            if option.name not in known:
                known.add(option.name)
                group.add_argument(f"--{option.name.replace('_', '-')}", **_flag(option))


def chosen_options(arguments: argparse.Namespace) -> dict[str, OptionValue]:
    """What was given, by the options' names; the engine says whether it can be so."""
    start = DEST.format("")
    return {
        name.removeprefix(start): value
        for name, value in vars(arguments).items()
        if name.startswith(start)
    }


def _flag(option: Option) -> dict[str, Any]:
    flag: dict[str, Any] = {"dest": DEST.format(option.name), "default": argparse.SUPPRESS}
    flag["help"] = _help(option).replace("%", "%%")
    if isinstance(option, NumberOption):
        return {**flag, "type": _number, "metavar": (option.unit or "number").upper()}
    if isinstance(option, ChoiceOption):
        values = ",".join(choice.value for choice in option.choices)
        return {**flag, "metavar": f"{{{values}}}"}
    return {**flag, "action": argparse.BooleanOptionalAction}


def _help(option: Option) -> str:
    """The engine's own sentence, as helps are written here, with the values that there are."""
    sentence = option.help[:1].lower() + option.help[1:].rstrip(".")
    if isinstance(option, NumberOption):
        least, most = f"{option.least:g}", f"{option.most:g}"
        meaning = f", {least} is {option.least_title.lower()}" if option.least_title else ""
        return f"{sentence} ({least} to {most}{meaning}; default: {option.default:g})"
    default = ("off", "on")[option.default] if isinstance(option, SwitchOption) else option.default
    return f"{sentence} (default: {default})"


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a number is wanted, not {text!r}") from None
    return int(value) if value.is_integer() else value
