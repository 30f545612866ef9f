"""`layer-bridge models verify`: what is damaged, and what does not belong together."""

import json
import os

from tests.bridge.commanding import PULL_ADAPTER
from tests.engine.diffusion.weights_files import BASE, SHARDS, adapter_file, write_files
from tests.engine.diffusion.weights_files import weights as some_weights


def test_verify_needs_no_hub_and_names_what_is_damaged(models, hub, home):
    models("pull", "--yes")
    models(*PULL_ADAPTER)
    hub.asked.clear()
    code, out, _ = models("verify")
    assert code == 0
    assert out == "base model: all files are whole (9 kB).\nadapter: all files are whole (2 kB).\n"
    damaged = home / "Qwen--Qwen-Image-Layered" / SHARDS[0]
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    (home / "Owner--Lines" / "sub/lines.safetensors").unlink()
    code, out, err = models("verify", "--json")
    assert code == 2
    assert f"Damaged or missing: {SHARDS[0]}, sub/lines.safetensors; download" in err
    assert json.loads(out)["failures"][0]["code"] == "weights_unusable"
    assert hub.asked == []
    models("pull", "--yes")
    assert [name for name, _ in hub.downloads] == [SHARDS[0]]
    models(*PULL_ADAPTER)
    assert models("verify")[0] == 0


def test_verify_looks_at_a_transformer_of_ones_own_too(models, tmp_path):
    file = write_files(tmp_path, {"fp8.safetensors": some_weights()}) / "fp8.safetensors"
    models("pull", "--yes", "--transformer", file)
    assert models("verify")[0] == 0
    os.truncate(file, 100)
    code, _, err = models("verify")
    assert (code, f"{file} is cut short or damaged" in err) == (2, True)


def test_another_revision_is_told_and_used_all_the_same(models, hub):
    hub.repositories["Owner/Lines"]["sub/lines.safetensors"] = adapter_file(revision="f" * 40)
    models("pull", "--yes")
    assert models(*PULL_ADAPTER)[1].endswith("The diffusion engine is ready.\n")
    doubt = "The adapter was made for revision fffffff of Qwen/Qwen-Image-Layered, and here is "
    for command in ("list", "verify"):
        code, out, _ = models(command)
        assert (code, doubt in out.splitlines()[-1]) == (0, True)
    told = json.loads(models("list", "--json")[1])
    assert (told["ready"], told["doubt"].startswith(doubt)) == (True, True)


def test_another_base_model_is_refused(models, hub, tmp_path):
    hub.repositories["Owner/Lines"]["sub/lines.safetensors"] = adapter_file("Owner/Base")
    models("pull", "--yes")
    sentence = "was made for Owner/Base, and the base model in "
    code, out, _ = models(*PULL_ADAPTER)
    assert (code, sentence in out.splitlines()[-1]) == (0, True)
    code, _, err = models("verify")
    assert (code, sentence in err.splitlines()[-1]) == (2, True)
    models("path", "base", write_files(tmp_path / "mine", BASE))
    assert "Whether adapter and base model belong together is not checked" in models("verify")[1]


def test_verify_says_where_no_checksums_are_known(models, tmp_path):
    mine = write_files(tmp_path / "mine", BASE)
    models("path", "base", mine)
    code, out, _ = models("verify")
    assert code == 0
    assert "whole as far as a glance tells" in out
    assert "no checksums are known" in out
    os.truncate(mine / SHARDS[0], 100)
    code, _, err = models("verify")
    assert code == 2
    assert f"{SHARDS[0]} is cut short or damaged" in err
