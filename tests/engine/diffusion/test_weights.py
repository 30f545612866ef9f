"""Where the weights lie, what is missing of them, and the one sentence that says what to do."""

import errno
import json
import os
import tomllib
from pathlib import Path

import pytest

from engine import WeightsMissing, WeightsUnusable
from engine.diffusion import weights
from engine.diffusion.pairing import doubt, unknown
from engine.diffusion.receipt import Item, Receipt, in_words, read_receipt, receipt_path
from engine.diffusion.weights import (
    Choice,
    Weights,
    base_faults,
    find_text_encoder,
    find_weights,
    missing,
    models_home,
    read_choice,
    remember,
)
from tests.engine.diffusion.fake_hub import REVISION
from tests.engine.diffusion.weights_files import (
    ADAPTER,
    BASE,
    REPOSITORY,
    SHARDS,
    TEXT_ENCODER,
    adapter_file,
    write_files,
)
from tests.engine.diffusion.weights_files import weights as some_weights

DEEP = "[" * 100_000
"""Deeper than a reader that calls itself can follow."""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    monkeypatch.setenv("LAYER_BRIDGE_MODELS", str(folder))
    return folder


@pytest.fixture
def base(tmp_path):
    return write_files(tmp_path / "base", BASE)


@pytest.fixture
def adapter(tmp_path):
    return write_files(tmp_path, {"layers.safetensors": ADAPTER}) / "layers.safetensors"


def test_without_a_choice_it_says_what_to_run():
    assert read_choice() == Choice()
    assert missing() == (
        "The diffusion engine needs its base model; download it with `layer-bridge models pull`, "
        "or point at yours with `layer-bridge models path base FOLDER`."
    )
    with pytest.raises(WeightsMissing):
        find_weights()


def test_without_an_adapter_it_says_what_to_run(base):
    remember(Choice(base=base))
    assert missing().startswith("The diffusion engine needs an adapter; download one with")


def test_what_was_chosen_is_found_again(base, adapter):
    remember(Choice(base=base, adapter=adapter))
    assert missing() == ""
    assert find_weights() == Weights(base, None, adapter)


def test_a_choice_holds_wherever_one_is(base, adapter, monkeypatch):
    monkeypatch.chdir(base.parent)
    remember(Choice(base=Path("base"), adapter=Path("layers.safetensors")))
    monkeypatch.chdir("/")
    assert find_weights() == Weights(base, None, adapter)


