"""Downloads from a hub on this machine: whole, checked, gone on with, refused in one sentence."""

import os
import subprocess
import sys

import pytest

from engine import CannotWrite
from engine.diffusion.download import PART, check_room, fetch, outstanding
from engine.diffusion.hub import DownloadFailed, look_up_adapter, look_up_base
from tests.engine.diffusion.fake_hub import REVISION, FakeHub
from tests.engine.diffusion.weights_files import TEXT_ENCODER

REPOSITORY = "Owner/Base"
SHARD = "transformer/diffusion_pytorch_model.safetensors"
LONG = bytes(range(256)) * 40_000
"""Content of 10 MB: more than the library reads at a time"""
FILES = {
    "transformer/config.json": b"{}",
    SHARD: LONG,
    "vae/config.json": b'{"z_dim": 16}',
    "vae/diffusion_pytorch_model.safetensors": LONG[:5000],
    "scheduler/scheduler_config.json": b"{}",
    "text_encoder/model.safetensors": LONG,
    "text_encoder/config.json": b"{}",
    "transformer/pickled.bin": b"never",
    "README.md": b"read me",
}
NEEDED = {
    name
    for name in FILES
    if name.startswith(("transformer/", "vae/", "scheduler/")) and not name.endswith(".bin")
}


@pytest.fixture
def fake(monkeypatch):
    with FakeHub({REPOSITORY: dict(FILES)}).running(monkeypatch) as running:
        yield running


def silent(stage, fraction):
    pass


def base():
    return look_up_base(REPOSITORY, None)


def contents(folder):
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_only_what_is_needed_is_brought(fake, tmp_path):
    receipt = base()
    assert receipt.revision == REVISION
    assert set(receipt.files) == NEEDED
    assert outstanding(receipt, tmp_path) == receipt.size
    fetch(receipt, tmp_path, silent)
    assert contents(tmp_path) == {name: FILES[name] for name in NEEDED}
    assert outstanding(receipt, tmp_path) == 0
    assert {name for name, _ in fake.downloads} == NEEDED


def test_the_transformers_weights_can_be_left_out(fake):
    receipt = look_up_base(REPOSITORY, "main", transformer=False)
    assert set(receipt.files) == NEEDED - {SHARD}


def test_the_text_encoder_comes_when_asked_for(fake):
    fake.repositories[REPOSITORY] |= {"text_encoder/pickled.bin": b"never", **TEXT_ENCODER}
    receipt = look_up_base(REPOSITORY, None, text_encoder=True)
    assert set(receipt.files) == NEEDED | set(TEXT_ENCODER)
    assert set(base().files) == NEEDED


def test_a_repository_without_the_text_encoder_is_told(fake):
    with pytest.raises(DownloadFailed, match=r"it lacks tokenizer/tokenizer_config\.json; the"):
        look_up_base(REPOSITORY, None, text_encoder=True)


def test_progress_is_told_by_file_and_ends_at_one(fake, tmp_path):
    told = []
    fetch(base(), tmp_path, lambda stage, fraction: told.append((stage, fraction)))
    assert {stage for stage, _ in told} == NEEDED
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_what_is_there_is_kept_and_what_is_damaged_is_brought_again(fake, tmp_path):
    receipt = base()
    fetch(receipt, tmp_path, silent)
    fake.asked.clear()
    fetch(receipt, tmp_path, silent)
    assert fake.asked == []
    (tmp_path / "vae/config.json").write_bytes(b'{"z_dim": 17}')
    fetch(receipt, tmp_path, silent)
    assert fake.downloads == [("vae/config.json", "")]
    assert contents(tmp_path)["vae/config.json"] == FILES["vae/config.json"]


def test_a_break_is_overcome_at_once(fake, tmp_path):
    fake.cuts[SHARD] = len(LONG) - 1000
    fetch(base(), tmp_path, silent)
    assert contents(tmp_path)[SHARD] == LONG
    assert [name for name, _ in fake.downloads].count(SHARD) == 2


