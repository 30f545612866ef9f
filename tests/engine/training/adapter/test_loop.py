"""The loop: it learns, resumes bit by bit, watches held out samples, and is told what is wrong."""

import json

import pytest
import torch
from accelerate import PartialState

from engine import Cancelled
from engine.training.adapter.loop import Diverged, shuffled, train
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.recipe import RecipeUnusable
from engine.training.adapter.state import CheckpointUnusable
from tests.engine.training.adapter.samples import write_prepared
from tests.engine.training.adapter.students import recipe_of, tiny_student

LORA = "[lora]\nrank = 4\nalpha = 4.0\n"


@pytest.fixture
def prepared(tmp_path):
    return Prepared(write_prepared(tmp_path / "prepared", count=3))


def trained(recipe, prepared, folder, resume=False):
    """A student after a run, and what was reported."""
    student, reports = tiny_student(recipe), []
    outcome = train(student, prepared, folder, reports.append, resume)
    return student, reports, outcome


def same(one, other):
    ours, theirs = one.transformer.state_dict(), other.transformer.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)


@pytest.mark.parametrize("layout", ["layers", "composite"])
def test_a_resumed_run_is_the_run_that_never_stopped(prepared, tmp_path, layout):
    told = f'layout = "{layout}"\nsteps = '
    whole, reports, _ = trained(recipe_of(f"{told}6"), prepared, tmp_path / "whole")
    trained(recipe_of(f"{told}3"), prepared, tmp_path / "parts")
    resumed, later, _ = trained(recipe_of(f"{told}6"), prepared, tmp_path / "parts", resume=True)
    assert [report.step for report in later] == [4, 5, 6]
    assert [report.losses for report in later] == [report.losses for report in reports[3:]]
    assert same(resumed, whole)


def test_a_cancelled_run_resumes_where_it_was(prepared, tmp_path):
    whole, _, _ = trained(recipe_of(), prepared, tmp_path / "whole")

    def stop(report):
        if report.step == 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(tiny_student(recipe_of()), prepared, tmp_path / "parts", stop)
    resumed, later, _ = trained(recipe_of(), prepared, tmp_path / "parts", resume=True)
    assert [report.step for report in later] == [5, 6]
    assert same(resumed, whole)


def test_only_the_adapter_learns(prepared, tmp_path):
    """All of it, but what the last block makes of the prompt, as nothing depends on that."""
    student = tiny_student()
    before = {name: held.clone() for name, held in student.transformer.state_dict().items()}
    train(student, prepared, tmp_path / "run", lambda report: None)
    after = student.transformer.state_dict()
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    unheard = ("transformer_blocks.1.attn.to_add_out", "transformer_blocks.1.attn.add_q_proj")
    adapter = {name for name in after if "lora_" in name or "semantic" in name}
    assert changed == {name for name in adapter if not name.startswith(unheard)}


def test_steps_of_one_thing_come_out_alike(prepared, tmp_path):
    _, first, _ = trained(recipe_of("steps = 2"), prepared, tmp_path / "one")
    _, again, _ = trained(recipe_of("steps = 2"), prepared, tmp_path / "two")
    _, other, _ = trained(recipe_of("steps = 2\nseed = 4"), prepared, tmp_path / "three")
    assert [one.losses for one in again] == [one.losses for one in first]
    assert other[0].losses["total"] != first[0].losses["total"]


def test_checkpointing_the_gradient_changes_no_number(prepared, tmp_path):
    on, _, _ = trained(recipe_of("gradient_checkpointing = true"), prepared, tmp_path / "on")
    off, _, _ = trained(recipe_of("gradient_checkpointing = false"), prepared, tmp_path / "off")
    assert same(on, off)


