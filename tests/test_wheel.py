"""What a user gets: the wheel holds the clients, and works without the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import bridge

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
    assert list(unpacked.rglob("__pycache__")) == []


def test_installs_the_plugin_without_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    destination = tmp_path / "plugin.zip"
    script = "import sys; from bridge.cli import main; sys.exit(main())"
    subprocess.run(
        [sys.executable, "-P", "-c", script, "install", "krita", "--zip", str(destination)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked), "HOME": str(tmp_path)},
        check=True,
    )
    with zipfile.ZipFile(destination) as archive:
        held = {name for name in archive.namelist() if not name.endswith("/")}
    source = ROOT / "krita_plugin"
    plugin = [path for path in source.glob("layer_bridge/**/*") if path.suffix != ".pyc"]
    ours = [path.relative_to(source).as_posix() for path in plugin if path.is_file()]
    assert held == {"layer_bridge.desktop", *ours}