def test_what_broke_off_goes_on_where_it_stopped(fake, tmp_path):
    class Enough(Exception):
        pass

    def interrupt(stage, fraction):
        if stage == SHARD and fraction > 0.5:
            raise Enough

    receipt = base()
    with pytest.raises(Enough):
        fetch(receipt, tmp_path, interrupt)
    assert SHARD not in contents(tmp_path)
    (part,) = (tmp_path / "transformer").glob(f"*{PART}")
    held = part.stat().st_size
    assert 0 < held <= len(LONG)
    os.truncate(part, 4_000_000)
    assert outstanding(receipt, tmp_path) == len(LONG) - 4_000_000
    fake.asked.clear()
    fetch(receipt, tmp_path, silent)
    assert fake.downloads == [(SHARD, "bytes=4000000-")]
    assert contents(tmp_path) == {name: FILES[name] for name in NEEDED}


def test_what_was_begun_of_another_revision_is_not_gone_on_with(fake, tmp_path):
    begun = tmp_path / "transformer" / f"diffusion_pytorch_model.safetensors.0000{PART}"
    begun.parent.mkdir()
    begun.write_bytes(b"of another revision")
    fetch(base(), tmp_path, silent)
    assert contents(tmp_path) == {name: FILES[name] for name in NEEDED}


def test_what_comes_damaged_is_not_kept(fake, tmp_path):
    fake.corrupt.add(SHARD)
    with pytest.raises(DownloadFailed, match=r"came damaged.*run the same command again"):
        fetch(base(), tmp_path, silent)
    assert SHARD not in contents(tmp_path)
    fake.corrupt.clear()
    fetch(base(), tmp_path, silent)
    assert contents(tmp_path)[SHARD] == LONG


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (404, "RepoNotFound", "has no Owner/Base, or does not show it to you"),
        (401, "", "or log in with `hf auth login`"),
        (401, "GatedRepo", r"is gated: accept its terms at http[^ ]*/Owner/Base, log in"),
        (403, "GatedRepo", "is gated"),
        (404, "RevisionNotFound", "has no revision None; leave out --revision"),
        (503, "", "^The hub answers 503 for Owner/Base; wait a while"),
    ],
)
def test_a_refusal_is_explained(fake, status, code, sentence):
    fake.refusals["/api/"] = (status, code)
    with pytest.raises(DownloadFailed, match=sentence) as told:
        base()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "GatedRepo", "is gated"),
        (404, "EntryNotFound", "A file is gone from Owner/Base"),
        (500, "", "answers 500 for Owner/Base"),
    ],
)
def test_a_refusal_in_the_middle_is_explained_and_keeps_what_came(
    fake, tmp_path, status, code, sentence
):
    receipt = base()
    fake.refusals[SHARD] = (status, code)
    with pytest.raises(DownloadFailed, match=sentence):
        fetch(receipt, tmp_path, silent)
    assert NEEDED - set(contents(tmp_path)) == {SHARD}


def test_a_hub_that_cannot_be_reached_is_explained(monkeypatch):
    with FakeHub().running(monkeypatch):
        pass
    with pytest.raises(
        DownloadFailed, match=r"to http://127.* fails .*that this computer is online, "
    ):
        base()


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (404, "RepoNotFound", "The hub at {url} has no Owner/Base, or does not show it"),
        (503, "", "The hub at {url} answers 503 for Owner/Base"),
        (403, "GatedRepo", "/Owner/Base if that is a mirror, log in with `hf auth login`"),
    ],
)
def test_a_mirror_is_called_by_its_name(monkeypatch, status, code, sentence):
    hub = FakeHub(refusals={"/api/": (status, code)})
    with hub.running(monkeypatch, mirror=True), pytest.raises(DownloadFailed) as told:
        base()
    assert sentence.format(url=hub.url) in str(told.value)


