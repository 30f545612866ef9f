"""The session's rules: the connection and its pauses, the jobs and their ends."""

from collections.abc import Iterator
from typing import Any

import pytest
from layer_bridge.commands import CloseLink, OpenLink, Ping
from layer_bridge.jobs import Stage
from layer_bridge.protocol import PROTOCOL_VERSION
from layer_bridge.session import State

from tests.krita_plugin.session_host import (
    WELCOME,
    Host,
    failure,
    message,
    progress,
    request,
    result,
)


@pytest.fixture
def host() -> Host:
    host = Host()
    host.connect()
    return host


def ends(host: Host) -> list[Stage]:
    return [job.stage for run in host.runs for job in run.jobs]


# ---- the connection


def test_hello_is_the_first_word() -> None:
    host = Host()
    host.do(host.session.connect())
    assert host.others == [OpenLink()]
    host.do(host.session.opened())
    assert host.sent[0][0]["type"] == "hello"
    assert host.session.state is State.CONNECTING


def test_pauses_between_attempts_grow_to_a_limit() -> None:
    host = Host()
    host.do(host.session.connect())
    pauses = []
    for _ in range(7):
        host.do(host.session.closed("No server answers."))
        pauses.append(host.session.deadline - host.clock.now)
        host.clock.now = host.session.deadline
        host.do(host.session.tick())
    assert pauses == [1, 2, 4, 8, 15, 15, 15]
    assert host.others == [OpenLink()] * 8


def test_nothing_happens_before_the_deadline(host: Host) -> None:
    host.do(host.session.closed("gone"))
    host.clock.now += 0.9
    host.do(host.session.tick())
    assert host.others == []


def test_a_click_starts_with_short_pauses_again() -> None:
    host = Host()
    for _ in range(5):
        host.do(host.session.closed("No server answers."))
    host.do(host.session.connect())
    assert host.session.reason == ""
    host.do(host.session.closed("No server answers."))
    assert host.session.deadline == host.clock.now + 1


def test_a_server_that_never_says_welcome_is_given_up() -> None:
    host = Host()
    host.do(host.session.connect())
    host.do(host.session.opened())
    host.clock.now += 10
    host.do(host.session.tick())
    assert host.others == [OpenLink(), CloseLink()]
    assert host.session.state is State.OFFLINE
    assert host.session.reason == "The server does not answer."


def test_silence_is_asked_about_and_then_ends_the_connection(host: Host) -> None:
    host.submit()
    host.clock.now += 20
    host.do(host.session.tick())
    assert host.others == [Ping()]
    host.clock.now += 40
    host.do(host.session.tick())
    assert host.others == [Ping(), CloseLink()]
    assert ends(host) == [Stage.FAILED]
    assert "went silent" in host.runs[0].jobs[0].detail


def test_a_sign_of_life_starts_the_silence_anew(host: Host) -> None:
    host.clock.now += 20
    host.do(host.session.tick())
    host.clock.now += 39
    host.do(host.session.heard())
    host.clock.now += 19
    host.do(host.session.tick())
    assert host.others == [Ping()]
    assert host.session.state is State.READY


def test_krita_being_busy_is_no_silence(host: Host) -> None:
    host.clock.now += 300
    host.do(host.session.tick())
    assert host.others == [Ping()]
    assert host.session.state is State.READY


def test_other_versions_end_the_attempts() -> None:
    host = Host()
    host.do(host.session.connect())
    host.do(host.session.opened())
    host.hear(failure(None, "unsupported_version"))
    assert host.session.state is State.REFUSED
    assert host.session.deadline is None
    host.do(host.session.closed("The server closed the connection."))
    assert host.session.state is State.REFUSED
    assert host.session.reason == "The engine failed."
    host.do(host.session.connect())
    assert host.session.state is State.CONNECTING


def test_a_welcome_of_another_protocol_is_refused() -> None:
    host = Host()
    host.do(host.session.connect())
    host.hear({**WELCOME, "protocol": PROTOCOL_VERSION + 1})
    assert host.session.state is State.REFUSED


