"""An engine's options as the plugin reads, keeps and sends them."""

import math
from typing import Any

import pytest
from layer_bridge.messages import read_welcome
from layer_bridge.options import changed, options_of, read_options, values_of

from tests.krita_plugin.session_host import OPTIONS, WELCOME, Host, request

DEFAULTS = {"pencil": 0, "grain": 0.5, "paper": "white", "tidy": False}


def test_options_are_read_as_they_are_told() -> None:
    assert read_options(OPTIONS) == OPTIONS


def test_what_a_later_server_says_more_is_passed_over() -> None:
    wheel = {"kind": "wheel", "name": "hue", "spokes": 7}
    assert read_options([wheel, {**OPTIONS[3], "mood": "calm"}]) == [OPTIONS[3]]


def test_an_earlier_server_has_engines_without_options() -> None:
    welcome = read_welcome(WELCOME)
    assert options_of(welcome, "builtin") == []
    assert options_of(welcome, "quantum") == []
    assert options_of(None, "builtin") == []


@pytest.mark.parametrize(
    "option",
    [
        7,
        {},
        {"kind": "switch"},
        {**OPTIONS[0], "most": "64"},
        {**OPTIONS[0], "least": None},
        {**OPTIONS[0], "default": True},
        {**OPTIONS[2], "choices": [1]},
    ],
)
def test_options_that_are_told_wrongly_are_a_fault_of_the_message(option: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_options([option])


@pytest.mark.parametrize("kept", [None, {}, [], "x", {"mood": "calm"}])
def test_what_was_not_chosen_has_its_default(kept: Any) -> None:
    assert values_of(read_options(OPTIONS), kept) == DEFAULTS


def test_what_was_chosen_stays() -> None:
    kept = {"pencil": 64, "grain": 1, "paper": "toned", "tidy": True}
    options = read_options(OPTIONS)
    assert values_of(options, kept) == kept
    assert changed(options, kept) == kept
    assert changed(options, {**DEFAULTS, "tidy": True}) == {"tidy": True}


@pytest.mark.parametrize(
    "kept",
    [
        {"pencil": 65},
        {"pencil": -1},
        {"pencil": 1.5},
        {"pencil": True},
        {"pencil": "6"},
        {"pencil": math.nan},
        {"pencil": 10**400},
        {"grain": math.inf},
        {"grain": None},
        {"paper": "sand"},
        {"paper": ["white"]},
        {"tidy": 1},
        {"tidy": None},
    ],
    ids=repr,
)
def test_a_value_that_the_engine_does_not_take_any_more_has_its_default(kept: Any) -> None:
    assert values_of(read_options(OPTIONS), kept) == DEFAULTS


def test_a_job_carries_a_value_for_each_option() -> None:
    host = Host()
    host.connect()
    host.submit(request(options={"pencil": 6, "paper": "toned"}))
    assert host.sent[0][0]["options"] == {"pencil": 6, "paper": "toned"}


def test_a_job_for_an_engine_without_options_does_not_name_any() -> None:
    host = Host()
    host.connect()
    host.submit(request())
    assert "options" not in host.sent[0][0]
