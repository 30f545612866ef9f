"""`layer-bridge train`: what it says before and after, how it is interrupted, what it refuses."""

import json
import re
import shutil
import signal
from pathlib import Path

import numpy as np
import psutil
import pytest
from safetensors.numpy import load_file

from bridge import cli
from engine.diffusion import fitting
from engine.diffusion.weights import Choice, remember
from engine.reservation import alone_in
from tests.bridge.commanding import child
from tests.engine.diffusion.tiny import tiny_info, write_tiny_adapter, write_tiny_checkpoint
from tests.engine.training.adapter.drawn import write_dataset
from tests.engine.training.adapter.launching import launched

RECIPE = f"""
steps = 2
prompt = "{tiny_info().prompt}"
[lora]
rank = 4
alpha = 4
[watch]
checkpoint_every = 2
sample_every = 0
tensorboard = false
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny_checkpoint(tmp_path_factory.mktemp("base"))


@pytest.fixture
def desk(tmp_path, base, monkeypatch):
    """A folder with a dataset, a recipe and another adapter; the base model is chosen."""
    monkeypatch.setenv("LAYER_BRIDGE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    remember(Choice(base))
    write_dataset(tmp_path / "dataset", 2)
    write_tiny_adapter(tmp_path / "other.safetensors")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield tmp_path
    for number, handler in before.items():
        signal.signal(number, handler)


def words(desk, *more):
    return [
        *("train", str(desk / "dataset"), "-o", str(desk / "mine.safetensors")),
        *("--recipe", str(desk / "recipe.toml"), "--device", "cpu"),
        *("--prompt-from", str(desk / "other.safetensors"), *more),
    ]


@pytest.fixture
def train(desk, capsys):
    """Run the command; its exit code, what it said, what it complained of."""

    def run(*more):
        try:
            code = cli.main(words(desk, *more))
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_dry_run_says_what_it_takes_and_writes_nothing(train, desk):
    before = sorted(desk.iterdir())
    code, out, err = train("--dry-run")
    assert (code, err) == (0, "")
    assert "2 samples of 48 x 64" in out
    assert all(title in out for title in ("memory", "time", "disk"))
    assert sorted(desk.iterdir()) == before


def test_the_forecast_comes_first_and_the_use_last(train, desk):
    code, out, err = train()
    assert code == 0
    assert out.index("memory") < out.index("The adapter is")
    path = desk / "mine.safetensors"
    assert path.is_file()
    assert f"layer-bridge models path adapter {path}\n" in out
    assert "training: step 2 of 2, loss" in err
    assert cli.main(["models", "path", "adapter", str(path)]) == 0


def test_json_is_all_that_is_printed(train, desk):
    code, out, _ = train("--json", "--quiet")
    assert code == 0
    told = json.loads(out)
    assert told["steps"] == 2
    assert told["adapter"] == str(desk / "mine.safetensors")
    assert Path(told["checkpoint"]).is_relative_to(desk / "mine.training")
    assert told["forecast"]["memory"] > 0


def test_what_is_there_is_not_lost(train, desk):
    path = desk / "mine.safetensors"
    path.write_bytes(b"precious")
    code, _, err = train()
    assert code == 2
    assert err == f"{path} is there already; choose another name with -o, or say --force.\n"
    assert path.read_bytes() == b"precious"
    assert train("--force")[0] == 0
    assert path.read_bytes() != b"precious"


def test_a_run_is_gone_on_with_only_when_asked(train, desk):
    train()
    (desk / "recipe.toml").write_text(RECIPE.replace("steps = 2", "steps = 3"))
    code, _, err = train("--force")
    assert code == 2
    assert "holds a run already, at step-000002; go on with it with --resume" in err
    code, out, err = train("--force", "--resume")
    assert code == 0
    assert "step 3 of 3" in err
    assert "step 2 of" not in err
    assert "of step 3" in out


def test_an_interrupted_run_says_how_it_goes_on(desk):
    (desk / "recipe.toml").write_text(RECIPE.replace("steps = 2", "steps = 100000"))
    with child("", *words(desk, "--json")) as process:
        for line in process.stderr:
            if "step 1 of" in line:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=200)
    assert process.returncode == 3
    assert json.loads(out)["interrupted"] is True
    (checkpoint,) = (desk / "mine.training/checkpoints").iterdir()
    assert f"Interrupted at {checkpoint.name}; this goes on from there: layer-bridge train" in err
    assert err.rstrip().endswith("--resume")
    assert not (desk / "mine.safetensors").exists()

    steps = int(checkpoint.name.removeprefix("step-"))
    (desk / "recipe.toml").write_text(RECIPE.replace("steps = 2", f"steps = {steps + 1}"))
    with child("", *words(desk, "--resume")) as process:
        out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert f"of step {steps + 1}" in out


def test_what_does_not_fit_is_not_begun(train, desk, monkeypatch):
    little = psutil.virtual_memory()._replace(available=1_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: little)
    code, out, err = train()
    assert code == 2
    assert "of main memory, and 1.0 MB are free" in err
    assert "memory" in out
    assert not (desk / "mine.training").exists()


def test_a_second_run_in_the_same_folder_is_refused(train, desk):
    work = desk / "mine.training"
    with alone_in(work):
        before = sorted(work.iterdir())
        code, _, err = train()
        assert (code, err.count("\n")) == (2, 1)
        assert err.startswith(f"Another layer-bridge is at work in {work}; wait for it to end")
        assert train("--resume")[0] == 2
        assert train("--dry-run")[0] == 0
        assert sorted(work.iterdir()) == before
    assert train()[0] == 0
    assert not any(path.name.endswith(".lock") for path in work.iterdir())


def test_of_two_processes_the_first_alone_says_what_is_wrong(desk):
    (desk / "recipe.toml").write_text(f"batch = 2\n{RECIPE}")
    with alone_in(desk / "mine.training"):
        done = launched("bridge", *words(desk, "--json"))
    assert done.returncode != 0
    assert done.stderr.count("Another layer-bridge is at work in") == 1
    assert "Something went wrong" not in done.stderr
    (line,) = done.stdout.splitlines()
    assert [failure["code"] for failure in json.loads(line)["failures"]] == ["occupied"]


def test_two_processes_make_the_adapter_that_one_makes(train, desk):
    (desk / "recipe.toml").write_text(f"batch = 2\nprecision = 'fp32'\n{RECIPE}")
    assert train()[0] == 0
    done = launched("bridge", *words(desk, "-o", str(desk / "ours.safetensors")))
    assert done.returncode == 0, done.stderr
    assert "shared by 2 processes" in done.stdout
    alone, together = (load_file(desk / name) for name in ("mine.safetensors", "ours.safetensors"))
    assert alone.keys() == together.keys()
    assert all(np.allclose(alone[name], together[name], atol=1e-4) for name in alone)


def test_an_adapter_that_came_there_meanwhile_is_not_lost(train, desk):
    path = desk / "mine.training/prepared/prompt.safetensors"
    more = ("--work", str(desk / "mine.training"), "-o", str(path))
    code, _, err = train(*more)
    assert code == 2
    assert f"{path} is there already; choose another name with -o, or say --force." in err
    assert "prompt" in load_file(path)
    assert train("--work", str(desk / "mine.training"), "--resume")[0] == 0
    assert (desk / "mine.safetensors").is_file()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--recipe", "nowhere.toml"), "nowhere.toml cannot be used (No such file"),
        (("-o", "mine.psd"), "an adapter's name ends in .safetensors, not 'mine.psd'"),
        (("--prompt-from", "nowhere.safetensors"), "The adapter nowhere.safetensors cannot be"),
    ],
)
def test_what_is_not_there_is_told(train, more, told):
    code, _, err = train(*more)
    assert code == 2
    assert told in err
    assert err.count("\n") >= 1
    assert "Traceback" not in err


def test_a_wrong_recipe_is_told_with_its_line(train, desk):
    (desk / "recipe.toml").write_text(f"{RECIPE}\nstepps = 3\n")
    code, _, err = train()
    assert code == 2
    assert err.startswith(f"{desk / 'recipe.toml'}, line ")
    assert "a recipe has no watch.stepps" in err


def test_nothing_left_to_train_on_is_told_beforehand(train, desk):
    (desk / "recipe.toml").write_text(RECIPE + "held_out = 2\n")
    code, _, err = train("--dry-run")
    assert code == 2
    assert "held_out in its table [watch] is 2, and the dataset's samples are no more than 2" in err


def test_a_folder_that_is_no_dataset_is_told(train, desk):
    (desk / "dataset/dataset.json").unlink()
    code, _, err = train()
    assert code == 2
    assert "is no dataset; it has no dataset.json" in err


def test_a_picture_that_is_missing_is_told_before_anything(train, desk):
    path = desk / "dataset/picture_1/shadow.png"
    path.unlink()
    for more in ((), ("--dry-run",)):
        code, out, err = train(*more)
        assert (code, out) == (2, "")
        assert err == f"{path} is missing; see `layer-bridge dataset check {desk / 'dataset'}`.\n"
    assert not (desk / "mine.training").exists()


def test_a_picture_that_is_damaged_is_told(train, desk):
    (desk / "dataset/picture_1/shadow.png").write_bytes(b"\x89PNG cut short")
    code, _, err = train()
    assert code == 2
    told = err.splitlines()[-1]
    assert told.startswith(f"The sample {desk / 'dataset/picture_1'} cannot be trained on (shadow")
    assert told.endswith(f"see `layer-bridge dataset check {desk / 'dataset'}`.")
    assert cli.main(["dataset", "check", str(desk / "dataset")]) == 2


def test_without_a_base_model_it_is_told_where_to_get_it(train):
    remember(Choice())
    code, _, err = train()
    assert code == 2
    assert "download it with `layer-bridge models pull`" in err


@pytest.fixture
def roomy(monkeypatch):
    """A computer of more main memory than the published model takes."""
    plenty = psutil.virtual_memory()._replace(available=200 * 10**9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: plenty)


def test_a_dry_run_needs_no_base_model(train, desk, base, roomy):
    known = json.loads(train("--dry-run", "--json")[1])["forecast"]
    remember(Choice())
    before = sorted(desk.iterdir())
    code, out, err = train("--dry-run")
    assert (code, err) == (0, "")
    assert re.search(r"^memory  4\d\.\d GB of main memory", out, re.MULTILINE)
    (line,) = (line for line in out.splitlines() if "not here yet" in line)
    assert "download it (41 GB) with `layer-bridge models pull`" in line
    assert sorted(desk.iterdir()) == before
    published = json.loads(train("--dry-run", "--json")[1])["forecast"]
    assert published.keys() == known.keys()
    assert published["memory"] > 40e9 > known["memory"]


def test_a_base_model_that_is_half_here_counts_as_not_here_yet(train, desk, base, roomy):
    half = shutil.copytree(base, desk / "half")
    remember(Choice(half))
    (half / "vae/config.json").unlink()
    code, out, _ = train("--dry-run")
    assert code == 0
    assert "The base model is not here yet" in out
    code, _, err = train()
    assert code == 2
    assert "vae/config.json is missing" in err


def test_without_the_base_model_a_card_too_small_is_told_before_any_download(train, monkeypatch):
    remember(Choice())
    little = psutil.virtual_memory()._replace(available=16 * 10**9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: little)
    code, out, err = train("--dry-run")
    assert code == 2
    assert "of main memory, and 16.0 GB are free" in err
    assert "memory" in out
    assert "models pull" not in out + err


def test_one_step_is_told_as_one(train, desk):
    (desk / "recipe.toml").write_text(RECIPE.replace("steps = 2", "steps = 1"))
    code, out, _ = train()
    assert code == 0
    assert "of step 1; the run ended after 1 step.\n" in out


def test_without_a_text_encoder_it_is_told_before_anything_is_encoded(train, desk, capsys):
    shorter = [word for word in words(desk) if "other" not in word and word != "--prompt-from"]
    assert cli.main(shorter) == 2
    assert "download it with `layer-bridge models pull --text-encoder`" in capsys.readouterr().err
    assert not (desk / "mine.training").exists()
    assert cli.main([*shorter, "--dry-run"]) == 2
    said = capsys.readouterr()
    assert "models pull --text-encoder" in said.err
    assert "memory" in said.out


def test_a_folder_in_the_adapters_place_is_told_before_the_training(train, desk):
    (desk / "mine.safetensors").mkdir()
    code, _, err = train("--force")
    assert (code, err.count("\n")) == (2, 1)
    assert "mine.safetensors is a folder; choose another name with -o." in err
    assert not (desk / "mine.training").exists()


def test_a_place_where_no_adapter_can_be_made_is_told_before_the_training(train, desk):
    (desk / "notes").write_text("no folder")
    code, _, err = train("-o", str(desk / "notes" / "mine.safetensors"), "--work", str(desk / "w"))
    assert (code, err.count("\n")) == (2, 1)
    assert f"Nothing can be written into {desk / 'notes'}; name another place with -o." in err
    assert not (desk / "w").exists()


def test_another_size_than_the_engines_is_told(train, desk, monkeypatch):
    assert "48 x 64, and the engine scales" in train("--dry-run")[1]
    monkeypatch.setattr(fitting, "AREA", 48 * 64)
    assert "engine scales" not in train("--dry-run")[1]
