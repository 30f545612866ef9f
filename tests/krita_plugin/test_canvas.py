"""What the canvas promises, in the fake host and in a real Krita alike."""

from collections.abc import Iterator

import pytest

from tests.krita_plugin.event_loop import handle_events
from tests.krita_plugin.fake_krita import load_contract
from tests.krita_plugin.rig import KritaUser, run_in_krita

contract = load_contract()
each_check = pytest.mark.parametrize("name", contract.CHECKS)


@pytest.fixture(scope="module")
def faults_in_krita(krita_user: KritaUser) -> dict[str, str | None]:
    """What each check failed with in a real Krita."""
    return run_in_krita(krita_user, "run_contract", {}, seconds=300)


def finish(steps: Iterator[float | None]) -> dict[str, str | None]:
    """Run the checks, giving the event loop its time at each of their pauses."""
    while True:
        try:
            handle_events(next(steps) or 0.001)
        except StopIteration as end:
            return end.value


@each_check
def test_in_the_fake_host(application: object, name: str) -> None:
    assert finish(contract.run(name)) == {name: None}


@pytest.mark.krita
@pytest.mark.timeout(400)
@each_check
def test_in_krita(faults_in_krita: dict[str, str | None], name: str) -> None:
    assert faults_in_krita[name] is None