def test_16_bits_compute_and_32_bits_learn(prepared, tmp_path):
    recipe = recipe_of('precision = "bf16"')
    student = tiny_student(recipe)
    student.transformer.to(torch.bfloat16)
    for parameter in student.parameters().values():
        parameter.data = parameter.data.float()
    reports = []
    train(student, prepared, tmp_path / "half", reports.append)
    _, full, _ = trained(recipe_of(), prepared, tmp_path / "full")
    assert reports[0].losses["total"] == pytest.approx(full[0].losses["total"], rel=0.02)
    assert {parameter.dtype for parameter in student.parameters().values()} == {torch.float32}
    assert student.transformer.dtype == torch.bfloat16


def test_every_epoch_has_every_sample_once():
    count = 5
    epochs = [[shuffled(1, epoch * count + i, count) for i in range(count)] for epoch in range(4)]
    assert all(sorted(epoch) == [*range(count)] for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1
    assert [shuffled(2, place, 50) for place in range(50)] != [
        shuffled(1, p, 50) for p in range(50)
    ]


def test_checkpoints_come_when_due_and_the_last_stay(prepared, tmp_path):
    watch = f"{LORA}[watch]\ncheckpoint_every = 2\nkeep = 2"
    _, reports, outcome = trained(recipe_of("steps = 7", watch), prepared, tmp_path / "run")
    assert [one.checkpoint and one.checkpoint.name for one in reports] == [
        *(None, "step-000002", None, "step-000004", None, "step-000006", "step-000007"),
    ]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        *("step-000006", "step-000007"),
    ]
    assert outcome.checkpoint == tmp_path / "run" / "step-000007"


def test_held_out_samples_are_only_looked_at(prepared, tmp_path):
    """Their loss is of the same noise each time, so nothing learned is nothing changed."""
    watch = f"{LORA}[watch]\ncheckpoint_every = 1\nheld_out = 1\nkeep = 1"
    still = recipe_of("learning_rate = 1e-30\nsteps = 3", watch)
    _, reports, outcome = trained(still, prepared, tmp_path / "run")
    assert len({one.held_out for one in reports}) == 1
    assert outcome.checkpoint.name == "step-000001"
    kept = {path.name for path in (tmp_path / "run").iterdir()}
    assert kept == {"step-000001", "step-000003"}


def test_a_run_that_no_longer_helps_ends_early(prepared, tmp_path):
    watch = f"{LORA}[watch]\ncheckpoint_every = 1\nheld_out = 1\nearly_stop = 2"
    recipe = recipe_of("learning_rate = 1e-30\nsteps = 9", watch)
    _, reports, outcome = trained(recipe, prepared, tmp_path / "run")
    assert outcome.stopped_early
    assert outcome.step == len(reports) == 3
    _, later, again = trained(recipe, prepared, tmp_path / "run", resume=True)
    assert (later, again) == ([], outcome)


def test_a_run_is_not_begun_over_another(prepared, tmp_path):
    trained(recipe_of("steps = 1"), prepared, tmp_path / "run")
    with pytest.raises(CheckpointUnusable, match=r"There is a run already.*another folder\.$"):
        trained(recipe_of("steps = 2"), prepared, tmp_path / "run")


@pytest.mark.parametrize(
    ("top", "tables", "sentence"),
    [
        ("seed = 4", LORA, "trained with seed = 3, and the recipe says 4"),
        ("", f"{LORA}[loss]\nsparse = 0.0", "with loss.sparse = 0.08, and the recipe says 0.0"),
        ("", "[lora]\nrank = 8\nalpha = 4.0", "with lora.rank = 4, and the recipe says 8"),
        ("", f"{LORA}[watch]\nheld_out = 1", "with watch.held_out = 0, and the recipe says 1"),
    ],
    ids=["seed", "loss", "rank", "held out"],
)
def test_another_recipe_is_refused(prepared, tmp_path, top, tables, sentence):
    trained(recipe_of("steps = 1"), prepared, tmp_path / "run")
    with pytest.raises(CheckpointUnusable, match=rf"{sentence}; put that back, or .*\.$"):
        trained(recipe_of(f"{top}\nsteps = 2", tables), prepared, tmp_path / "run", resume=True)


