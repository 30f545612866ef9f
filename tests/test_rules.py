"""The rules of the code that a machine can check, each in place of a paragraph of guidelines."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import bridge
import engine
from bridge.cli import main
from engine import COMPOSITIONS, BlendMode, LayerRole
from engine.blending import FORMULAS
from engine.files import kra, ora, psd_writer

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "krita_plugin" / "layer_bridge"
PANEL = ROOT / "uxp_panel"
LONGEST_MODULE = 400
TORCH = ("torch", "torchvision", "diffusers", "transformers", "peft", "accelerate")
TORCH_HOMES = (
    *("engine/diffusion/", "engine/training/"),
    *("tests/engine/diffusion/", "tests/engine/training/"),
    *("benchmarks/diffusion_gpu.py", "benchmarks/full_size/", "benchmarks/small_proof/"),
    "tests/test_small_proof.py",
)


def tracked(*patterns: str) -> list[Path]:
    """The files of the repository, by git's patterns."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def imports(module: Path) -> Iterator[str]:
    """Every absolute name that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def packages(module: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(module)}


def named(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_engine_knows_nothing_of_the_bridge() -> None:
    assert named([path for path in tracked("engine/*.py") if "bridge" in packages(path)]) == []


@pytest.mark.parametrize(
    ("room", "closed"),
    [
        ("wire", {"server", "client", "commands", "hosts"}),
        ("server", {"client", "commands", "hosts"}),
        ("client", {"server", "commands", "hosts"}),
        ("hosts", {"wire", "server", "client", "commands"}),
    ],
)
def test_rooms_of_the_bridge_keep_their_doors_shut(room: str, closed: set[str]) -> None:
    doors = tuple(f"bridge.{other}" for other in closed)
    users = [
        path
        for path in tracked(f"bridge/{room}/*.py")
        for name in imports(path)
        if name.startswith(doors)
    ]
    assert named(users) == []


def test_torch_stays_in_its_folders() -> None:
    users = named([path for path in tracked("*.py") if packages(path) & set(TORCH)])
    assert [name for name in users if not name.startswith(TORCH_HOMES)] == []


def test_krita_is_spoken_to_in_one_file() -> None:
    users = [path.name for path in tracked("krita_plugin/*.py") if "krita" in packages(path)]
    assert set(users) == {"__init__.py", "canvas.py"}


@pytest.mark.parametrize(("module", "home"), [("photoshop", "canvas.js"), ("uxp", "main.js")])
def test_photoshop_is_spoken_to_in_one_file(module: str, home: str) -> None:
    comment = re.compile(r"^\s*(?://|/?\*).*$", re.MULTILINE)
    users = [
        path.name
        for path in tracked("uxp_panel/*.js")
        if f'require("{module}")' in comment.sub("", path.read_text(encoding="utf-8"))
    ]
    assert users == [home]


def test_plugin_needs_nothing_that_krita_lacks() -> None:
    allowed = set(sys.stdlib_module_names) | {"krita", "PyQt5", "PyQt6"}
    assert {path.name: packages(path) - allowed for path in tracked("krita_plugin/*.py")} == {
        path.name: set() for path in tracked("krita_plugin/*.py")
    }


def test_what_is_imported_is_required() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {re.split(r"[^\w.-]", line)[0].lower() for line in project["dependencies"]}
    ours = set(sys.stdlib_module_names) | {"bridge", "engine"}
    modules = tracked("bridge/*.py", "engine/*.py")
    base = [p for p in modules if not p.relative_to(ROOT).as_posix().startswith(TORCH_HOMES)]
    used = {name for path in base for name in packages(path)}
    homes = packages_distributions()
    assert {homes[name][0].lower() for name in used - ours} == required


@pytest.mark.parametrize("path", tracked("krita_plugin/*.py"), ids=lambda path: path.name)
def test_plugin_is_python_38(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("package", [engine], ids=["engine"])
def test_public_names_are_listed(package: object) -> None:
    listed = list(package.__all__)
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    imported = [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert sorted(listed) == sorted(imported)


def test_generated_files_are_fresh() -> None:
    check = [sys.executable, "-m", "bridge.wire.emit", "--check"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_krita_finds_what_the_desktop_file_names() -> None:
    text = (PLUGIN.parent / "layer_bridge.desktop").read_text(encoding="utf-8")
    entries = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    assert entries["X-KDE-Library"] == PLUGIN.name
    assert (PLUGIN / entries["X-Krita-Manual"]).is_file()


def anchors(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def is_there(path: Path, anchor: str) -> bool:
    return path.exists() and (not anchor or anchor in anchors(path))


@pytest.mark.parametrize("path", tracked("*.md"), ids=lambda path: path.name)
def test_documents_point_at_what_is_there(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", path.read_text(encoding="utf-8"))
    lost = [
        (name, anchor)
        for name, anchor in targets
        if not is_there(path.parent / name if name else path, anchor)
    ]
    assert lost == []


def test_readme_knows_the_commands() -> None:
    words = set(re.findall(r"`?layer-bridge (\w+)", (ROOT / "README.md").read_text("utf-8")))
    commands = {"decompose", "batch", "evaluate", "edit", "dataset"}
    commands |= {"serve", "models", "train", "install", "doctor"}
    assert commands <= words
    for command in commands:
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"])
        assert stop.value.code == 0


def krita_titles() -> dict[str, str]:
    wording = (PLUGIN / "wording.py").read_text(encoding="utf-8")
    (written,) = re.findall(r"^COMPOSITIONS = ({.+?})", wording, re.MULTILINE | re.DOTALL)
    return ast.literal_eval(written)


def photoshop_titles() -> dict[str, str]:
    wording = (PANEL / "wording.js").read_text(encoding="utf-8")
    (written,) = re.findall(r"^const COMPOSITIONS = {(.+?)};", wording, re.MULTILINE | re.DOTALL)
    return dict(re.findall(r'(\w+): "(.+?)"', written))


@pytest.mark.parametrize("titles", [krita_titles(), photoshop_titles()], ids=["krita", "photoshop"])
def test_readme_calls_compositions_as_the_plugins_do(titles: dict[str, str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(titles) == set(COMPOSITIONS)
    assert [name for name, title in titles.items() if f"| `{name}` | {title} |" not in readme] == []


def test_changelog_is_of_this_version() -> None:
    heading = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heading is not None
    assert heading[1] == bridge.__version__


@pytest.mark.parametrize(
    "table",
    [FORMULAS, kra.MODES, ora.OPERATORS, psd_writer.MODES],
    ids=["blend", "kra", "ora", "psd"],
)
def test_every_blend_mode_is_known(table: Mapping[BlendMode, object]) -> None:
    assert set(table) == set(BlendMode)


def test_every_blend_mode_is_known_in_krita() -> None:
    """The table cannot be imported here: it lies where Krita's API is used."""
    tables = [
        {key.value for key in node.keys if isinstance(key, ast.Constant)}
        for node in ast.walk(ast.parse((PLUGIN / "canvas.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
    ]
    assert {str(mode) for mode in BlendMode} in tables


def test_every_blend_mode_is_known_in_photoshop() -> None:
    canvas = (PANEL / "canvas.js").read_text(encoding="utf-8")
    assert set(re.findall(r'"?([\w-]+)"?: BlendMode\.', canvas)) == {*map(str, BlendMode)}


def test_roles_are_the_contracts() -> None:
    assert [*LayerRole] == ["flat_color", "shadow", "highlight", "line_art"]


def test_no_path_of_a_machine() -> None:
    # Wilma is the artist whose folders must not get into a report.
    pattern = re.compile(r"(^|[^A-Za-z0-9_.~-])/(?:work|root|home|Users)/(?!wilma\b)[a-z]")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path in tracked("*.py", "*.md", "*.toml", "*.js", "*.json", "Makefile", ".ci")
        for line in path.read_text(encoding="utf-8").splitlines()
        if pattern.search(line)
    ]
    assert found == []


def test_modules_are_short() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked("*.py", "*.js")
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_nothing_is_left_for_later() -> None:
    words = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error"]))
    unfinished = [path for path in tracked("*.py", "*.js") if words.search(path.read_text())]
    assert named(unfinished) == []


def loaded_by(code: str) -> set[str]:
    """The top-level packages that a fresh Python holds after running `code`."""
    script = f"import sys\n{code}\nprint(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_help_is_light() -> None:
    code = "from bridge.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    assert loaded_by(code) & {*TORCH, "cv2", "PIL", "psd_tools", "websockets", "scipy"} == set()


def test_the_server_and_the_builtin_engine_load_no_torch() -> None:
    code = "import bridge.server, engine\nengine.load('builtin')"
    assert loaded_by(code) & set(TORCH) == set()
