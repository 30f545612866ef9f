"""Headers read as messages."""

import json
from typing import get_args

import pytest

from bridge.wire.options import described, option_info
from bridge.wire.protocol import (
    ClientMessage,
    ProtocolError,
    ServerMessage,
    parse_client_message,
    parse_server_message,
)
from engine.builtin.settings import OPTIONS
from tests.bridge.fakes import ChoosingEngine


def test_half_a_character_from_a_server_is_a_fault_of_its_message():
    half = {"type": "failure", "job": "\ud800", "code": "cancelled", "detail": "No."}
    with pytest.raises(ProtocolError) as wrong:
        parse_server_message(half)
    assert wrong.value.job is None


@pytest.mark.parametrize(
    ("union", "parse"),
    [(ClientMessage, parse_client_message), (ServerMessage, parse_server_message)],
)
def test_every_message_is_read_as_what_its_type_says(union, parse):
    for model in get_args(union):
        with pytest.raises(ProtocolError, match=f"^{model.model_fields['type'].default}"):
            parse({"type": model.model_fields["type"].default, "more": 1})


def test_a_client_passes_over_types_that_it_does_not_know():
    assert parse_server_message({"type": "weather", "sky": "clear"}) is None
    assert parse_server_message({}) is None


def engine_info(*options):
    info = {"name": "builtin", "ready": True, "detail": "", "options": list(options)}
    limits = {"max_pixels": 1, "max_jobs": 1}
    return {
        "type": "welcome",
        "protocol": 1,
        "server_version": "9",
        "engines": [info],
        "compositions": [],
        "limits": limits,
    }


def test_a_client_passes_over_kinds_of_options_that_it_does_not_know():
    switch = {"name": "tidy", "title": "Tidy", "help": ".", "kind": "switch", "default": False}
    welcome = parse_server_message(engine_info({"kind": "wheel", "spokes": 7}, switch))
    assert [option.name for option in welcome.engines[0].options] == ["tidy"]


def test_an_earlier_server_has_engines_without_options():
    header = engine_info()
    del header["engines"][0]["options"]
    assert parse_server_message(header).engines[0].options == []


@pytest.mark.parametrize("option", [7, {"kind": "switch", "name": "tidy"}])
def test_an_option_that_is_told_wrongly_is_a_fault_of_its_message(option):
    with pytest.raises(ProtocolError, match="options"):
        parse_server_message(engine_info(option))


@pytest.mark.parametrize("option", [*OPTIONS, *ChoosingEngine.options], ids=lambda each: each.name)
def test_an_option_is_told_whole(option):
    told = json.loads(option_info(option).model_dump_json())
    header = engine_info(told)
    assert described(parse_server_message(header).engines[0].options[0]) == option
