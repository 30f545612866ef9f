"""The Photoshop panel is packed as Adobe wants it, over nothing but our own, and found again."""

import io
import json
import os
import shlex
import shutil
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

import bridge
from bridge.cli import main
from bridge.errors import UserError
from bridge.hosts import photoshop
from bridge.hosts.clients import client_dir
from bridge.hosts.photoshop import (
    checked_panel,
    installed_panels,
    is_of_this_version,
    may_connect_anywhere,
    plugin_folders,
    write_ccx,
)
from bridge.hosts.uxp import Unfit, check, named_files

PANEL = client_dir("uxp_panel")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of Adobe's for plugins, with none of ours."""
    other = tmp_path / "UXP/Plugins/External/com.example.other_1.0.0"
    other.mkdir(parents=True)
    return other.parent


def installed(folder: Path, version: str = bridge.__version__) -> Path:
    """The panel as Adobe's installer leaves it."""
    manifest, contents = checked_panel()
    panel = folder / f"{manifest.id}_{version}"
    for name, data in contents.items():
        (panel / name).parent.mkdir(parents=True, exist_ok=True)
        (panel / name).write_bytes(data)
    return panel


def entries(ccx: Path) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(ccx) as archive:
        assert archive.testzip() is None
        return archive.infolist()


def manifest_in(ccx: Path) -> dict:
    with zipfile.ZipFile(ccx) as archive:
        return json.loads(archive.read("manifest.json"))


def test_ccx_is_what_adobes_installer_takes(tmp_path: Path) -> None:
    write_ccx(tmp_path / "panel.ccx")

    held = entries(tmp_path / "panel.ccx")
    names = [entry.filename for entry in held]
    assert {"manifest.json", "index.html", "main.js", "icons/panel-dark@2x.png"} <= set(names)
    assert names == sorted(names)
    assert not [name for name in names if name.startswith(".") or "README" in name]
    assert {entry.external_attr >> 16 for entry in held} == {stat.S_IFREG | 0o644}
    assert {entry.compress_type for entry in held} == {zipfile.ZIP_DEFLATED}
    assert {entry.date_time for entry in held} == {(2020, 1, 1, 0, 0, 0)}


def test_ccx_holds_the_panels_files_unchanged(tmp_path: Path) -> None:
    write_ccx(tmp_path / "panel.ccx")
    with zipfile.ZipFile(tmp_path / "panel.ccx") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}

    assert held == {name: (PANEL / name).read_bytes() for name in held}


def test_same_panel_same_bytes(tmp_path: Path) -> None:
    write_ccx(tmp_path / "a.ccx")
    write_ccx(tmp_path / "b.ccx")

    assert (tmp_path / "a.ccx").read_bytes() == (tmp_path / "b.ccx").read_bytes()


def test_any_address_changes_the_permission_and_nothing_else(tmp_path: Path) -> None:
    write_ccx(tmp_path / "narrow.ccx")
    write_ccx(tmp_path / "wide.ccx", all_addresses=True)

    narrow, wide = manifest_in(tmp_path / "narrow.ccx"), manifest_in(tmp_path / "wide.ccx")
    assert wide["requiredPermissions"]["network"] == {"domains": "all"}
    wide["requiredPermissions"]["network"] = narrow["requiredPermissions"]["network"]
    assert wide == narrow
    crcs = [
        {entry.filename: entry.CRC for entry in entries(tmp_path / name)}
        for name in ("narrow.ccx", "wide.ccx")
    ]
    assert {name for name in crcs[0] if crcs[0][name] != crcs[1][name]} == {"manifest.json"}


def test_ccx_replaces_an_older_one_of_ours_only(tmp_path: Path) -> None:
    write_ccx(tmp_path / "ours.ccx")
    write_ccx(tmp_path / "ours.ccx", all_addresses=True)
    assert manifest_in(tmp_path / "ours.ccx")["requiredPermissions"]["network"]["domains"] == "all"
    with zipfile.ZipFile(tmp_path / "other.ccx", "w") as other:
        other.writestr("manifest.json", '{"id": "com.example.other"}')
    with zipfile.ZipFile(tmp_path / "empty.ccx", "w"):
        pass
    (tmp_path / "words.ccx").write_bytes(b"years of work")
    (tmp_path / "folder.ccx").mkdir()
    before = {path: path.read_bytes() for path in tmp_path.glob("[eow]*.ccx")}

    for name in ("other.ccx", "empty.ccx", "words.ccx", "folder.ccx", "new.zip", "no/new.ccx"):
        with pytest.raises(UserError, match=r"\.$"):
            write_ccx(tmp_path / name)

    assert {path: path.read_bytes() for path in tmp_path.glob("[eow]*.ccx")} == before
    assert list(tmp_path.glob(".*")) == []