def test_a_choice_that_cannot_be_written_leaves_the_one_before(base, adapter, home, monkeypatch):
    remember(Choice(base=base, adapter=adapter))

    def fill_the_disk(path, text, encoding):
        path.write_bytes(text.encode(encoding)[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        remember(Choice(base=base))
    assert read_choice() == Choice(base=base, adapter=adapter)
    assert [file.name for file in home.iterdir()] == ["choice.json"]


def test_a_single_file_takes_the_transformers_place(base, adapter, tmp_path):
    for shard in SHARDS:
        (base / shard).unlink()
    file = write_files(tmp_path, {"single.safetensors": some_weights()}) / "single.safetensors"
    remember(Choice(base, file, adapter))
    assert find_weights() == Weights(base, file, adapter)
    file.unlink()
    assert f"({file} is missing)" in missing()


@pytest.mark.parametrize("name", BASE)
def test_each_file_of_the_base_model_is_missed(base, adapter, name):
    remember(Choice(base=base, adapter=adapter))
    (base / name).unlink()
    sentence = missing()
    assert "is not whole" in sentence
    assert "layer-bridge models pull" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("name", [name for name in BASE if name.endswith(".safetensors")])
def test_a_file_that_is_cut_short_is_seen_at_a_glance(base, name):
    os.truncate(base / name, len(BASE[name]) - 1)
    assert base_faults(base) == [f"{name} is cut short or damaged"]


@pytest.mark.parametrize("name", [name for name in BASE if name.endswith("config.json")])
@pytest.mark.parametrize("text", ["{", "[]", '"owner/name"', "5", DEEP], ids=lambda it: it[:20])
def test_a_configuration_that_is_none_is_seen_at_a_glance(base, name, text):
    (base / name).write_text(text)
    assert base_faults(base) == [f"{name} is cut short or damaged"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        DEEP,
        '{"weight_map": {}}',
        '{"weight_map": {"a": 1, "b": "x.safetensors"}}',
        '{"weight_map": {"a": "../../x.safetensors"}}',
        '{"weight_map": {"a": "pickled.bin"}}',
    ],
    ids=lambda text: text[:50],
)
def test_an_index_that_is_none_is_seen_at_a_glance(base, text):
    (base / "transformer/diffusion_pytorch_model.safetensors.index.json").write_text(text)
    assert "transformer/diffusion_pytorch_model.safetensors is missing" in base_faults(base)


def test_several_faults_are_one_sentence(base, adapter):
    remember(Choice(base=base, adapter=adapter))
    for shard in SHARDS:
        (base / shard).unlink()
    assert f"({SHARDS[0]} is missing and 1 more)" in missing()


def test_an_adapter_that_is_gone_or_none_of_ours_is_told(base, adapter):
    remember(Choice(base=base, adapter=adapter))
    adapter.write_bytes(some_weights())
    assert "is not an adapter of layer-bridge" in missing()
    adapter.unlink()
    assert f"There is no adapter {adapter}; point at one" in missing()


def test_the_text_encoder_is_found_beside_the_base_model(base):
    write_files(base, TEXT_ENCODER)
    remember(Choice(base=base))
    assert find_text_encoder() == base


def test_to_decompose_takes_no_text_encoder(base, adapter):
    remember(Choice(base=base, adapter=adapter))
    assert missing() == ""
    with pytest.raises(WeightsMissing, match=r"models pull --text-encoder`"):
        find_text_encoder()


def test_without_a_base_model_there_is_no_text_encoder():
    with pytest.raises(WeightsMissing, match=r"\(no base model is chosen\)"):
        find_text_encoder()


NEEDED_TO_ENCODE = [name for name in TEXT_ENCODER if name.startswith(("text_", "tokenizer/"))]
NEEDED_TO_ENCODE.remove("tokenizer/chat_template.jinja")


@pytest.mark.parametrize("name", NEEDED_TO_ENCODE)
def test_each_file_of_the_text_encoder_is_missed(base, name):
    write_files(base, TEXT_ENCODER)
    remember(Choice(base=base))
    (base / name).unlink()
    with pytest.raises(WeightsMissing) as told:
        find_text_encoder()
    assert str(told.value) == (
        "To train takes the base model's text encoder, which encodes the prompt, and it is not "
        f"here ({name} is missing); download it with `layer-bridge models pull --text-encoder`, "
        "and the --to or --transformer that you gave for the base model."
    )


def test_a_text_encoder_in_pieces_is_whole_when_all_are_there(base):
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    write_files(base, TEXT_ENCODER)
    (base / "text_encoder/model.safetensors.index.json").write_text(json.dumps(index))
    remember(Choice(base=base))
    with pytest.raises(WeightsMissing, match=r"model-1\.safetensors is missing and 1 more\)"):
        find_text_encoder()
    for name in index["weight_map"].values():
        write_files(base, {f"text_encoder/{name}": some_weights()})
    assert find_text_encoder() == base


def pull(base, adapter, name=REPOSITORY, revision=REVISION):
    """As if base model and adapter had been pulled; the adapter says that it is made for that."""
    Receipt(REPOSITORY, REVISION, {"vae/config.json": Item(13, "git:0")}).write(base)
    adapter.write_bytes(adapter_file(name, revision))
    remember(Choice(base=base, adapter=adapter))


def test_an_adapter_for_another_repository_is_refused(base, adapter):
    pull(base, adapter, "Owner/Other")
    with pytest.raises(WeightsUnusable):
        find_weights()
    assert missing() == (
        f"The adapter {adapter} was made for Owner/Other, and the base model in {base} is "
        f"{REPOSITORY}; choose the two that belong together, with `layer-bridge models pull` or "
        "`layer-bridge models path`."
    )


@pytest.mark.parametrize("name", [REPOSITORY, REPOSITORY.lower(), ""])
@pytest.mark.parametrize("revision", [REVISION, REVISION[:7], "f" * 40, "main", ""])
def test_an_adapter_for_this_repository_or_for_nobody_knows_which_is_used(
    base, adapter, name, revision
):
    pull(base, adapter, name, revision)
    assert find_weights() == Weights(base, None, adapter)


def test_where_nothing_was_pulled_nothing_is_compared(base, adapter):
    adapter.write_bytes(adapter_file("Qwen/Qwen-Image-Edit", "f" * 40))
    remember(Choice(base=base, adapter=adapter))
    assert missing() == ""
    assert doubt(adapter, base) == ""
    assert "the base model was not pulled" in unknown(adapter, base)


def test_an_adapter_for_another_revision_is_a_doubt(base, adapter):
    pull(base, adapter, revision="fedcba98" * 5)
    assert doubt(adapter, base) == (
        "The adapter was made for revision fedcba9 of Qwen/Qwen-Image-Layered, and here is "
        "0123456; if its layers look wrong, fetch that one: layer-bridge models pull --revision "
        + "fedcba98"
        * 5
    )
    assert unknown(adapter, base) == ""


@pytest.mark.parametrize(
    ("name", "revision", "why"),
    [
        (REPOSITORY, REVISION, ""),
        (REPOSITORY, REVISION[:7], ""),
        (REPOSITORY, "main", "does not say for which revision"),
        ("", REVISION, "does not say for which base model"),
    ],
)
def test_what_cannot_be_compared_is_no_doubt_but_unknown(base, adapter, name, revision, why):
    pull(base, adapter, name, revision)
    assert doubt(adapter, base) == ""
    assert bool(unknown(adapter, base)) == bool(why)
    assert why in unknown(adapter, base)


def test_what_is_damaged_is_told_from_what_is_not_there(base, adapter):
    remember(Choice(base=base, adapter=adapter))
    (base / SHARDS[0]).unlink()
    with pytest.raises(WeightsMissing):
        find_weights()
    os.truncate(base / SHARDS[1], 99)
    with pytest.raises(WeightsUnusable):
        find_weights()


def test_packages_that_are_not_here_are_told(monkeypatch):
    monkeypatch.setattr(weights, "PACKAGES", ("safetensors", "no_such_package"))
    assert "packages that are not here (no_such_package); install" in missing()
    assert "layer-bridge[diffusion]" in missing()


def test_the_packages_are_those_of_the_extra():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))
    extra = project["project"]["optional-dependencies"]["diffusion"]
    names = {line.partition(">")[0].replace("-", "_") for line in extra}
    assert names == set(weights.PACKAGES)
    in_4_bits = project["project"]["optional-dependencies"]["diffusion-4bit"]
    assert in_4_bits[0] == "layer-bridge[diffusion]"
    assert in_4_bits[1].startswith("bitsandbytes>")


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"elsewhere": 1}', '{"base": 1}', '{"base": 0}', DEEP],
    ids=lambda it: it[:20],
)
def test_a_choice_that_cannot_be_understood_is_told(home, text):
    write_files(home, {"choice.json": text.encode()})
    with pytest.raises(WeightsUnusable, match=r"choice\.json cannot be understood; delete it"):
        read_choice()
    assert "cannot be understood" in missing()


