"""`layer-bridge models`: weights pulled, pointed at, listed and verified, against a fake hub."""

import io
import json
import os
import signal
import sys

import pytest

from engine.diffusion import weights
from engine.diffusion.weights import Weights, find_text_encoder, find_weights
from tests.bridge.commanding import PULL_ADAPTER, child
from tests.engine.diffusion.fake_hub import REVISION
from tests.engine.diffusion.weights_files import (
    ADAPTER,
    BASE,
    SHARDS,
    TEXT_ENCODER,
    write_files,
)
from tests.engine.diffusion.weights_files import weights as some_weights

HUGE = bytes(range(256)) * 200_000
"""51 MB"""


def test_from_nothing_to_ready(models, home):
    code, out, _ = models("list")
    assert code == 0
    assert out.count("none yet") == 2
    assert "download it with `layer-bridge models pull`" in out

    code, out, err = models("pull", "--yes")
    folder = home / "Qwen--Qwen-Image-Layered"
    assert code == 0
    assert f"Qwen/Qwen-Image-Layered, revision {REVISION[:7]}: 9 kB, to {folder}" in err
    assert f"The base model is in {folder}." in out
    assert "needs an adapter" in out
    assert not (folder / "text_encoder").exists()

    code, out, _ = models(*PULL_ADAPTER)
    assert code == 0
    assert out.endswith("The diffusion engine is ready.\n")
    adapter = home / "Owner--Lines" / "sub/lines.safetensors"
    assert find_weights() == Weights(folder, None, adapter)

    code, out, _ = models("list")
    assert out.count(f"revision {REVISION[:7]}") == 2
    assert out.count(", whole\n") == 2
    assert "The diffusion engine is ready." in out


def test_json_says_the_same(models, home):
    code, out, _ = models("list", "--json")
    told = json.loads(out)
    assert (code, told["ready"], told["base"]["path"]) == (0, False, None)
    assert told["detail"].startswith("The diffusion engine needs its base model")

    models("pull", "--yes")
    code, out, _ = models(*PULL_ADAPTER, "--json")
    told = json.loads(out)
    assert (code, told["ready"], told["detail"], told["doubt"]) == (0, True, "", "")
    assert told["base"] == {
        "path": str(home / "Qwen--Qwen-Image-Layered"),
        "repository": "Qwen/Qwen-Image-Layered",
        "revision": REVISION,
        "size": sum(map(len, BASE.values())),
        "whole": True,
        "faults": [],
        "with_text_encoder": False,
    }
    for command in ("path", "verify"):
        code, out, _ = models(command, "--json")
        assert (code, json.loads(out)) == (0, told)