@pytest.mark.parametrize("host", ["hub.example", "http://127.0.0.1:9"], ids=["no address", "down"])
def test_a_mirror_that_cannot_be_reached_is_named(monkeypatch, host):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", host)
    with pytest.raises(DownloadFailed, match=rf"to {host} fails .* online and HF_ENDPOINT right"):
        base()


@pytest.mark.parametrize(
    "page",
    [
        b"<html>Welcome to our network!</html>",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"id": "a", "sha": "b", "siblings": [{"rfilename": 5}]}',
        b'{"id": "a", "siblings": [{"rfilename": "vae/config.json", "blobId": "../../x"}]}',
    ],
    ids=lambda page: page[:40].decode(),
)
def test_what_is_no_hub_is_explained(fake, page):
    fake.page = page
    with pytest.raises(DownloadFailed, match="is not a Hugging Face hub; log in to your network"):
        base()


def test_offline_is_explained(fake, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadFailed, match="HF_HUB_OFFLINE is set"):
        base()


def test_a_full_disk_is_told_before(tmp_path):
    with pytest.raises(CannotWrite, match=r"needs \d+\.\d GB in .* free; make room there, or"):
        check_room(tmp_path / "not" / "yet", 1 << 60)


def test_a_disk_that_fills_up_is_explained(fake, tmp_path):
    receipt = base()
    digest = receipt.files["vae/config.json"].checksum.removeprefix("git:")
    (tmp_path / "vae").mkdir()
    (tmp_path / f"vae/config.json.{digest[:12]}{PART}").symlink_to("/dev/full")
    with pytest.raises(CannotWrite, match="The disk is full; make room and run the same"):
        fetch(receipt, tmp_path, silent)


@pytest.mark.parametrize("name", ["transformer/../../evil.json", "transformer/C:\\evil.json"])
def test_no_file_leaves_its_folder(fake, name):
    fake.repositories[REPOSITORY][name] = b"{}"
    with pytest.raises(DownloadFailed, match="forbidden name"):
        base()


def test_a_repository_without_a_base_model_is_told(fake):
    fake.repositories["Owner/Else"] = {"config.json": b"{}"}
    with pytest.raises(DownloadFailed, match="is no base model in diffusers' layout, it lacks"):
        look_up_base("Owner/Else", None)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Owner/One", "layers.safetensors"),
        ("Owner/Two/b/fine[1].safetensors", "b/fine[1].safetensors"),
    ],
)
def test_an_adapter_is_one_file(fake, name, file):
    fake.repositories["Owner/One"] = {"layers.safetensors": b"x", "README.md": b""}
    fake.repositories["Owner/Two"] = {"a.safetensors": b"x", "b/fine[1].safetensors": b"y"}
    assert list(look_up_adapter(name, None).files) == [file]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Owner/Two", "has several adapters; add the file's name, as in Owner/Two/a.safetensors"),
        ("Owner/Two/c.safetensors", "has no c.safetensors that is an adapter"),
        ("Owner/Two/README.md", "has no README.md that is an adapter"),
        ("Owner/None", "has no file that is an adapter"),
        ("just a name", "is no name of a repository; write it as OWNER/NAME"),
        ("name", "^'name' is no name of a repository; write it as OWNER/NAME"),
    ],
)
def test_an_adapters_name_that_does_not_do_is_explained(fake, name, sentence):
    fake.repositories["Owner/Two"] = {"a.safetensors": b"", "b.safetensors": b"", "README.md": b""}
    fake.repositories["Owner/None"] = {"README.md": b""}
    with pytest.raises(DownloadFailed, match=sentence):
        look_up_adapter(name, None)


def test_a_token_goes_to_the_hub_alone(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch(base(), tmp_path, silent)
    seen = {(path.startswith("/cdn/"), token) for path, _, token in fake.asked}
    assert seen == {(False, "Bearer hf_secret"), (True, "")}


def test_the_hub_is_told_nothing_of_this_machine():
    code = (
        "import engine.diffusion.hub, huggingface_hub.constants as constants\n"
        "print(constants.HF_HUB_DISABLE_TELEMETRY)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
