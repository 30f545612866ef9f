"""Whether an adapter and a base model belong together, as far as their papers say.

The adapter names the repository that it was made for and the commit; what was pulled has a receipt
that names both, too. A base model that somebody pointed at has none, and then nothing is known.
"""

from __future__ import annotations

import re
from pathlib import Path

from engine.diffusion.adapter import read_info
from engine.diffusion.receipt import read_receipt
from engine.errors import WeightsUnusable

COMMIT = re.compile("[0-9a-f]{7,40}")
"""A commit's name, or the beginning of one."""


def check_pair(adapter: Path, base: Path) -> None:
    """Raise WeightsUnusable if the adapter was made for another repository than the base model's.

    Args:
        adapter: its file.
        base: the base model's folder.
    """
    info, receipt = read_info(adapter), read_receipt(base)
    if not info.base or receipt is None:
        return
    if info.base.casefold() != receipt.repository.casefold():
        raise WeightsUnusable(
            f"The adapter {adapter} was made for {info.base}, and the base model in {base} is "
            f"{receipt.repository}; choose the two that belong together, with `layer-bridge models "
            "pull` or `layer-bridge models path`."
        )


def doubt(adapter: Path, base: Path) -> str:
    """What of a pair that `check_pair` lets pass differs: a sentence, empty where nothing does.

    The same repository at another commit is used all the same: nearly always it differs in a page
    of words, and other shapes are refused when the adapter is attached.
    """
    info, receipt = read_info(adapter), read_receipt(base)
    if receipt is None or not COMMIT.fullmatch(info.revision):
        return ""
    if receipt.revision.startswith(info.revision):
        return ""
    return (
        f"The adapter was made for revision {info.revision[:7]} of {receipt.repository}, and here "
        f"is {receipt.revision[:7]}; if its layers look wrong, fetch that one: layer-bridge models "
        f"pull --revision {info.revision}"
    )


def unknown(adapter: Path, base: Path) -> str:
    """Why it cannot be told whether a pair belongs together; empty where it could be."""
    info, receipt = read_info(adapter), read_receipt(base)
    if receipt is None:
        why = "the base model was not pulled, so its repository is not known"
    elif not info.base:
        why = "the adapter does not say for which base model it was made"
    elif not COMMIT.fullmatch(info.revision):
        why = "the adapter does not say for which revision of it it was made"
    else:
        return ""
    return f"Whether adapter and base model belong together is not checked: {why}."
