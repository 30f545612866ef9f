"""What a user gets: the wheel holds the clients, and works without the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import bridge
from bridge.hosts.photoshop import panel_contents

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, as it lies in a user's environment."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "from hatchling.builders.wheel import WheelBuilder; import sys; "
    build += "print(*WheelBuilder(sys.argv[1]).build(directory=sys.argv[2]))"
    command = [sys.executable, "-c", build, str(ROOT), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(done.stdout.strip()) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def test_holds_the_packages_and_clients_and_no_more(unpacked: Path) -> None:
    assert {path.name for path in unpacked.iterdir()} == {
        "bridge",
        "engine",
        f"layer_bridge-{bridge.__version__}.dist-info",
    }
    assert (unpacked / "bridge/_clients/krita_plugin/layer_bridge.desktop").is_file()
    assert (unpacked / "bridge/wire/protocol.schema.json").is_file()
    assert (unpacked / "engine/py.typed").is_file()
    assert (unpacked / "engine/evaluation/page/index.html").is_file()
    assert list(unpacked.rglob("__pycache__")) == []
    assert list(unpacked.rglob("node_modules")) == []


def installed(unpacked: Path, folder: Path, *options: str) -> set[str]:
    """The files in the archive that `layer-bridge install ... NAME` of the wheel writes."""
    script = "import sys; from bridge.cli import main; sys.exit(main())"
    subprocess.run(
        [sys.executable, "-P", "-c", script, "install", *options],
        cwd=folder,
        env={"PYTHONPATH": str(unpacked), "HOME": str(folder)},
        check=True,
    )
    with zipfile.ZipFile(folder / options[-1]) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def test_installs_the_panel_without_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    held = installed(unpacked, tmp_path, "photoshop", "--ccx", "panel.ccx")
    assert held == panel_contents(ROOT / "uxp_panel").keys()


def test_installs_the_plugin_without_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    held = installed(unpacked, tmp_path, "krita", "--zip", "plugin.zip")
    source = ROOT / "krita_plugin"
    plugin = [path for path in source.glob("layer_bridge/**/*") if path.suffix != ".pyc"]
    ours = [path.relative_to(source).as_posix() for path in plugin if path.is_file()]
    assert held == {"layer_bridge.desktop", *ours}