@pytest.mark.parametrize(
    "bytes_in",
    [b"", b"\xff\xff\xff\xff", message({"type": "welcome"}), message({**WELCOME, "limits": None})],
)
def test_what_cannot_be_read_ends_the_connection(bytes_in: bytes) -> None:
    host = Host()
    host.do(host.session.connect())
    host.do(host.session.received(bytes_in))
    if host.session.state is State.READY:
        host.submit()
    assert host.session.state is not State.CONNECTING
    assert CloseLink() in host.others or host.session.run is None


def test_unknown_messages_are_ignored(host: Host) -> None:
    host.hear({"type": "weather", "sky": "clear"}, b"payload")
    assert host.session.state is State.READY


# ---- jobs


def test_documents_are_read_one_at_a_time(host: Host) -> None:
    host.submit(request("A"), request("B"))
    assert [header["job"] for header, _ in host.sent] == ["job-1"]
    host.hear(result("job-1"), bytes(16))
    assert [header["job"] for header, _ in host.sent] == ["job-1", "job-2"]
    host.hear(result("job-2"), bytes(16))
    assert ends(host) == [Stage.DONE, Stage.DONE]


def test_a_failure_does_not_stop_the_rest(host: Host) -> None:
    host.pictures = lambda job: "It was closed." if job.id == "job-1" else (2, 1, 8, bytes(8))
    host.takes = lambda job: "It was resized." if job.id == "job-3" else ""
    host.submit(*(request(title) for title in "ABCD"))
    host.hear(failure("job-2"))
    host.hear(result("job-3"), bytes(16))
    host.hear(result("job-4"), bytes(16))
    assert ends(host) == [Stage.FAILED, Stage.FAILED, Stage.FAILED, Stage.DONE]
    details = [job.detail for job in host.runs[0].jobs]
    assert details == ["It was closed.", "The engine failed.", "It was resized.", ""]


def test_more_clicks_join_the_run(host: Host) -> None:
    host.submit(request("A"))
    host.submit(request("B"))
    run = host.session.run
    assert (run.number, len(run.jobs)) == (1, 2)
    assert run.holds("A")
    assert not run.holds("C")
    host.hear(result("job-1"), bytes(16))
    assert run.number == 2
    assert not run.holds("A")


def test_cancel_stops_all_and_is_over_at_once(host: Host) -> None:
    host.submit(request("A"), request("B"))
    host.do(host.session.cancel())
    assert ends(host) == [Stage.CANCELLED, Stage.CANCELLED]
    assert host.sent[-1][0] == {"type": "cancel", "job": "job-1"}
    host.hear(result("job-1"), bytes(16))
    assert host.placed == []


def test_a_new_job_may_follow_a_cancelled_one(host: Host) -> None:
    host.submit()
    host.do(host.session.cancel())
    host.submit()
    host.hear(failure("job-1", "cancelled"))
    host.hear(result("job-2"), bytes(16))
    assert ends(host) == [Stage.CANCELLED, Stage.DONE]


def test_cancel_without_a_job_does_nothing(host: Host) -> None:
    assert host.session.cancel() == []


def test_a_closed_document_ends_its_job_here_and_on_the_server(host: Host) -> None:
    host.submit(request("A"), request("B"), request("C"))
    first, _, last = host.session.run.jobs
    host.do(host.session.document_closed(last))
    assert [header["type"] for header, _ in host.sent] == ["decompose"]
    host.do(host.session.document_closed(first))
    assert [header["type"] for header, _ in host.sent] == ["decompose", "cancel", "decompose"]
    assert host.sent[1][0]["job"] == first.id
    host.hear(failure("job-1", "cancelled"))
    host.hear(result("job-2"), bytes(16))
    assert ends(host) == [Stage.FAILED, Stage.DONE, Stage.FAILED]
    assert first.detail == "“A” was closed, so it is not decomposed; open it and try again."


def test_layers_for_a_new_document_need_no_old_one(host: Host) -> None:
    host.submit(request("A", placement="new_document"), request("B", placement="new_document"))
    for job in host.session.run.jobs:
        host.do(host.session.document_closed(job))
    host.hear(result("job-1"), bytes(16))
    assert ends(host) == [Stage.DONE, Stage.FAILED]


