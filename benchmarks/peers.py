"""Other programs on the same pictures, in the same report as the builtin engine.

    python benchmarks/peers.py [CASES] [-o REPORT] [--peers NAME ...] [--layerdivider URL]

CASES is a folder as `layer-bridge evaluate` takes it; without it, characters are drawn. The peers
are installed from PyPI into an environment of their own below build/, and layerdivider is cloned
there, as it has no package. Prints the means, with times as multiples of the builtin engine's.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bridge.commands.outputs import PICTURE_SUFFIXES
from engine.compositing import to_planes, to_rgba
from engine.evaluation import Case, find_cases
from engine.evaluation.cases import COMPOSITE, TRUE_LAYERS
from engine.files import encode_png, read_picture
from engine.illustration import draw_character

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "peers"
DRAWN, SIZE = 3, 512
"""How many characters are drawn, and pixels of a side."""
PACKAGES = (
    "opencv-contrib-python-headless",
    "scikit-learn",
    "scikit-image",
    "pandas",
    "matplotlib",
    "tqdm",
)
LAYERDIVIDER = "https://github.com/mattyamonaca/layerdivider"
PEERS = ("edge-preserving", "stylization", "l0-smoothing", "xdog", "layerdivider")
MEASURES = {
    "line art F1": "line_f1",
    "flat exact": "flat_exact",
    "flat PSNR": "flat_psnr",
    "shadow IoU": "shadow_iou",
    "highlight IoU": "highlight_iou",
    "restacked PSNR": "recompose_psnr",
    "SSIM": "recompose_ssim",
    "LMSE": "recompose_lmse",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("cases", type=Path, nargs="?", metavar="CASES")
    parser.add_argument("-o", "--out", type=Path, default=HOME / "report", metavar="REPORT")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS)
    parser.add_argument(
        "--layerdivider", default=LAYERDIVIDER, metavar="URL", help="or a folder to clone from"
    )
    options = parser.parse_args()
    folder = options.cases.resolve() if options.cases else draw_cases(HOME / "drawn")
    python = environment(HOME / "environment")
    write_sources(find_cases(folder, PICTURE_SUFFIXES), HOME / "sources")
    results = {
        peer: HOME / "results" / peer
        for peer in options.peers
        if run(peer, python, HOME / "results" / peer, options.layerdivider)
    }
    print_table(evaluate(folder, options.out.resolve(), results))


def draw_cases(folder: Path) -> Path:
    """Characters whose layers are known."""
    for seed in range(DRAWN):
        drawn = draw_character(SIZE, SIZE, seed)
        case = folder / f"character {seed}"
        case.mkdir(parents=True, exist_ok=True)
        (case / COMPOSITE).write_bytes(encode_png(drawn.source))
        for role, name in TRUE_LAYERS.items():
            (case / name).write_bytes(encode_png(getattr(drawn.layers, role.value)))
    return folder


def environment(folder: Path) -> Path:
    """The Python of an environment with the peers' packages."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *PACKAGES], check=True)
    return python


def write_sources(cases: Sequence[Case], folder: Path) -> None:
    """The cases' pictures as 8-bit RGBA PNGs, which all peers read."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for case in cases:
        rgba = to_rgba(to_planes(read_picture(case.picture).rgba), "uint8")
        (folder / f"{case.name}.png").write_bytes(encode_png(rgba))


def run(peer: str, python: Path, results: Path, layerdivider: str) -> bool:
    """Let a peer decompose all sources, and say whether it did."""
    shutil.rmtree(results, ignore_errors=True)
    command = [python, "-m", "peer_methods", peer, HOME / "sources", results]
    try:
        if peer == "layerdivider":
            command += ["--layerdivider", cloned(layerdivider, HOME / "layerdivider")]
        subprocess.run(command, check=True, cwd=Path(__file__).parent)
    except subprocess.CalledProcessError as error:
        print(f"{peer} is left out, as it could not be run: {error}", file=sys.stderr)
        return False
    return True


def cloned(url: str, folder: Path) -> Path:
    """A checkout, made where there is none yet."""
    if not folder.exists():
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", url, folder], check=True)
    return folder


def evaluate(folder: Path, report: Path, results: dict[str, Path]) -> dict:
    """The scores of the builtin engine and of the peers' results."""
    command = [sys.executable, "-m", "bridge", "evaluate", folder, "-o", report]
    command += ["--engine", "builtin", "--quiet"]
    for peer, place in results.items():
        command += ["--results", f"{peer}={place}"]
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        print("Some cases are missing in the report; it says which.", file=sys.stderr)
    print(f"The report: {report / 'index.html'}\n")
    return json.loads((report / "scores.json").read_text(encoding="utf-8"))


def print_table(scores: dict) -> None:
    """The means as a table, a row for each engine."""
    print(f"| | {' | '.join(MEASURES)} | times as long |")
    print("|---" * (len(MEASURES) + 2) + "|")
    unit = scores["engines"]["builtin"]["mean"]["seconds"]
    for name, engine in scores["engines"].items():
        mean = engine["mean"]
        cells = [shown(mean[key], scores["measures"][key]["digits"]) for key in MEASURES.values()]
        print(f"| {name} | {' | '.join(cells)} | {mean['seconds'] / unit:.2f} |")


def shown(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    main()
