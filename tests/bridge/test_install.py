"""The Krita plugin is put in place, enabled, taken away and zipped, and nothing else is touched."""

import zipfile
from pathlib import Path

import pytest

from bridge.cli import main
from bridge.errors import UserError
from bridge.hosts.clients import client_dir
from bridge.hosts.krita import (
    KritaHome,
    PluginState,
    install,
    krita_homes,
    plugin_state,
    uninstall,
    write_zip,
)


@pytest.fixture
def krita(tmp_path: Path) -> KritaHome:
    """A Krita that was never started."""
    return KritaHome("Krita", tmp_path / "share/krita", tmp_path / "config/kritarc")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_places_what_krita_looks_for(krita: KritaHome) -> None:
    install(krita)

    assert (krita.plugins / "layer_bridge" / "__init__.py").is_file()
    assert (krita.plugins / "layer_bridge.desktop").is_file()
    assert (krita.plugins / "layer_bridge" / "layer_bridge.action").is_file()
    assert krita.settings.read_text() == "[python]\nenable_layer_bridge=true\n"
    assert plugin_state(krita) is PluginState.SAME


def test_twice_is_as_once(krita: KritaHome) -> None:
    install(krita)
    once = tree(krita.resources), krita.settings.read_bytes()
    install(krita)

    assert (tree(krita.resources), krita.settings.read_bytes()) == once


def test_replaces_an_older_plugin_whole(krita: KritaHome) -> None:
    old = krita.plugins / "layer_bridge" / "gone_since.py"
    old.parent.mkdir(parents=True)
    old.write_text("x = 1\n")
    assert plugin_state(krita) is PluginState.OTHER

    install(krita)

    assert not old.exists()
    assert plugin_state(krita) is PluginState.SAME


def test_leaves_one_file_of_actions(krita: KritaHome) -> None:
    """Of two, as Krita's own importer leaves them, Krita warns in its log."""
    krita.actions.mkdir(parents=True)
    (krita.actions / "layer_bridge.action").write_text("")
    (krita.actions / "other.action").write_text("")

    install(krita)

    assert [path.name for path in krita.actions.iterdir()] == ["other.action"]


def test_what_python_leaves_in_the_plugin_does_not_count(krita: KritaHome) -> None:
    install(krita)
    cache = krita.plugins / "layer_bridge" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "link.cpython-310.pyc").write_bytes(b"anything")

    assert plugin_state(krita) is PluginState.SAME


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[python]\nenable_layer_bridge=true\n"),
        ("[a]\nb=1", "[a]\nb=1\n\n[python]\nenable_layer_bridge=true\n"),
        (
            "[a]\nb=\\x41\u00e9\n\n[python]\nenable_other=true\n\n[z]\nc=[python]\n",
            "[a]\nb=\\x41\u00e9\n\n[python]\nenable_layer_bridge=true\nenable_other=true\n\n"
            "[z]\nc=[python]\n",
        ),
        (
            "[python]\nenable_other=true\nenable_layer_bridge=false\n",
            "[python]\nenable_other=true\nenable_layer_bridge=true\n",
        ),
        (
            "[other]\nenable_layer_bridge=false\n[python]\n",
            "[other]\nenable_layer_bridge=false\n[python]\nenable_layer_bridge=true\n",
        ),
        ("[python]\r\nx=1\r\n", "[python]\r\nenable_layer_bridge=true\r\nx=1\r\n"),
        ("[python]\nenable_layer_bridge=true", "[python]\nenable_layer_bridge=true"),
    ],
)
def test_enables_without_touching_the_rest(krita: KritaHome, before: str, after: str) -> None:
    krita.settings.parent.mkdir(parents=True)
    krita.settings.write_bytes(before.encode())

    install(krita)

    assert krita.settings.read_bytes() == after.encode()


def test_settings_with_odd_bytes_survive(krita: KritaHome) -> None:
    krita.settings.parent.mkdir(parents=True)
    krita.settings.write_bytes(b"[a]\nb=\xff\xfe\x85 \x0c\n")

    install(krita)

    assert krita.settings.read_bytes().startswith(b"[a]\nb=\xff\xfe\x85 \x0c\n")


