"""What layers hold, told by how studios name them."""

import pytest

from engine.dataset.roles import IGNORE, read_roles
from engine.errors import UnsupportedOption
from engine.layers import LayerRole

LINE, FLAT = LayerRole.LINE_ART, LayerRole.FLAT_COLOR
SHADOW, LIGHT = LayerRole.SHADOW, LayerRole.HIGHLIGHT
TABLE = read_roles()


def role(*path, mode="normal"):
    return TABLE.role(path, mode)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Line", LINE),
        ("lineart", LINE),
        ("Line Art 2", LINE),
        ("outline_copy", LINE),
        ("線画", LINE),
        ("主線のコピー", LINE),
        ("ペン入れ 2", LINE),
        ("선화", LINE),
        ("라인", LINE),
        ("线稿", LINE),
        ("勾线 副本", LINE),
        ("flat", FLAT),
        ("Base Color", FLAT),
        ("下塗り", FLAT),
        ("ベース", FLAT),
        ("밑색", FLAT),
        ("底色", FLAT),
        ("固有色", FLAT),
        ("shadow", SHADOW),
        ("Shading 01", SHADOW),
        ("影", SHADOW),
        ("1影", SHADOW),
        ("2影 のコピー", SHADOW),
        ("陰影", SHADOW),
        ("그림자", SHADOW),
        ("명암", SHADOW),
        ("阴影", SHADOW),
        ("暗部", SHADOW),
        ("highlight", LIGHT),
        ("HL 2", LIGHT),
        ("Light", LIGHT),
        ("rim-light", LIGHT),
        ("ハイライト", LIGHT),
        ("光", LIGHT),
        ("하이라이트", LIGHT),
        ("高光", LIGHT),
        ("亮部", LIGHT),
        ("background", IGNORE),
        ("背景", IGNORE),
        ("用紙", IGNORE),
        ("ラフ", IGNORE),
        ("배경", IGNORE),
        ("草稿", IGNORE),
    ],
)
def test_names_of_four_languages(name, expected):
    assert role(name) == expected


@pytest.mark.parametrize("name", ["ＳＨＡＤＯＷ", "Shadow", "shadow", "hairShadow", "shadow_02"])
def test_case_width_and_joints_do_not_matter(name):
    assert role(name) is SHADOW


def test_half_width_katakana():
    assert role("ﾊｲﾗｲﾄ") is LIGHT


@pytest.mark.parametrize(
    "name",
    ["skyline", "Layer 5", "レイヤー 3", "선택 영역", "우선순위", "light skin", "pen holder", ""],
)
def test_names_that_say_nothing(name):
    assert role(name) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("line shadow", SHADOW),  # the shadow of the lines, or on them: the longest word
        ("highlight line", LIGHT),
        ("shadow color", SHADOW),
        ("line color", LINE),  # lines in colour
        ("影線", LINE),  # where a shadow ends
        ("光影", SHADOW),
        ("light shadow", SHADOW),
        ("skin light copy 2", LIGHT),
        ("base shadow", SHADOW),
    ],
)
def test_several_words(name, expected):
    assert role(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("senga", LINE),
        ("Shusen 2", LINE),
        ("xiangao", LINE),
        ("shitanuri", FLAT),
        ("hada_nuri", FLAT),
        ("mitsaek", FLAT),
        ("pingtu", FLAT),
        ("kage", SHADOW),
        ("1kage", SHADOW),
        ("kamiKage copy", SHADOW),
        ("geurimja", SHADOW),
        ("yinying", SHADOW),
        ("hikari", LIGHT),
        ("hairaito", LIGHT),
        ("gaoguang", LIGHT),
        ("haikei", IGNORE),
        ("shitagaki", IGNORE),
        ("caogao", IGNORE),
    ],
)
def test_names_in_latin_letters(name, expected):
    assert role(name) == expected


def test_words_in_latin_letters_in_groups():
    assert role("base", "kage") is SHADOW
    assert role("hairaito", "kage") is LIGHT
    assert role("shitanuri", "Layer 1") is FLAT
    assert role("haikei", "nuri") == IGNORE