def test_what_changes_no_number_may_change(prepared, tmp_path):
    trained(recipe_of("steps = 1"), prepared, tmp_path / "run")
    other = recipe_of(
        'steps = 2\nbase = "sharded"\ngradient_checkpointing = false',
        f"{LORA}[watch]\nsample_every = 0\ncheckpoint_every = 1",
    )
    _, later, _ = trained(other, prepared, tmp_path / "run", resume=True)
    assert [report.step for report in later] == [2]


def test_other_samples_are_refused(prepared, tmp_path):
    trained(recipe_of("steps = 1"), prepared, tmp_path / "run")
    other = Prepared(write_prepared(tmp_path / "other", count=3, seed=1))
    with pytest.raises(CheckpointUnusable, match=r"trained on other samples than .*other has"):
        trained(recipe_of("steps = 2"), other, tmp_path / "run", resume=True)


@pytest.mark.parametrize("name", ["state.json", "adapter.safetensors", "optimizer.safetensors"])
def test_a_damaged_checkpoint_is_told_and_the_one_before_goes_on(prepared, tmp_path, name):
    watch = f"{LORA}[watch]\ncheckpoint_every = 1"
    trained(recipe_of("steps = 2", watch), prepared, tmp_path / "run")
    path = tmp_path / "run" / "step-000002" / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        CheckpointUnusable, match=r"step-000002 is damaged .*from the one before\.$"
    ):
        trained(recipe_of("steps = 3", watch), prepared, tmp_path / "run", resume=True)
    path.parent.rename(tmp_path / "damaged")
    _, later, _ = trained(recipe_of("steps = 3", watch), prepared, tmp_path / "run", resume=True)
    assert [report.step for report in later] == [2, 3]


def test_an_unfinished_checkpoint_is_none(prepared, tmp_path):
    (tmp_path / "run" / "step-000009.part").mkdir(parents=True)
    _, reports, _ = trained(recipe_of("steps = 1"), prepared, tmp_path / "run")
    assert reports[0].step == 1


def test_a_loss_that_overflows_ends_the_run(prepared, tmp_path):
    recipe = recipe_of("", LORA.replace("4.0", "1e300"))
    with pytest.raises(Diverged, match=r"overflowed in step \d; train anew .*\.$"):
        trained(recipe, prepared, tmp_path / "run")


def test_weights_that_overflow_make_no_checkpoint(prepared, tmp_path):
    student = tiny_student(recipe_of("steps = 1"))
    next(iter(student.parameters().values())).register_hook(lambda gradient: gradient / 0)
    with pytest.raises(Diverged, match=r"The weights overflowed by step 1; .*\.$"):
        train(student, prepared, tmp_path / "run", lambda report: None)
    assert not (tmp_path / "run").exists()


def test_to_hold_out_everything_is_refused(prepared, tmp_path):
    recipe = recipe_of("", f"{LORA}[watch]\nheld_out = 3")
    with pytest.raises(RecipeUnusable, match=r"held_out in its table .watch. is 3"):
        trained(recipe, prepared, tmp_path / "run")


def test_a_checkpoint_holds_no_pickle(prepared, tmp_path):
    _, _, outcome = trained(recipe_of("steps = 1"), prepared, tmp_path / "run")
    names = {path.name for path in outcome.checkpoint.iterdir()}
    assert names == {"state.json", "adapter.safetensors", "optimizer.safetensors"}
    assert json.loads((outcome.checkpoint / "state.json").read_text())["step"] == 1


def test_a_batch_that_the_processes_cannot_share_is_refused(prepared, tmp_path, monkeypatch):
    PartialState(cpu=True)
    monkeypatch.setitem(PartialState._shared_state, "num_processes", 4)
    with pytest.raises(
        RecipeUnusable, match=r"batch of 2 cannot be shared by 4 processes; make it"
    ):
        trained(recipe_of("batch = 2"), prepared, tmp_path / "run")