def test_settings_behind_a_link_stay_behind_it(krita: KritaHome, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "kritarc"
    real.parent.mkdir()
    real.write_text("[a]\n")
    krita.settings.parent.mkdir(parents=True)
    krita.settings.symlink_to(real)

    install(krita)

    assert krita.settings.is_symlink()
    assert "enable_layer_bridge=true" in real.read_text()


def test_uninstall_leaves_no_trace_and_the_rest_alone(krita: KritaHome) -> None:
    krita.settings.parent.mkdir(parents=True)
    krita.settings.write_text("[python]\nenable_other=true\n")
    other = krita.plugins / "other_plugin" / "__init__.py"
    other.parent.mkdir(parents=True)
    other.write_text("")
    install(krita)

    assert uninstall(krita)
    assert tree(krita.resources) == {"pykrita/other_plugin/__init__.py": b""}
    assert krita.settings.read_text() == "[python]\nenable_other=true\n"
    assert plugin_state(krita) is PluginState.ABSENT
    assert not uninstall(krita)


def test_uninstall_of_nothing_makes_nothing(krita: KritaHome, tmp_path: Path) -> None:
    assert not uninstall(krita)
    assert list(tmp_path.iterdir()) == []


def test_link_follows_the_checkout(krita: KritaHome) -> None:
    install(krita)
    install(krita, link=True)

    plugin = krita.plugins / "layer_bridge"
    assert plugin.is_symlink()
    assert plugin.resolve() == client_dir("krita_plugin").resolve() / "layer_bridge"
    assert plugin_state(krita) is PluginState.LINKED

    install(krita)
    assert not plugin.is_symlink()
    assert (client_dir("krita_plugin") / "layer_bridge" / "__init__.py").is_file()


def test_zip_is_what_kritas_importer_takes(tmp_path: Path) -> None:
    destination = tmp_path / "plugin.zip"
    write_zip(destination)

    with zipfile.ZipFile(destination) as archive:
        names = archive.namelist()
        desktop = archive.read("layer_bridge.desktop").decode()
    assert "layer_bridge/" in names
    assert "layer_bridge/layer_bridge.action" in names
    assert not [name for name in names if "__pycache__" in name]
    assert "X-KDE-Library=layer_bridge" in desktop
    assert "\nName=" in desktop


def test_zip_holds_what_install_places(krita: KritaHome, tmp_path: Path) -> None:
    install(krita)
    write_zip(tmp_path / "plugin.zip")
    with zipfile.ZipFile(tmp_path / "plugin.zip") as archive:
        archive.extractall(tmp_path / "unpacked")

    assert tree(tmp_path / "unpacked") == tree(krita.plugins)


def test_zip_replaces_an_older_zip_of_ours_only(tmp_path: Path) -> None:
    write_zip(tmp_path / "ours.zip")
    write_zip(tmp_path / "ours.zip")
    (tmp_path / "thesis.zip").write_bytes(b"years of work")
    (tmp_path / "thesis.odt").write_bytes(b"years of work")
    (tmp_path / "folder.zip").mkdir()
    for name in ("thesis.zip", "thesis.odt", "new.odt", "folder.zip", "none/new.zip"):
        with pytest.raises(UserError, match=r"\.$"):
            write_zip(tmp_path / name)

    assert (tmp_path / "thesis.zip").read_bytes() == b"years of work"
    names = ["folder.zip", "ours.zip", "thesis.odt", "thesis.zip"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_command_says_where_the_zip_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "art").mkdir()
    (tmp_path / "thesis.zip").write_bytes(b"years of work")
    monkeypatch.chdir(tmp_path / "art")

    assert main(["install", "Krita", "--zip", "../plugin.zip"]) == 0
    assert main(["install", "krita", "--zip", "../thesis.zip"]) == 2

    told = capsys.readouterr()
    assert told.out.startswith(f"Wrote {tmp_path / 'plugin.zip'}. In Krita: ")
    assert told.err.startswith(f"{tmp_path / 'thesis.zip'} is another file; ")
    assert told.err.endswith(" --zip FILE.\n")


def test_settings_keep_their_permissions(krita: KritaHome) -> None:
    krita.settings.parent.mkdir(parents=True)
    krita.settings.write_text("[a]\n")
    krita.settings.chmod(0o600)

    install(krita)

    assert krita.settings.stat().st_mode & 0o777 == 0o600


def test_same_plugin_same_zip(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip")
    write_zip(tmp_path / "b.zip")

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def made(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def test_linux_finds_the_system_and_flatpak(tmp_path: Path) -> None:
    flatpak = made(tmp_path / ".var/app/org.kde.krita/data/krita")
    assert [krita.resources for krita in krita_homes("linux", {}, tmp_path)] == [flatpak]

    system = made(tmp_path / ".local/share/krita")
    assert krita_homes("linux", {}, tmp_path) == [
        KritaHome("Krita", system, tmp_path / ".config/kritarc"),
        KritaHome("Krita (Flatpak)", flatpak, tmp_path / ".var/app/org.kde.krita/config/kritarc"),
    ]


def test_linux_follows_xdg(tmp_path: Path) -> None:
    env = {"XDG_DATA_HOME": str(tmp_path / "d"), "XDG_CONFIG_HOME": str(tmp_path / "c")}
    assert krita_homes("linux", env, tmp_path) == [
        KritaHome("Krita", tmp_path / "d/krita", tmp_path / "c/kritarc")
    ]


def test_macos(tmp_path: Path) -> None:
    assert krita_homes("darwin", {}, tmp_path) == [
        KritaHome(
            "Krita",
            tmp_path / "Library/Application Support/krita",
            tmp_path / "Library/Preferences/kritarc",
        )
    ]


def test_windows_finds_the_store(tmp_path: Path) -> None:
    env = {"APPDATA": str(tmp_path / "roaming"), "LOCALAPPDATA": str(tmp_path / "local")}
    assert krita_homes("win32", env, tmp_path) == [
        KritaHome("Krita", tmp_path / "roaming/krita", tmp_path / "local/kritarc")
    ]

    cache = tmp_path / "local/Packages/49800Krita_abc/LocalCache"
    made(cache / "Roaming/krita")
    assert krita_homes("win32", env, tmp_path) == [
        KritaHome("Krita (Windows Store)", cache / "Roaming/krita", cache / "Local/kritarc")
    ]