def test_where_from_is_said_if_that_is_a_mirror(models, hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_HOME", "https://hub.example")
    assert f"Qwen/Qwen-Image-Layered, from {hub.url}, revision" in models("pull")[2]


def test_nothing_comes_unasked(models, home, hub):
    code, _, err = models("pull")
    assert code == 2
    assert err.endswith("Say --yes to download these 9 kB.\n")
    assert hub.downloads == []


@pytest.mark.parametrize(
    ("answer", "code"), [("y\n", 0), ("Yes\n", 0), ("n\n", 3), ("\n", 3), ("", 3)]
)
def test_at_a_terminal_it_asks(models, hub, monkeypatch, answer, code):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    ended, _, err = models("pull")
    assert ended == code
    assert "Download 9 kB? [y/N] " in err
    assert bool(hub.downloads) == (code == 0)
    assert ("Nothing was downloaded." in err) == (code == 3)


def test_a_disk_without_room_is_told_before(models, hub, monkeypatch):
    usage = os.statvfs_result((512, 512, 9, 9, 1, 9, 9, 9, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: usage)
    code, _, err = models("pull", "--yes")
    assert code == 2
    assert "The download needs 9 kB in " in err
    assert "and 1 kB are free; make room there, or choose another folder with --to." in err
    assert hub.downloads == []


def test_a_folder_of_ones_own_is_gone_back_to(models, tmp_path, hub):
    own = tmp_path / "my model 2.0"
    assert models("pull", "--yes", "--to", own, "--revision", "main")[0] == 0
    assert find_base() == str(own)
    (own / SHARDS[0]).unlink()
    hub.asked.clear()
    code, out, err = models("pull", "--yes")
    assert code == 0
    assert f"The base model is in {own}." in out
    assert "of which 6 kB are there" in err
    assert [name for name, _ in hub.downloads] == [SHARDS[0]]


def find_base():
    return str(weights.read_choice().base)


def test_another_models_folder_is_left_alone(models, tmp_path, hub):
    other = write_files(tmp_path / "other", {**BASE, "vae/config.json": b'{"of": "another"}'})
    code, _, err = models("pull", "--yes", "--to", other)
    assert code == 2
    assert err.splitlines()[-1] == (
        f"{other / 'vae/config.json'} is there already and not of Qwen/Qwen-Image-Layered; choose "
        "another folder with --to."
    )
    assert hub.downloads == []
    assert sorted(file.name for file in other.iterdir()) == ["scheduler", "transformer", "vae"]
    write_files(tmp_path / "sub", {"lines.safetensors": b"mine"})
    assert models(*PULL_ADAPTER, "--to", tmp_path)[0] == 2
    assert (tmp_path / "sub/lines.safetensors").read_bytes() == b"mine"


def test_a_folder_that_was_copied_here_is_gone_on_with(models, tmp_path, hub):
    files = {name: content for name, content in BASE.items() if name != SHARDS[0]}
    own = write_files(tmp_path / "own", files)
    assert models("pull", "--yes", "--to", own)[0] == 0
    assert [name for name, _ in hub.downloads] == [SHARDS[0]]


def test_a_new_revision_replaces_the_old(models, hub, home):
    models("pull", "--yes")
    hub.repositories["Qwen/Qwen-Image-Layered"][SHARDS[0]] = some_weights(650)
    hub.asked.clear()
    assert models("pull", "--yes")[0] == 0
    assert [name for name, _ in hub.downloads] == [SHARDS[0]]
    shard = home / "Qwen--Qwen-Image-Layered" / SHARDS[0]
    assert shard.read_bytes() == some_weights(650)
    assert models("verify")[0] == 0


def test_what_broke_off_is_told_and_gone_on_with(models, hub):
    hub.refusals[SHARDS[1]] = (503, "")
    code, _, err = models("pull", "--yes")
    assert code == 2
    assert "answers 503" in err
    assert "run the same command again, it goes on where it stopped" in err
    code, out, _ = models("list")
    vae = "vae/diffusion_pytorch_model.safetensors"
    assert f"not whole: {vae} is missing, {SHARDS[1]} is missing" in out
    assert f"({vae} is missing and 1 more); complete it with `layer-bridge models pull`" in out
    hub.refusals.clear()
    hub.asked.clear()
    assert models("pull", "--yes")[0] == 0
    assert [name for name, _ in hub.downloads] == [SHARDS[1], vae]


def test_a_broken_pull_does_not_spoil_what_is_there(models, hub, tmp_path):
    write_files(tmp_path / "mine", BASE)
    models("path", "base", tmp_path / "mine")
    hub.refusals["vae/"] = (503, "")
    assert models("pull", "--yes")[0] == 2
    assert find_base() == str(tmp_path / "mine")


def test_ctrl_c_keeps_what_came(hub, home):
    repository = hub.repositories["Qwen/Qwen-Image-Layered"]
    shard = "vae/diffusion_pytorch_model.safetensors"
    repository[shard] = HUGE
    hub.pauses[shard] = len(HUGE) // 2
    environment = {**os.environ, "HF_ENDPOINT": hub.url}
    with child("", "models", "pull", "--yes", env=environment) as pulling:
        while not held(home):
            assert pulling.poll() is None
        pulling.send_signal(signal.SIGINT)
        out, err = pulling.communicate(timeout=30)
    assert pulling.returncode == 3
    assert err.endswith("Interrupted; the same command goes on where it stopped.\n")
    assert "Traceback" not in err
    assert out == ""
    assert 0 < held(home) < len(HUGE)


def held(home):
    """How many bytes of the VAE's weights there are so far."""
    return sum(part.stat().st_size for part in home.rglob("vae/diffusion*-part"))


def test_a_transformer_of_ones_own_saves_the_large_part(models, hub, tmp_path, home):
    file = write_files(tmp_path, {"fp8.safetensors": some_weights()}) / "fp8.safetensors"
    assert models("pull", "--yes", "--transformer", file)[0] == 0
    assert not any(name.startswith("transformer/diffusion") for name, _ in hub.downloads)
    assert models(*PULL_ADAPTER)[1].endswith("The diffusion engine is ready.\n")
    assert find_weights().transformer_file == file
    code, _, err = models("pull", "--yes", "--transformer", tmp_path / "none.safetensors")
    assert (code, err) == (
        2,
        f"{tmp_path / 'none.safetensors'} is missing; give a .safetensors file that is whole.\n",
    )


def test_the_text_encoder_is_pulled_for_training(models, hub, home):
    models("pull", "--yes")
    hub.asked.clear()
    code, _, err = models("pull", "--text-encoder", "--yes")
    folder = home / "Qwen--Qwen-Image-Layered"
    assert code == 0
    assert "12 kB, of which 9 kB are there" in err
    assert {name for name, _ in hub.downloads} == set(TEXT_ENCODER)
    assert find_text_encoder() == folder
    assert "12 kB with its text encoder, whole" in models("list")[1]
    assert json.loads(models("list", "--json")[1])["base"]["with_text_encoder"]


def test_a_text_encoder_that_was_pulled_is_kept_whole(models, hub, home):
    models("pull", "--text-encoder", "--yes")
    file = home / "Qwen--Qwen-Image-Layered" / "text_encoder/model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    code, _, err = models("verify")
    assert (code, "text_encoder/model.safetensors" in err) == (2, True)
    hub.asked.clear()
    assert models("pull", "--yes")[0] == 0
    assert [name for name, _ in hub.downloads] == ["text_encoder/model.safetensors"]
    assert models("verify")[0] == 0


def test_a_text_encoder_that_is_not_whole_is_told_and_keeps_nobody_from_decomposing(
    models, hub, home
):
    models(*PULL_ADAPTER)
    hub.refusals["text_encoder/model"] = (503, "")
    assert models("pull", "--text-encoder", "--yes")[0] == 2
    _, out, _ = models("list")
    assert "not whole: text_encoder/model.safetensors is missing\n" in out
    assert out.endswith("The diffusion engine is ready.\n")


def test_what_is_there_already_is_pointed_at(models, hub, tmp_path, monkeypatch):
    write_files(tmp_path / "mine", BASE)
    write_files(tmp_path, {"layers.safetensors": ADAPTER})
    monkeypatch.chdir(tmp_path)
    code, out, _ = models("path", "base", "mine")
    assert (code, out) == (0, f"{tmp_path / 'mine'}\n")
    code, out, _ = models("path", "adapter", "layers.safetensors")
    assert (code, out) == (0, f"{tmp_path / 'layers.safetensors'}\n")
    assert find_weights() == Weights(tmp_path / "mine", None, tmp_path / "layers.safetensors")
    code, out, _ = models("path")
    assert out == f"base: {tmp_path / 'mine'}\nadapter: {tmp_path / 'layers.safetensors'}\n"
    assert hub.asked == []


def test_a_single_file_is_pointed_at_beside_its_folder(models, tmp_path):
    mine = write_files(tmp_path / "mine", {name: BASE[name] for name in set(BASE) - {*SHARDS}})
    file = write_files(tmp_path, {"fp8.safetensors": some_weights()}) / "fp8.safetensors"
    code, _, err = models("path", "base", mine)
    assert code == 2
    assert "is not whole" in err
    assert models("path", "base", "--transformer", file)[0] == 2
    assert models("path", "base", mine, "--transformer", file)[0] == 0
    assert weights.read_choice().transformer_file == file
    (mine / SHARDS[0]).write_bytes(BASE[SHARDS[0]])
    assert models("path", "base", "--transformer", file)[0] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("path", "base", "nowhere"), "is not whole (transformer/config.json is missing"),
        (("path", "adapter", "nowhere"), "There is no adapter nowhere; point at one"),
        (("path", "adapter", "x.safetensors"), "is not an adapter of layer-bridge"),
        (("path", "adapter", "x", "--transformer", "x"), "belongs to the base model"),
        (("path", "elsewhere"), "invalid choice: 'elsewhere'"),
        (("pull", "adapter"), "Say which adapter: models pull adapter OWNER/NAME."),
        (("pull", "adapter", "x.safetensors"), "use it with `models path adapter x.safetensors`"),
        (("pull", "adapter", "a/b", "--transformer", "x"), "leave it out"),
        (("pull", "adapter", "a/b", "--text-encoder"), "--text-encoder belongs to the base model"),
        (("pull", "adapter", "Owner/Other", "--yes"), "is not an adapter of layer-bridge"),
        (("pull", "adapter", "Owner/None", "--yes"), "The hub has no Owner/None, or does not"),
        (("pull", "base", "Owner/Lines", "--yes"), "is no base model in diffusers' layout"),
        (("pull", "--revision", "old", "--yes"), "has no revision 'old'"),
        (("verify",), "No weights are here yet; see `layer-bridge models pull --help`."),
        ((), "ACTION"),
    ],
)
def test_what_cannot_be_is_one_sentence(models, words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path, {"x.safetensors": some_weights()})
    code, out, err = models(*words)
    assert code == 2
    assert sentence in err.splitlines()[-1]
    assert out == ""
    assert weights.read_choice() == weights.Choice()


def test_a_failure_is_json_where_that_is_asked_for(models):
    code, out, _ = models("pull", "adapter", "Owner/None", "--yes", "--json")
    assert code == 2
    assert json.loads(out)["failures"][0]["code"] == "download_failed"


def test_without_the_packages_it_says_what_to_install(models, monkeypatch):
    monkeypatch.setattr(weights, "PACKAGES", ("no_such_package",))
    for command in ("list", "pull", "path", "verify"):
        code, _, err = models(command)
        assert code == 2
        assert "install layer-bridge[diffusion]" in err
