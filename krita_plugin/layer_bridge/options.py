"""What the engines let an artist choose: as the server describes it, and as it was chosen here."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Union

from .protocol import (
    ChoiceInfo,
    ChoiceOptionInfo,
    NumberOptionInfo,
    OptionInfo,
    SwitchOptionInfo,
    Welcome,
)

OptionValue = Union[bool, int, float, str]


def read_options(listed: List[Dict[str, Any]]) -> List[OptionInfo]:
    """An engine's options, from a welcome; kinds that this plugin does not know are passed over.

    Raises:
        KeyError, TypeError, ValueError: they are not what the protocol says.
    """
    return [READERS[one["kind"]](one) for one in listed if one["kind"] in READERS]


def _number(told: Dict[str, Any]) -> OptionInfo:
    return NumberOptionInfo(
        name=str(told["name"]),
        title=str(told["title"]),
        help=str(told["help"]),
        kind="number",
        default=_real(told["default"]),
        least=_real(told["least"]),
        most=_real(told["most"]),
        step=_real(told["step"]),
        unit=str(told["unit"]),
        least_title=str(told["least_title"]),
    )


def _choice(told: Dict[str, Any]) -> OptionInfo:
    return ChoiceOptionInfo(
        name=str(told["name"]),
        title=str(told["title"]),
        help=str(told["help"]),
        kind="choice",
        default=str(told["default"]),
        choices=[
            ChoiceInfo(value=str(one["value"]), title=str(one["title"])) for one in told["choices"]
        ],
    )


def _switch(told: Dict[str, Any]) -> OptionInfo:
    return SwitchOptionInfo(
        name=str(told["name"]),
        title=str(told["title"]),
        help=str(told["help"]),
        kind="switch",
        default=bool(told["default"]),
    )


READERS: Dict[str, Callable[[Dict[str, Any]], OptionInfo]] = {
    "number": _number,
    "choice": _choice,
    "switch": _switch,
}
"""Of the kinds of options that this plugin can show."""


def _real(value: Any) -> Union[int, float]:
    """A number as it was sent."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number")
    return value


def options_of(welcome: Optional[Welcome], engine: str) -> List[OptionInfo]:
    """What can be chosen of an engine; nothing without a server, or where the server lacks it."""
    engines = welcome["engines"] if welcome else []
    return next((info["options"] for info in engines if info["name"] == engine), [])


def values_of(options: List[OptionInfo], kept: Any) -> Dict[str, OptionValue]:
    """A value for each option: the kept one where it fits what the engine offers now.

    Args:
        options: of one engine.
        kept: name -> value, from the settings; whatever does not fit is passed over.
    """
    chosen: Mapping[str, Any] = kept if isinstance(kept, dict) else {}
    return {
        option["name"]: _value(option, chosen.get(option["name"], option["default"]))
        for option in options
    }


def _value(option: OptionInfo, value: Any) -> OptionValue:
    return value if fits(option, value) else option["default"]


def fits(option: OptionInfo, value: Any) -> bool:
    """Whether an option can have a value."""
    if option["kind"] == "switch":
        return isinstance(value, bool)
    if option["kind"] == "choice":
        return value in [choice["value"] for choice in option["choices"]]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return option["least"] <= value <= option["most"] and not (is_whole(option) and value % 1)


def is_whole(option: NumberOptionInfo) -> bool:
    """Whether a number counts something."""
    return option["least"] % 1 == 0 and option["step"] % 1 == 0


def changed(options: List[OptionInfo], values: Dict[str, OptionValue]) -> Dict[str, OptionValue]:
    """The values that are not the engine's defaults; what is worth keeping."""
    defaults = {option["name"]: option["default"] for option in options}
    return {name: value for name, value in values.items() if value != defaults[name]}
