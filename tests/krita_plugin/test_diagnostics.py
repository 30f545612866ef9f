"""The report for a bug thread, and the log that it quotes."""

import getpass
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from layer_bridge.diagnostics import MAX_CHARACTERS, report
from layer_bridge.log import close_log, open_log
from layer_bridge.messages import read_welcome
from layer_bridge.protocol import VERSION
from layer_bridge.session import Session
from layer_bridge.settings import Settings

from tests.krita_plugin.session_host import WELCOME


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    yield open_log(tmp_path / "layer_bridge")
    close_log()


def write(log_file: Path, text: str) -> str:
    logging.getLogger("layer_bridge").info(text)
    settings = Settings(token="very secret")
    return report("5.2.2", settings, Session(lambda: 0.0), log_file)


def test_it_has_versions_settings_and_the_log(log_file: Path) -> None:
    text = write(log_file, "something happened")
    assert f"plugin {VERSION}" in text
    assert "Krita 5.2.2, Qt " in text
    assert "address: 127.0.0.1:7347" in text
    assert "something happened" in text
    assert "server: none" in text


def test_it_has_the_servers_engines(log_file: Path) -> None:
    session = Session(lambda: 0.0)
    session.welcome = read_welcome(WELCOME)
    assert "engines: builtin (ready)" in report("5.2.2", Settings(), session, log_file)


def test_nothing_private_is_in_it(log_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "wilma")
    text = write(log_file, f"{Path.home()}/art and C:\\Users\\wilma\\art by wilma")
    assert "very secret" not in text
    assert "token: set" in text
    assert str(Path.home()) not in text
    assert "wilma" not in text
    assert "~/art" in text


def test_it_fits_into_a_comment(log_file: Path) -> None:
    for _ in range(150):
        text = write(log_file, "x" * 1000)
    assert MAX_CHARACTERS - 2000 < len(text) <= MAX_CHARACTERS


def test_a_log_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log_file = open_log(tmp_path / "file" / "deeper")
    assert "(there is none)" in write(log_file, "lost")
    close_log()