def test_weights_lie_among_the_users_data(monkeypatch, tmp_path):
    monkeypatch.delenv("LAYER_BRIDGE_MODELS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert models_home().parts[-2:] == ("layer-bridge", "models")


def receipt_of(files):
    return Receipt("Owner/Name", "abc", {name: Item(len(files[name]), sum) for name, sum in SUMS})


SUMS = [
    ("a/b.json", "git:9e26dfeeb6e641a33dae4961196235bdb965b21b"),
    ("c.txt", "sha256:" + "0" * 64),
]


def test_a_receipt_is_kept_beside_what_it_is_of(tmp_path):
    receipt = receipt_of({"a/b.json": b"{}", "c.txt": b""})
    receipt.write(tmp_path)
    assert receipt_path(tmp_path) == tmp_path / "receipt.json"
    assert read_receipt(tmp_path) == receipt
    one = Receipt("Owner/Name", "abc", {"sub/x.safetensors": Item(2, "git:0")})
    one.write(tmp_path / "sub/x.safetensors")
    assert read_receipt(tmp_path / "sub/x.safetensors") == one
    assert one.root(tmp_path / "sub/x.safetensors") == tmp_path
    assert read_receipt(tmp_path / "sub") is None


def test_a_receipt_tells_what_is_damaged(tmp_path):
    receipt = receipt_of({"a/b.json": b"{}", "c.txt": b"12"})
    write_files(tmp_path, {"a/b.json": b"{}", "c.txt": b"12"})
    told = []
    assert receipt.damaged(tmp_path, told.append) == ["c.txt"]
    assert told == [2, 4]
    write_files(tmp_path, {"a/b.json": b"[]"})
    assert receipt.damaged(tmp_path, told.append) == ["a/b.json", "c.txt"]


def receipt_text(files, **changes):
    return json.dumps({"repository": "a/b", "revision": "abc", "files": files, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        DEEP,
        json.dumps({"files": {"a": {"size": 1}}}),
        receipt_text({}),
        receipt_text({"a": {"size": -1, "checksum": "git:0"}}),
        receipt_text({"a": {"size": "many", "checksum": "git:0"}}),
        receipt_text({"a": {"size": 1, "checksum": "git:../../elsewhere"}}),
        receipt_text({"a": {"size": 1, "checksum": "git:0"}}, revision=5),
    ],
    ids=lambda text: text[:60],
)
def test_a_receipt_that_cannot_be_understood_is_told(tmp_path, text):
    write_files(tmp_path, {"receipt.json": text.encode()})
    with pytest.raises(WeightsUnusable, match=r"receipt\.json cannot be understood; delete it"):
        read_receipt(tmp_path)


@pytest.mark.parametrize("names", [("a", "b"), ("a/" * 99,)], ids=["two", "deep"])
def test_a_receipt_of_a_single_file_names_one_that_can_lie_there(tmp_path, names):
    files = {name: {"size": 1, "checksum": "git:0"} for name in names}
    write_files(tmp_path, {"x.safetensors.receipt.json": receipt_text(files).encode()})
    with pytest.raises(WeightsUnusable, match="cannot be understood"):
        read_receipt(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 kB"),
        (1, "1 kB"),
        (85_400, "85 kB"),
        (254 * 10**6, "254.0 MB"),
        (409 * 10**8, "40.9 GB"),
    ],
)
def test_sizes_are_said_in_words(count, words):
    assert in_words(count) == words
