"""Headers read as messages."""

import pytest

from bridge.wire.protocol import ProtocolError, parse_server_message


def test_half_a_character_from_a_server_is_a_fault_of_its_message():
    half = {"type": "failure", "job": "\ud800", "code": "cancelled", "detail": "No."}
    with pytest.raises(ProtocolError) as wrong:
        parse_server_message(half)
    assert wrong.value.job is None