def set_domains(manifest: dict, domains: object) -> None:
    manifest["requiredPermissions"]["network"]["domains"] = domains


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda manifest: manifest.pop("manifestVersion"), "manifestVersion"),
        (lambda manifest: manifest.update(version="0.1"), "version"),
        (lambda manifest: manifest.update(version="0.1.100"), "version"),
        (lambda manifest: manifest.update(name="LB"), "name"),
        (lambda manifest: manifest.update(host=[manifest["host"]]), "host"),
        (lambda manifest: manifest["host"].update(minVersion="24"), "minVersion"),
        (lambda manifest: manifest["entrypoints"][0].pop("icons"), "icons"),
        (lambda manifest: manifest["icons"].clear(), "icons"),
        (lambda manifest: manifest.update(main="page.html"), "page.html"),
        (lambda manifest: manifest["icons"][0].update(path="icons/big.png"), "icons/big@1x.png"),
        (lambda manifest: set_domains(manifest, ["all"]), "domains"),
        (lambda manifest: set_domains(manifest, ["localhost"]), "domains"),
        (lambda manifest: set_domains(manifest, ["ws://127.0.0.1:7347"]), "domains"),
        (lambda manifest: set_domains(manifest, ["ws://[::1]/"]), "domains"),
        (lambda manifest: manifest["requiredPermissions"].update(ipc={}), "ipc"),
    ],
)
def test_manifest_that_adobe_would_refuse(spoil: object, told: str) -> None:
    _, contents = checked_panel()
    manifest = json.loads(contents["manifest.json"])
    spoil(manifest)

    with pytest.raises(Unfit, match=told.replace(".", r"\.")):
        check({**contents, "manifest.json": json.dumps(manifest).encode()})


def test_every_file_is_missed() -> None:
    manifest, contents = checked_panel()
    for name in named_files(manifest, contents) - {"manifest.json"}:
        rest = {other: data for other, data in contents.items() if other != name}
        with pytest.raises(Unfit) as unfit:
            check(rest)
        assert str(unfit.value) == f"it lacks {name}"


@pytest.mark.parametrize("manifest", [None, b"", b"{", b"[]", b"\xff"])
def test_damaged_manifest(manifest: bytes | None) -> None:
    contents = dict(checked_panel()[1])
    contents.pop("manifest.json")
    if manifest is not None:
        contents["manifest.json"] = manifest

    with pytest.raises(Unfit, match=r"manifest\.json is not valid"):
        check(contents)


def test_folders_of_each_system(tmp_path: Path) -> None:
    env = {"APPDATA": str(tmp_path / "roaming"), "COMMONPROGRAMFILES": str(tmp_path / "common")}
    mac = tmp_path / "Library/Application Support/Adobe/UXP"
    windows = [tmp_path / "roaming/Adobe/UXP", tmp_path / "common/Adobe/UXP"]
    assert plugin_folders("win32", env, tmp_path) == []
    assert plugin_folders("darwin", {}, tmp_path) == []
    for uxp in (mac, *windows):
        uxp.mkdir(parents=True)

    assert plugin_folders("linux", env, tmp_path) == []
    assert plugin_folders("darwin", {}, tmp_path) == [mac / "Plugins/External"]
    assert plugin_folders("win32", env, tmp_path) == [uxp / "Plugins/External" for uxp in windows]


def test_finds_what_is_installed(folder: Path, tmp_path: Path) -> None:
    assert installed_panels([folder, tmp_path / "none"]) == []

    old, new = installed(folder, "0.0.9"), installed(folder)
    (old / "main.js").write_text("// older\n")
    (new / ".DS_Store").write_bytes(b"anything")

    assert installed_panels([folder]) == [old, new]
    assert [is_of_this_version(panel) for panel in (old, new)] == [False, True]


def test_panel_with_any_address_is_of_this_version(folder: Path, tmp_path: Path) -> None:
    write_ccx(tmp_path / "wide.ccx", all_addresses=True)
    with zipfile.ZipFile(tmp_path / "wide.ccx") as archive:
        archive.extractall(folder / "panel")

    assert is_of_this_version(folder / "panel")
    assert may_connect_anywhere(folder / "panel")


