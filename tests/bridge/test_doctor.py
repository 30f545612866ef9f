"""The doctor finds what is wrong, says it in words, and its report names nobody."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bridge
import engine.registry
from bridge.cli import main
from bridge.commands.doctor import Finding, State, as_report, as_text, examine
from bridge.commands.redaction import redact
from bridge.errors import UserError
from bridge.hosts import photoshop
from bridge.hosts.krita import install, krita_homes
from bridge.hosts.uxp import with_all_addresses
from bridge.log import record_fault
from bridge.server import ServerSettings, listen
from engine.diffusion.receipt import Item, Receipt
from engine.diffusion.weights import Choice, remember
from tests.engine.diffusion.fake_hub import REVISION
from tests.engine.diffusion.weights_files import ADAPTER, BASE, SHARDS, write_files


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home folder with nothing in it."""
    for variable, folder in (
        ("HOME", ""),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state"),
    ):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    use_engine("tests.bridge.engines:QuickEngine", monkeypatch)
    return tmp_path


def use_engine(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have "module:Class" for the builtin engine."""
    known = {**engine.registry.ENGINES, "builtin": place}
    monkeypatch.setattr(engine.registry, "ENGINES", known)


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wrong(findings: list[Finding]) -> list[str]:
    return [finding.text for finding in findings if finding.state is State.WRONG]


def about(word: str, findings: list[Finding]) -> Finding:
    (finding,) = [finding for finding in findings if word in finding.text]
    return finding


def test_nothing_is_wrong_without_server_and_plugin(free_port: int) -> None:
    findings = examine(free_port)

    assert wrong(findings) == []
    assert "layer-bridge serve" in about(f"port {free_port}", findings).text
    assert "layer-bridge install krita" in about("no plugin", findings).text
    assert as_text(findings).endswith("All is well.")


def test_plugin_of_this_version(free_port: int) -> None:
    install(krita_homes()[0])

    assert about("the plugin", examine(free_port)).state is State.FINE


def test_plugin_of_another_version(free_port: int) -> None:
    (krita,) = krita_homes()
    install(krita)
    (krita.plugins / "layer_bridge" / "protocol.py").write_text("PROTOCOL_VERSION = 0\n")

    (text,) = wrong(examine(free_port))
    assert text.startswith("Not of this version")
    assert "layer-bridge install krita" in text


def test_plugin_that_is_switched_off(free_port: int) -> None:
    (krita,) = krita_homes()
    install(krita)
    krita.settings.write_text("[python]\nenable_layer_bridge=false\n")

    (text,) = wrong(examine(free_port))
    assert text.startswith("Switched off")


def test_panel_that_waits_to_be_installed(free_port: int) -> None:
    finding = about("ready to install", examine(free_port))
    assert finding.state is State.FINE
    assert finding.text.endswith("layer-bridge install photoshop")


def test_panel_that_is_not_whole(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(name: str) -> Path:
        raise UserError(f"This installation lacks the folder {name}.")

    monkeypatch.setattr(photoshop, "client_dir", lost)

    (text,) = wrong(examine(free_port))
    assert "lacks the folder uxp_panel" in text


@pytest.fixture
def adobe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Photoshop's plugins would lie, did it run on this system."""
    folder = tmp_path / "Adobe/UXP/Plugins/External"
    monkeypatch.setattr(photoshop, "plugin_folders", lambda: [folder])
    return folder


def test_photoshop_without_a_panel(free_port: int, adobe: Path) -> None:
    finding = about("no panel in Photoshop", examine(free_port))
    assert finding.state is State.NOTE
    assert "layer-bridge install photoshop" in finding.text


def test_panel_in_photoshop(free_port: int, adobe: Path) -> None:
    manifest, contents = photoshop.checked_panel()
    panel = adobe / f"{manifest.id}_{manifest.version}"
    for name, data in contents.items():
        (panel / name).parent.mkdir(parents=True, exist_ok=True)
        (panel / name).write_bytes(data)
    assert about("panel in Photoshop", examine(free_port)).state is State.FINE

    (panel / "protocol.js").write_text("const PROTOCOL_VERSION = 0;\n")

    (text,) = wrong(examine(free_port))
    assert text.startswith("Not of this version: the panel in Photoshop")
    assert "layer-bridge install photoshop, double-click" in text

    for name, data in with_all_addresses(contents).items():
        (panel / name).write_bytes(data)
    (panel / "protocol.js").write_text("const PROTOCOL_VERSION = 0;\n")

    (text,) = wrong(examine(free_port))
    assert "layer-bridge install photoshop --any-address, double-click" in text


def test_engine_that_does_not_load(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    use_engine("no_such_module:Engine", monkeypatch)

    findings = examine(free_port)

    assert "not here whole; install layer-bridge again" in about("Engine builtin", findings).text
    assert as_text(findings).endswith("1 to put right.")


def test_engine_whose_library_does_not_load(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_engine("engine.builtin:BuiltinEngine", monkeypatch)
    for module in [name for name in sys.modules if name.startswith("engine.builtin.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "cv2", None)

    assert "cv2" in about("Engine builtin", examine(free_port)).text


SHAPES = {
    "transformer/config.json": (
        b'{"num_layers": 2, "num_attention_heads": 2, "attention_head_dim": 9}'
    ),
    "vae/config.json": b'{"base_dim": 8}',
}
"""What is said of the model's shape, from which its memory is reckoned."""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base model, which is chosen, and with it the adapter beside it."""
    monkeypatch.setenv("LAYER_BRIDGE_MODELS", str(tmp_path / "models"))
    base = write_files(tmp_path / "base", BASE | SHAPES)
    write_files(tmp_path, {"layers.safetensors": ADAPTER})
    remember(Choice(base=base, adapter=tmp_path / "layers.safetensors"))
    return base


@pytest.fixture
def diagnosis(free_port: int, capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    """What `layer-bridge doctor` says of the diffusion engine, and its verdict."""

    def diagnosed() -> list[str]:
        assert main(["doctor", "--port", str(free_port)]) == 0
        *lines, _, verdict = capsys.readouterr().out.splitlines()
        about = [line for line in lines if line[7:].startswith(("Engine diffusion", "The adapter"))]
        return [*about, verdict]

    return diagnosed


Diagnosis = Callable[[], list[str]]


def test_diffusion_engine_without_weights(diagnosis: Diagnosis) -> None:
    line, verdict = diagnosis()
    assert line == (
        " note  Engine diffusion is not ready: The diffusion engine needs its base model; download "
        "it with `layer-bridge models pull`, or point at yours with `layer-bridge models path base "
        "FOLDER`."
    )
    assert verdict == "All is well."


def test_diffusion_engine_with_weights(base: Path, diagnosis: Diagnosis) -> None:
    line, verdict = diagnosis()
    assert line.startswith("   ok  Engine diffusion is ready; memory plan bf16")
    assert verdict == "All is well."


def test_diffusion_engine_whose_base_model_is_not_all_there(
    base: Path, diagnosis: Diagnosis
) -> None:
    (base / SHARDS[0]).unlink()
    line, verdict = diagnosis()
    assert line.startswith(
        f" note  Engine diffusion is not ready: The base model in {base} is not whole ({SHARDS[0]} "
        "is missing); complete it with `layer-bridge models pull`"
    )
    assert verdict == "All is well."


@pytest.mark.parametrize("name", [SHARDS[0], "vae/config.json", "../layers.safetensors"])
def test_diffusion_engine_whose_weights_are_damaged(
    base: Path, diagnosis: Diagnosis, name: str
) -> None:
    os.truncate(base / name, 9)
    line, verdict = diagnosis()
    assert line.startswith("wrong  Engine diffusion is not ready: The ")
    assert ("adapter" if "layers" in name else name) in line
    assert verdict == "1 to put right."


def test_diffusion_engine_with_an_adapter_for_another_base_model(
    base: Path, diagnosis: Diagnosis
) -> None:
    Receipt("Owner/Other", REVISION, {"vae/config.json": Item(13, "git:0")}).write(base)
    line, verdict = diagnosis()
    assert line.startswith("wrong  Engine diffusion is not ready: The adapter ")
    assert "was made for Qwen/Qwen-Image-Layered" in line
    assert verdict == "1 to put right."


def test_diffusion_engine_with_an_adapter_for_another_revision(
    base: Path, diagnosis: Diagnosis
) -> None:
    files = {"vae/config.json": Item(13, "git:0")}
    Receipt("Qwen/Qwen-Image-Layered", "fedcba98" * 5, files).write(base)
    ready, odd, verdict = diagnosis()
    assert ready.startswith("   ok  Engine diffusion is ready; ")
    assert odd.startswith(" note  The adapter was made for revision 0123456 of Qwen/Qwen-Image-")
    assert verdict == "All is well."


async def test_server_of_ours() -> None:
    async with listen(ServerSettings(port=0)) as server:
        findings = await asyncio.to_thread(examine, server.port)
    assert about("server", findings).state is State.FINE


def test_server_of_another_version() -> None:
    script = (
        "import bridge; bridge.__version__ = '0.0.9'; from bridge.cli import main; "
        "main(['serve', '--port', '0'])"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        (port,) = re.findall(r":(\d+)", server.stdout.readline())
        (text,) = wrong(examine(int(port)))
        server.terminate()
    assert "of version 0.0.9; stop it and start it again" in text


@pytest.fixture
def stranger() -> Iterator[int]:
    """A port on which something listens that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_port_that_a_stranger_has(stranger: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.commands.doctor.PROBE_TIMEOUT_S", 0.2)

    (text,) = wrong(examine(stranger))

    assert text.startswith(f"Port {stranger} is taken by another program")
    assert "--port" in text


def test_report_holds_versions_and_log_but_no_names(home: Path, free_port: int) -> None:
    picture = str(home / "secret.png")
    try:
        raise KeyError(picture)
    except KeyError as fault:
        record_fault(fault, f"layer-bridge decompose {picture}")

    report = as_report(examine(free_port))

    assert report.startswith(f"### layer-bridge {bridge.__version__}\n")
    assert "numpy" in report
    assert "KeyError" in report
    assert "bridge/test_doctor.py" in report
    assert "secret" not in report
    assert str(home) not in report


def test_redacts_whole_words_only() -> None:
    text = "ann of box: annual boxes, box.local"
    assert redact(text, Path("/srv/ann"), "ann", "box") == (
        "USER of MACHINE: annual boxes, MACHINE.local"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("in /srv/ann/clients (old)", "in PATH (old)"),
        ("KeyError: '/mnt/My Clients/Acme/hero.png'", "KeyError: 'PATH.png'"),
        ("decompose Acme/hero.png -o Acme/out", "decompose PATH.png -o PATH"),
        (r"D:\Acme\hero.png, D:\Acme", "PATH.png, PATH"),
        (
            'File "/srv/ann/py/bridge/commands/batch.py", line 3',
            'File "commands/batch.py", line 3',
        ),
        (
            "Krita: /usr/bin/krita; ws://127.0.0.1:7347",
            "Krita: /usr/bin/krita; ws://127.0.0.1:7347",
        ),
    ],
)
def test_redacts_paths(text: str, told: str) -> None:
    assert redact(text, Path("/srv/ann"), "ann", "box") == told
