"""What engines let an artist choose: described once, checked in one place."""

import math
import re
import subprocess
import sys

import numpy as np
import pytest

import engine
from engine import (
    ENGINES,
    Choice,
    ChoiceOption,
    Engine,
    NumberOption,
    Options,
    Progress,
    Proposal,
    Rgba,
    SwitchOption,
    UnsupportedOption,
    options_of,
)
from engine.builtin.settings import OPTIONS, Settings, ToneCount
from engine.options import complete

STEPS = NumberOption(name="steps", title="Steps", help="How many.", default=20, least=1, most=99)
GUIDANCE = NumberOption(
    name="guidance", title="Guidance", help="How much.", default=3.5, least=0, most=9, step=0.5
)
PAPER = ChoiceOption(
    name="paper",
    title="Paper",
    help="Which.",
    default="white",
    choices=(Choice("white", "White"), Choice("toned", "Toned")),
)
TIDY = SwitchOption(name="tidy", title="Tidy", help="Whether.")
PICTURE = np.full((2, 2, 4), 255, np.uint8)


class ChoosyEngine(Engine):
    """Remembers what it was told to do."""

    name = "choosy"
    options = (STEPS, GUIDANCE, PAPER, TIDY)

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        self.told = dict(options)
        return Proposal(rgba, *(np.zeros_like(rgba) for _ in range(3)))


DEFAULTS = {"steps": 20, "guidance": 3.5, "paper": "white", "tidy": False}


def told(chosen: dict[str, object] | None, **made_with: object) -> dict[str, object]:
    choosy = ChoosyEngine(**made_with)
    choosy.decompose(PICTURE, options=chosen)
    return choosy.told


def test_an_engine_is_told_a_value_for_every_option():
    assert told(None) == DEFAULTS
    assert told({"paper": "toned"}) == {**DEFAULTS, "paper": "toned"}


def test_a_call_has_the_last_word_then_what_the_engine_was_made_with():
    made_with = {"steps": 7, "tidy": True}
    assert told({}, **made_with) == {**DEFAULTS, "steps": 7, "tidy": True}
    assert told({"steps": 20}, **made_with) == {**DEFAULTS, "steps": 20, "tidy": True}


def test_numbers_come_as_the_engine_counts():
    values = told({"steps": 7.0, "guidance": 4})
    assert (values["steps"], type(values["steps"])) == (7, int)
    assert (values["guidance"], type(values["guidance"])) == (4.0, float)


@pytest.mark.parametrize("value", [1, 99])
def test_bounds_belong_to_a_number(value):
    assert told({"steps": value})["steps"] == value


@pytest.mark.parametrize(
    "value",
    [0, 100, 7.5, -1, math.nan, math.inf, -math.inf, 10**400, True, "7", None, [7], {}],
    ids=repr,
)
def test_what_is_no_such_number_is_refused(value):
    with pytest.raises(UnsupportedOption, match=r"^Steps must be a whole number from 1 to 99\.$"):
        told({"steps": value})


@pytest.mark.parametrize("value", [-0.1, 9.1, math.nan, 10**400, False, "3"], ids=repr)
def test_what_is_no_number_is_refused(value):
    with pytest.raises(UnsupportedOption, match=r"^Guidance must be a number from 0 to 9\.$"):
        told({"guidance": value})


@pytest.mark.parametrize("value", ["", "White", "gray", 0, None, ["white"], np.zeros(2)], ids=repr)
def test_what_is_not_among_the_choices_is_refused(value):
    with pytest.raises(UnsupportedOption, match=r"^Paper must be one of white, toned\.$"):
        told({"paper": value})


@pytest.mark.parametrize("value", [0, 1, "true", "", None], ids=repr)
def test_a_switch_is_on_or_off(value):
    with pytest.raises(UnsupportedOption, match=r"^Tidy must be on or off"):
        told({"tidy": value})


def test_an_unknown_option_is_refused_with_the_known_ones():
    with pytest.raises(UnsupportedOption, match="'neon'; it has steps, guidance, paper, tidy"):
        told({"neon": 1})
    with pytest.raises(UnsupportedOption, match="no options; leave out 'neon'"):
        complete((), {"neon": 1})


def test_the_sentence_about_a_long_name_is_short():
    with pytest.raises(UnsupportedOption) as refusal:
        told({"n" * 100_000: 1})
    assert len(str(refusal.value)) < 200


def test_load_takes_options_and_refuses_as_decompose_does():
    assert isinstance(engine.load("builtin", tones="few", detail=70), Engine)
    with pytest.raises(UnsupportedOption, match="Detail must be"):
        engine.load("builtin", detail=101)
    with pytest.raises(UnsupportedOption, match="no option 'device'"):
        engine.load("builtin", device="cpu")


def test_nothing_is_decomposed_with_a_wrong_option():
    choosy = ChoosyEngine()
    with pytest.raises(UnsupportedOption):
        choosy.decompose(PICTURE, options={"steps": 0})
    assert not hasattr(choosy, "told")


@pytest.mark.parametrize("name", ENGINES)
def test_what_an_engine_declares_can_be_shown(name):
    options = options_of(name)
    assert len({option.name for option in options}) == len(options)
    for option in options:
        assert re.fullmatch(r"[a-z][a-z_]{0,31}", option.name)
        assert option.checked(option.default) == option.default
        assert 0 < len(option.title) <= 24
        assert option.help.endswith(".")


def test_to_ask_for_options_waits_for_no_library():
    code = "import sys, engine; print(len(engine.options_of('builtin')), 'cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(OPTIONS)), "False"]


def test_the_builtin_engine_reads_its_settings():
    assert Settings.of(complete(OPTIONS, {})) == Settings(0, ToneCount.AUTOMATIC, 50, False)
    chosen = {"line_thickness": 6, "tones": "few", "detail": 70, "hard_edges": True}
    assert Settings.of(complete(OPTIONS, chosen)) == Settings(6, ToneCount.FEW, 70, True)


def test_every_number_of_tones_is_a_choice():
    (tones,) = (option for option in OPTIONS if isinstance(option, ChoiceOption))
    assert [choice.value for choice in tones.choices] == list(ToneCount)