@pytest.mark.parametrize(
    "name",
    [
        *("Hikari", "Nuri", "Kage", "Tsuya", "Sen", "Rin", "Akari", "Hikaru", "Iroha", "Kagetora"),
        *("Seonhwa", "Sunhwa", "Haneul", "Yingying", "Xian", "Gao", "Beijing", "Anbu", "Mei"),
        *(
            "Ken",
            "Rain",
            "Ray",
            "Beta",
            "Ash",
            "Inez",
            "Page",
            "Cage",
            "Nora",
            "Sarah",
            "Tao",
            "Dise",
        ),
        *("Alice", "Bella", "Claire", "Luz", "Otto", "Raphael", "Sienna", "Violet", "Penelope"),
    ],
)
def test_names_of_people_and_places_do_not_speak_for_what_is_in_their_groups(name):
    assert role(name, "Layer 1") is None
    assert role(name, "Layer 1", mode="multiply") is SHADOW
    assert role(f"{name} hair") is None
    assert role(f"{name} line") is LINE
    assert role(f"line {name}") is LINE
    assert role("Line", name) is LINE


@pytest.mark.parametrize(
    "name",
    [
        *(
            "arm",
            "belt",
            "bow",
            "cape",
            "dress",
            "ear",
            "eye",
            "face",
            "hair",
            "hand",
            "kimono",
            "leg",
        ),
        *("package", "orange", "image", "village", "page", "wage", "sing", "wing", "yin", "yang"),
    ],
)
def test_english_names_of_parts_say_nothing(name):
    assert role(name) is None


def test_groups_speak_for_layers_that_say_nothing():
    assert role("線画", "髪") is LINE
    assert role("Shadow", "hair", "Layer 3") is SHADOW
    assert role("Shadow", "Line", "Layer 3") is LINE  # the nearest
    assert role("Line", "影") is SHADOW  # the layer's own name


def test_everything_in_a_group_to_ignore_is_ignored():
    assert role("背景", "線画") == IGNORE
    assert role("背景", "木", "Layer 1") == IGNORE


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("multiply", SHADOW),
        ("linear-burn", SHADOW),
        ("screen", LIGHT),
        ("linear-dodge", LIGHT),
        ("color-dodge", LIGHT),
        ("overlay", None),
        ("normal", None),
    ],
)
def test_blend_modes_are_the_second_hint(mode, expected):
    assert role("Layer 3", mode=mode) is expected
    assert role("髪の色", mode=mode) is (expected or FLAT)
    assert role("線画", "Layer 3", mode=mode) is LINE


def test_shading_in_a_group_of_flats_is_shading():
    assert role("下塗り", "Layer 3", mode="multiply") is SHADOW
    assert role("下塗り", "Layer 3") is FLAT
    assert role("下塗り", "base 2", mode="multiply") is FLAT  # its own name says so


def test_a_file_adds_words_and_names(tmp_path):
    file = tmp_path / "roles.toml"
    file.write_text(
        '[shadow]\nwords = ["schatten"]\n[names]\n"髪" = "flat_color"\n'
        '"Face/Layer 1" = "line_art"\n'
        '"Shadow test" = "ignore"\n',
        encoding="utf-8",
    )
    table = read_roles(file)
    assert table.role(("Schatten 2",), "normal") is SHADOW
    assert table.role(("群", "髪"), "multiply") is FLAT
    assert table.role(("face", "LAYER 1"), "normal") is LINE
    assert table.role(("Layer 1",), "normal") is None
    assert table.role(("Shadow test",), "normal") == IGNORE
    assert table.role(("Shadow",), "normal") is SHADOW


@pytest.mark.parametrize(
    "text",
    [
        "[shade]\nwords = []",
        "[shadow]\nwords = 3",
        '[shadow]\nwords = ["影", ""]',
        '[ignore]\nweak = ["!?"]',
        '[names]\n"a" = "hair"',
        "words = [",
        "\0",
        "a = " + 9999 * "[",
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, text):
    file = tmp_path / "roles.toml"
    file.write_text(text)
    with pytest.raises(UnsupportedOption, match=r"roles\.toml.*; .+\.$"):
        read_roles(file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnsupportedOption, match=r"nowhere\.toml cannot be read .+; check its name"):
        read_roles(tmp_path / "nowhere.toml")
