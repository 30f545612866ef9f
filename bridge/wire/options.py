"""An engine's options as `welcome` tells of them, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from bridge.wire.protocol import OptionInfo
from engine import Choice, ChoiceOption, NumberOption, Option, SwitchOption

KINDS: dict[str, type[Option]] = {
    "number": NumberOption,
    "choice": ChoiceOption,
    "switch": SwitchOption,
}
_OPTION_INFO: TypeAdapter[OptionInfo] = TypeAdapter(OptionInfo)


def option_info(option: Option) -> OptionInfo:
    """What clients are told of an option: all that the engine declares, and its kind."""
    (kind,) = (kind for kind in KINDS if isinstance(option, KINDS[kind]))
    declared: dict[str, Any] = {**asdict(option), "kind": kind}
    if isinstance(option, ChoiceOption):
        declared["choices"] = list(declared["choices"])
    return _OPTION_INFO.validate_python(declared)


def described(info: OptionInfo) -> Option:
    """The option that a server told of."""
    declared = info.model_dump(exclude={"kind"})
    if "choices" in declared:
        declared["choices"] = tuple(Choice(**choice) for choice in declared["choices"])
    return KINDS[info.kind](**declared)
