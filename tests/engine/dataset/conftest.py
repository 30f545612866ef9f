"""Layered files that the tests of this folder build datasets of."""

import pytest

from tests.engine.dataset.studio import HEIGHT, WIDTH, studio_document
from tests.engine.files.documents import write_document


@pytest.fixture(scope="module")
def document():
    return studio_document()


@pytest.fixture
def sources(tmp_path, document):
    """A folder with two good files, and three that are not."""
    folder = tmp_path / "art"
    (folder / "更に").mkdir(parents=True)
    write_document(folder / "girl.psd", document, WIDTH, HEIGHT)
    write_document(folder / "更に" / "girl.kra", document, WIDTH, HEIGHT)
    (folder / "empty.psd").write_bytes(b"")
    (folder / "broken.kra").write_bytes((folder / "更に" / "girl.kra").read_bytes()[:3000])
    write_document(folder / "flat.ora", document[0].children[:1], WIDTH, HEIGHT)
    (folder / ".hidden.psd").write_bytes(b"")
    (folder / "notes.txt").write_text("none of this")
    return folder
