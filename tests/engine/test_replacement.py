"""Files that take another's place whole, or not at all."""

import pytest

from engine.replacement import replacing


def test_what_was_there_is_replaced_when_all_went_well(tmp_path):
    place = tmp_path / "file"
    place.write_text("before")
    with replacing(place) as partial:
        partial.write_text("after")
        assert place.read_text() == "before"
    assert place.read_text() == "after"
    assert list(tmp_path.iterdir()) == [place]


def test_what_was_there_stays_where_writing_failed(tmp_path):
    place = tmp_path / "file"
    place.write_text("before")

    def write():
        with replacing(place) as partial:
            partial.write_text("hal")
            raise RuntimeError("no room")

    with pytest.raises(RuntimeError, match="no room"):
        write()
    assert place.read_text() == "before"
    assert list(tmp_path.iterdir()) == [place]
