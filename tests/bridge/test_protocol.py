"""Headers read as messages."""

from typing import get_args

import pytest

from bridge.wire.protocol import (
    ClientMessage,
    ProtocolError,
    ServerMessage,
    parse_client_message,
    parse_server_message,
)


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
