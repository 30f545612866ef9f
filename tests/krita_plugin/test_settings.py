"""Settings and addresses: kept, read back, and tolerant of what does not fit."""

import json
from pathlib import Path

import pytest
from layer_bridge.address import Address, parse_address
from layer_bridge.settings import Placement, Scope, Settings, load_settings


def test_settings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    settings = Settings(
        address="studio:9000",
        engine="diffusion",
        scope=Scope.LAYER,
        placement=Placement.TOP,
        hide_originals=True,
    )
    path = tmp_path / "deep" / "settings.json"
    settings.save(path)
    assert load_settings(path) == settings
    assert json.loads(path.read_text())["scope"] == "LAYER"
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.json") == Settings()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"scope"', "\x00"])
def test_a_broken_file_gives_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    assert load_settings(path) == Settings()


@pytest.mark.parametrize(
    "values",
    [
        {"scope": "SKY"},
        {"scope": 3},
        {"engine": None},
        {"address": ["a"]},
        {"hide_originals": "no"},
        {"new": 1},
    ],
)
def test_a_value_that_does_not_fit_has_its_default(
    tmp_path: Path, values: dict[str, object]
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"composition": "glow", **values}))
    assert load_settings(path) == Settings(composition="glow")


def test_settings_that_cannot_be_kept_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Settings().save(tmp_path / "file" / "settings.json")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:7347", Address()),
        ("localhost", Address("localhost")),
        (" ws://127.0.0.1:80/ ", Address(port=80)),
        ("[::1]:7000", Address("::1", 7000)),
        ("wss://studio.example", Address("studio.example", secure=True)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text", ["", ":", "http://a", "a:b", "a:99999", "ws://a/path", "two words", "[::1"]
)
def test_what_is_no_address_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no server address; type it like 127\.0\.0\.1:7347"):
        parse_address(text)