def test_panel_that_may_connect_to_this_computer_only(folder: Path) -> None:
    panel = installed(folder)
    assert not may_connect_anywhere(panel)
    for manifest in (b"", b"[]", b"{}", b"\xff"):
        (panel / "manifest.json").write_bytes(manifest)
        assert not may_connect_anywhere(panel)


def test_command_writes_among_the_downloads_and_says_what_to_click(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(photoshop, "user_downloads_path", lambda: tmp_path / "Downloads")
    (tmp_path / "Downloads").mkdir()

    assert main(["install", "photoshop"]) == 0

    ccx = tmp_path / "Downloads/layer-bridge.ccx"
    assert manifest_in(ccx)["version"] == bridge.__version__
    told = capsys.readouterr().out
    for words in (
        str(ccx),
        "connect to this computer only",
        "Install locally",
        "Plugins > Layer Bridge",
        "layer-bridge serve",
        "Self-Test",
        "To update the panel later: layer-bridge install photoshop, ",
    ):
        assert words in told
    assert f'UnifiedPluginInstallerAgent.exe" /install "{ccx}"' in told
    assert f"UnifiedPluginInstallerAgent' --install {shlex.quote(str(ccx))}" in told


def test_command_without_downloads_writes_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(photoshop, "user_downloads_path", lambda: tmp_path / "Downloads")
    monkeypatch.chdir(tmp_path)

    assert main(["install", "photoshop", "--any-address"]) == 0

    assert (tmp_path / "layer-bridge.ccx").is_file()
    assert manifest_in(tmp_path / "layer-bridge.ccx")["requiredPermissions"]["network"] == {
        "domains": "all"
    }
    told = capsys.readouterr().out
    assert "connect to any address" in told
    assert "To update the panel later: layer-bridge install photoshop --any-address, " in told


def test_file_of_the_same_name_can_be_gone_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "art").mkdir()
    (tmp_path / "b.ccx").write_bytes(b"years of work")
    monkeypatch.chdir(tmp_path / "art")

    assert main(["install", "photoshop", "--ccx", "../b.ccx"]) == 2
    assert capsys.readouterr().err == (
        f"{tmp_path / 'b.ccx'} is another file; move it away, or name yours with --ccx FILE.\n"
    )

    assert main(["install", "photoshop", "--ccx", "../a.ccx"]) == 0
    assert f"Wrote the panel {bridge.__version__} to {tmp_path / 'a.ccx'}.\n" in (
        capsys.readouterr().out
    )


def test_uninstall_says_what_to_click_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["install", "Photoshop", "--uninstall"]) == 0

    told = capsys.readouterr().out
    for words in ("Plugins > Manage Plugins", "Uninstall", "layer-bridge.ccx among your downloads"):
        assert words in told
    assert list(tmp_path.iterdir()) == []


def test_panel_that_is_not_whole_is_not_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "uxp_panel"
    shutil.copytree(PANEL, broken)
    (broken / "session.js").unlink()
    monkeypatch.setattr(photoshop, "client_dir", lambda name: tmp_path / name)

    assert main(["install", "photoshop", "--ccx", str(tmp_path / "a.ccx")]) == 2

    told = capsys.readouterr().err
    assert "it lacks session.js" in told
    assert "install layer-bridge again" in told
    assert not (tmp_path / "a.ccx").exists()


def flagged(flags: int, method: int) -> bytes:
    """A zip with an entry called like the manifest that says these things of itself."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"{}" * 50)
    data = bytearray(stream.getvalue())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        header = data.index(signature) + at
        data[header : header + 4] = flags.to_bytes(2, "little") + method.to_bytes(2, "little")
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [flagged(1, zipfile.ZIP_DEFLATED), flagged(0, 97), flagged(0, zipfile.ZIP_LZMA), b"PK", b""],
    ids=["encrypted", "unknown method", "damaged", "no zip", "empty"],
)
def test_no_odd_file_is_taken_for_ours(tmp_path: Path, data: bytes) -> None:
    odd = tmp_path / "odd.ccx"
    odd.write_bytes(data)
    with pytest.raises(UserError, match="is another file"):
        write_ccx(odd)
    assert odd.read_bytes() == data


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ccx")
    with pytest.raises(UserError, match="is another file"):
        write_ccx(tmp_path / "pipe.ccx")


def test_an_old_file_is_not_unpacked_without_bounds(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.ccx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(1 << 26))
    tracemalloc.start()
    with pytest.raises(UserError, match="is another file"):
        write_ccx(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 24
