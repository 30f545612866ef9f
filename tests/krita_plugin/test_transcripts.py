"""The session replays the transcripts of tests/vectors, which the server's tests replay too."""

import json
from pathlib import Path
from typing import Any

import pytest
from layer_bridge.jobs import Job, Stage

from tests.krita_plugin.session_host import Host, request

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "vectors" / "sessions").glob("*.json"))


class Replay:
    """Plays one transcript's lines: the server's and the outside's in, the client's expected."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.lines = lines
        self.host = Host(pictures=self.picture)
        self.host.do(self.host.session.connect())
        self.host.do(self.host.session.opened())

    def picture(self, job: Job) -> tuple[int, int, int, bytes]:
        line = next(line for line in self.lines if line.get("header", {}).get("job") == job.id)
        header = line["header"]
        size = header["width"], header["height"], header["depth"]
        return (*size, bytes.fromhex(line["payload"]))

    def play(self) -> None:
        for line in self.lines:
            if line["from"] == "client" and "header" in line:
                self.expect(line["header"], bytes.fromhex(line["payload"]))
            elif line["from"] == "client":
                self.host.do(self.host.session.closed("We left."))
            elif "header" in line:
                self.host.hear(line["header"], bytes.fromhex(line["payload"]))
            elif "close" in line or "breaks" in line["event"]:
                self.host.do(self.host.session.closed("The connection is gone."))

    def expect(self, header: dict[str, Any], payload: bytes) -> None:
        if header["type"] == "decompose":
            names = ("engine", "composition", "options")
            choices = {name: header[name] for name in names if name in header}
            self.host.submit(request(**choices))
        elif header["type"] == "cancel":
            self.host.do(self.host.session.cancel())
        sent, pixels = self.host.sent.pop(0)
        own = ("client", "client_version", "protocol")
        strip = own if header["type"] == "hello" else ()
        assert {k: v for k, v in sent.items() if k not in strip} == {
            k: v for k, v in header.items() if k not in strip
        }
        assert pixels == payload


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path) -> None:
    transcript = json.loads(path.read_text())
    replay = Replay(transcript["lines"])
    replay.play()
    host = replay.host
    assert host.sent == []
    assert host.session.run is None
    lines = transcript["lines"]
    results = [line for line in lines if line.get("header", {}).get("type") == "result"]
    assert [job for job, _ in host.placed] == [line["header"]["job"] for line in results]
    for (_, layers), line in zip(host.placed, results, strict=True):
        assert b"".join(layers) == bytes.fromhex(line["payload"])
    told = {
        line["header"]["job"]: line["header"]
        for line in lines
        if line.get("header", {}).get("type") == "failure" and line["header"]["job"]
    }
    for job in (job for run in host.runs for job in run.jobs):
        if job.id in told and told[job.id]["code"] == "cancelled":
            assert job.stage is Stage.CANCELLED
        elif job.id in told:
            assert (job.stage, job.detail) == (Stage.FAILED, told[job.id]["detail"])
        elif job.stage is Stage.FAILED:
            assert "decompose it again" in job.detail


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 10
