"""Recipes: the paper's numbers, a round trip through TOML, and what a wrong one is told."""

from pathlib import Path

import pytest

from engine.training.adapter.recipe import Loss, Recipe, RecipeUnusable

RECIPES = Path(__file__).parents[4] / "recipes"


def test_an_empty_recipe_is_the_papers() -> None:
    recipe = Recipe.parse("")
    loss = recipe.loss
    assert (recipe.learning_rate, recipe.precision, recipe.lora.rank) == (1e-4, "bf16", 32)
    assert (loss.line_art, loss.sparse, loss.composite) == (2.5, 0.08, 1.8)
    assert (loss.flat_color, loss.highlight, loss.shadow) == (1.0, 1.0, 1.0)


def test_the_papers_recipe_hides_nothing() -> None:
    assert Recipe.read(RECIPES / "paper.toml") == Recipe()
    assert (RECIPES / "paper.toml").read_text(encoding="utf-8").endswith(Recipe().toml_text())


def test_each_ablation_changes_one_thing() -> None:
    changed = {}
    for path in RECIPES.glob("without_*.toml"):
        plain = Recipe().model_dump()
        changed[path.stem] = {
            (table, key): value
            for table, fields in Recipe.read(path).model_dump().items()
            if isinstance(fields, dict)
            for key, value in fields.items()
            if plain[table][key] != value
        }
    assert changed == {
        "without_lse": {("embedding", "enabled"): False},
        "without_layerwise_loss": {("loss", "kind"): "plain"},
    }


def test_a_recipe_survives_its_own_text() -> None:
    recipe = Recipe(
        seed=(1 << 63) - 1,
        learning_rate=3e-7,
        prompt='線画 "quoted" \\ 🎨 # no comment',
        loss=Loss(kind="plain", sparse=1e-12),
    )
    assert Recipe.parse(recipe.toml_text()) == recipe


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\nsteps = 0", "a.toml, line 2: steps is 0, but it should be greater"),
        ("step = 3", "a.toml, line 1: a recipe has no step"),
        ("[loss]\n# it\nkind = 'x'", "line 3: loss.kind is 'x', but it should be 'layer_wise' or"),
        ("loss.blur = 1", "line 1: a recipe has no loss.blur"),
        ("loss = {blur = 1}", "a.toml: a recipe has no loss.blur"),
        ("[blur]\nx = 1", "line 1: a recipe has no blur"),
        ("loss = 3", "line 1: loss is a table; write \\[loss\\] on a line"),
        ("seed = true", "seed is True, but it should be a valid integer"),
        ("learning_rate = nan", "it should be a finite number"),
        ("prompt = 'a\u007fb'", "no TOML"),
        ('prompt = "two\\nlines"', "prompt is 'two"),
        ("[lora]\ntargets = []", "lora.targets is \\[\\], but it should have at least 1"),
        ("layout = 'rows'", "'composite' or 'layers'"),
        ("a = = 1", "a.toml is no TOML: .*line 1"),
        ("seed = 1" + 5000 * "0", "a.toml is no TOML: Exceeds the limit"),
        ("x = " + 9999 * "[", "a.toml is no TOML: maximum recursion depth"),
        ("steps = 1" + 400 * "0", "line 1: steps is 10+, but it should be less than or equal"),
        ("learning_rate = 1e38", "learning_rate is 1e\\+38, but it should be less than or equal"),
        ("[watch]\nearly_stop = 3", "watch.early_stop needs watch.held_out"),
        ('base = "sharded"', 'base = "sharded" needs watch.sample_every = 0'),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(RecipeUnusable, match=told) as caught:
        Recipe.parse(text, "a.toml")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_mark_at_the_files_beginning_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("steps = 3", encoding="utf-8-sig")
    assert Recipe.read(tmp_path / "a.toml") == Recipe(steps=3)


def test_what_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeUnusable, match="no text in UTF-8"):
        Recipe.read(tmp_path / "a.toml")
