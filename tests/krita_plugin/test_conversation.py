"""Where the plugin looks for its server: the saved address, and once a spare one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from layer_bridge.address import Address
from layer_bridge.conversation import Conversation
from layer_bridge.session import State

from tests.bridge.fakes import SwatchEngine
from tests.krita_plugin.event_loop import wait_until
from tests.krita_plugin.fake_canvas import FakeCanvas
from tests.krita_plugin.server_thread import server_thread

pytestmark = pytest.mark.usefixtures("application")
NOWHERE, NOWHERE_EITHER = Address(port=1), Address(port=2)


@pytest.fixture
def conversation(tmp_path: Path) -> Iterator[Conversation]:
    conversation = Conversation(FakeCanvas(tmp_path))
    yield conversation
    conversation.close()


@pytest.fixture
def tried(conversation: Conversation) -> list[Address]:
    """The addresses at which nothing answered, in order."""
    tried: list[Address] = []
    conversation.disconnected.connect(lambda reason: tried.append(conversation.address))
    return tried


def test_a_server_at_the_spare_address_is_found_and_kept(
    conversation: Conversation, tried: list[Address]
) -> None:
    with server_thread(SwatchEngine()) as server:
        spare = Address(port=server.port)
        conversation.connect_to(NOWHERE, "secret", spare)
        wait_until(lambda: conversation.session.state is State.READY)
        assert (tried, conversation.address) == ([NOWHERE], spare)
    wait_until(lambda: len(tried) == 3)
    assert tried == [NOWHERE, spare, spare]


def test_a_spare_address_is_tried_once(conversation: Conversation, tried: list[Address]) -> None:
    conversation.connect_to(NOWHERE, spare=NOWHERE_EITHER)
    wait_until(lambda: len(tried) == 3)
    assert tried == [NOWHERE, NOWHERE_EITHER, NOWHERE]
    conversation.connect_to(NOWHERE)
    wait_until(lambda: len(tried) == 5)
    assert tried[3:] == [NOWHERE, NOWHERE]


def test_what_answers_first_is_not_left(conversation: Conversation, tried: list[Address]) -> None:
    with server_thread(SwatchEngine()) as server:
        conversation.connect_to(Address(port=server.port), spare=NOWHERE)
        wait_until(lambda: conversation.session.state is State.READY)
    wait_until(lambda: len(tried) == 2)
    assert NOWHERE not in tried