def test_a_lost_connection_fails_the_job_and_keeps_the_rest(host: Host) -> None:
    host.submit(request("A"), request("B"))
    host.do(host.session.closed("The server was stopped."))
    job = host.session.run.jobs[0]
    assert job.detail == "The server was stopped. “A” was not finished; decompose it again."
    host.clock.now += 1
    host.do(host.session.tick())
    host.do(host.session.opened())
    host.hear(WELCOME)
    host.hear(result("job-2"), bytes(16))
    assert ends(host) == [Stage.FAILED, Stage.DONE]


def test_a_picture_over_the_servers_limit_is_not_sent(host: Host) -> None:
    host.pictures = lambda job: (1000, 1001, 8, b"")
    host.submit()
    assert host.sent == []
    assert "1 megapixels" in host.runs[0].jobs[0].detail


def test_progress_is_kept(host: Host) -> None:
    host.submit()
    job = host.session.run.current
    host.do(host.session.sending(4, 8))
    assert (job.stage, job.fraction) == (Stage.SENDING, 0.5)
    host.hear(progress(queue_position=2, stage="queued", fraction=0.0))
    assert (job.stage, job.ahead) == (Stage.QUEUED, 2)
    host.hear(progress())
    assert (job.stage, job.work, job.remaining_s) == (Stage.RUNNING, "finding lines", 3.0)
    host.do(host.session.receiving(1, 4))
    assert (job.stage, job.fraction) == (Stage.RECEIVING, 0.25)


def test_the_bar_only_grows_and_is_not_full_before_the_layers_are_there(host: Host) -> None:
    host.submit(request("A"), request("B"))
    run, seen = host.session.run, []

    def look() -> None:
        seen.append(run.fraction)

    for event in (
        lambda: host.do(host.session.sending(8, 8)),
        lambda: host.hear(progress(queue_position=1)),
        lambda: host.hear(progress(fraction=0.0)),
        lambda: host.hear(progress(fraction=1.0)),
        lambda: host.do(host.session.receiving(4, 4)),
        lambda: host.hear(result("job-1"), bytes(16)),
        lambda: host.hear(progress("job-2", fraction=1.0)),
    ):
        event()
        look()
    assert seen == sorted(seen)
    assert seen[-1] < 1


def bad_results() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "another size", result(width=3)
    flat, shadow, highlight, line = result()["layers"]
    yield "no layer at all", result(layers=[])
    yield "a missing layer", result(layers=[flat, shadow, highlight])
    yield "swapped layers", result(layers=[shadow, flat, highlight, line])
    yield "a layer twice", result(layers=[flat, shadow, shadow, line])
    yield "a layer too many", result(layers=[flat, shadow, highlight, line, line])
    for name, value in (("offset", 13), ("length", 8), ("x", 2), ("width", -1), ("x", None)):
        header = result()
        header["layers"][3]["image"][name] = value
        yield f"{name} {value}", header
    for name in ("role", "blend_mode"):
        header = result()
        header["layers"][0][name] = "unheard-of"
        yield name, header


@pytest.mark.parametrize(
    "header", [case[1] for case in bad_results()], ids=[case[0] for case in bad_results()]
)
def test_layers_that_do_not_fit_are_not_placed(host: Host, header: dict[str, Any]) -> None:
    host.submit()
    host.hear(header, bytes(16))
    assert host.placed == []
    assert ends(host) == [Stage.FAILED]
    assert host.session.state is State.READY


def test_a_result_without_its_reconstruction_leaves_no_job_behind(host: Host) -> None:
    host.submit()
    host.hear(result(reconstruction=None), bytes(16))
    assert host.placed == []
    assert ends(host) == [Stage.FAILED]


def test_a_failure_of_no_job_is_about_the_one_that_runs(host: Host) -> None:
    host.submit()
    host.hear(failure(None, "invalid_message"))
    assert ends(host) == [Stage.FAILED]


def test_a_welcome_that_comes_again_touches_no_job(host: Host) -> None:
    host.do(host.session.submit([request("A"), request("B")]))
    engines = [{"name": "builtin", "ready": False, "detail": "Fetch its weights."}]
    host.hear({**WELCOME, "engines": engines})
    assert host.session.welcome["engines"][0]["detail"] == "Fetch its weights."
    assert [header["type"] for header, _ in host.sent] == ["decompose"]
    host.hear(WELCOME)
    for job in ("job-1", "job-2"):
        host.hear(result(job), bytes(16))
    assert ends(host) == [Stage.DONE, Stage.DONE]
