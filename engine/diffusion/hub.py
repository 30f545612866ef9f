"""The Hugging Face hub: what it has of what is needed, and what it means by its refusals.

To ask it, and to download from it, is all that ever uses the network, when somebody pulls.
"""

from __future__ import annotations

import errno
import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from engine.diffusion.receipt import ITEMS, Receipt
from engine.diffusion.weights import CONFIGURATIONS, INDEX_FILE, TEXT_ENCODER_FILES
from engine.errors import CannotWrite, EngineError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

# The hub's library tells the hub of other programs on this machine unless this is set before it
# is imported.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

BASE_REPOSITORY = "Qwen/Qwen-Image-Layered"
BASE_PARTS = ("transformer", "vae", "scheduler")
"""What is needed of the base model to decompose."""
TEXT_PARTS = ("text_encoder", "tokenizer", "processor")
"""What is needed besides to encode a prompt (16.6 GB), as training does once."""
SUFFIXES = ("json", "safetensors", "txt", "jinja")
"""Of files that hold data and nothing that runs."""
AGAIN = "run the same command again, it goes on where it stopped"


class DownloadFailed(EngineError):
    """The hub does not give what was asked for, or cannot be reached."""

    code = "download_failed"


def look_up(
    repository: str, patterns: Sequence[str], revision: str | None, unwanted: Sequence[str] = ()
) -> Receipt:
    """Ask the hub which files there are, how large, with which checksums.

    Args:
        repository: its owner and name.
        patterns: shell patterns of the paths that are wanted.
        revision: a branch, tag or commit; None is the newest.
        unwanted: patterns of those among them that are not.

    Raises:
        DownloadFailed: there is no such repository or revision, the hub cannot be reached, or
            something else answers in its place.
    """
    from huggingface_hub import HfApi

    with explained(repository, revision):
        info = HfApi().model_info(repository, revision=revision, files_metadata=True)
        files = {}
        for found in info.siblings or []:
            if _fits(found.rfilename, unwanted) or not _fits(found.rfilename, patterns):
                continue
            checksum = f"sha256:{found.lfs.sha256}" if found.lfs else f"git:{found.blob_id}"
            item = {"size": found.size or 0, "checksum": checksum}
            files[_safe(found.rfilename, repository)] = ITEMS.validate_python(item)
    ordered = sorted(files, key=lambda name: (files[name].size, name))
    return Receipt(repository, str(info.sha), {name: files[name] for name in ordered})


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def look_up_base(
    repository: str, revision: str | None, *, transformer: bool = True, text_encoder: bool = False
) -> Receipt:
    """Ask for the files of a base model; see `look_up`.

    Args:
        repository: its owner and name.
        revision: as for `look_up`.
        transformer: whether its transformer's weights, nearly all of it, are wanted.
        text_encoder: whether the text encoder is, and what belongs to it.
    """
    parts = BASE_PARTS + (TEXT_PARTS if text_encoder else ())
    patterns = [f"{part}/*.{suffix}" for part in parts for suffix in SUFFIXES]
    unwanted = () if transformer else ("transformer/*.safetensors", f"transformer/{INDEX_FILE}")
    receipt = look_up(repository, patterns, revision, unwanted)
    needed = CONFIGURATIONS + (TEXT_ENCODER_FILES if text_encoder else ())
    lacking = [name for name in needed if name not in receipt.files]
    if lacking:
        raise DownloadFailed(
            f"{repository} is no base model in diffusers' layout, it lacks {lacking[0]}; the "
            f"diffusion engine needs {BASE_REPOSITORY}."
        )
    return receipt


def has_text_encoder(receipt: Receipt) -> bool:
    """Whether what was pulled is more than what decomposes."""
    return any(name.startswith("text_encoder/") for name in receipt.files)


def look_up_adapter(name: str, revision: str | None) -> Receipt:
    """Ask for the one file of an adapter; see `look_up`.

    Args:
        name: OWNER/NAME of a repository, and behind another slash the file if it has several.
        revision: as for `look_up`.
    """
    owner, _, rest = name.partition("/")
    title, _, file = rest.partition("/")
    repository = f"{owner}/{title}"
    receipt = look_up(repository, (glob.escape(file) or "*.safetensors",), revision)
    if not any(name.endswith(".safetensors") for name in receipt.files):
        raise DownloadFailed(
            f"{repository} has no {file or 'file'} that is an adapter; give the name of its "
            ".safetensors file, as in OWNER/NAME/FILE."
        )
    if len(receipt.files) > 1:
        raise DownloadFailed(
            f"{repository} has several adapters; add the file's name, as in "
            f"{repository}/{min(receipt.files)}."
        )
    return receipt


def _safe(name: str, repository: str) -> str:
    """A path in a repository, which must not lead out of the folder that it is written to."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or set(name) & set("\\:"):
        raise DownloadFailed(f"{repository} has a file of a forbidden name; do not use it.")
    return name


@contextmanager
def explained(repository: str, revision: str | None) -> Iterator[None]:
    """Say in a sentence what the hub's library raises.

    Raises:
        DownloadFailed: of whatever the hub or the network did.
        CannotWrite: the disk is full.
    """
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled:
        sentence = "HF_HUB_OFFLINE is set, so nothing is downloaded; unset it and run this again."
    except errors.HFValidationError:
        name = repository.rstrip("/")
        sentence = f"{name!r} is no name of a repository; write it as OWNER/NAME."
    except errors.HfHubHTTPError as error:
        sentence = _refusal(error, repository, revision)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CannotWrite(f"The disk is full; make room and {AGAIN}.") from None
        if error.filename is not None:
            raise
        sentence = _broken_off(repository, error)
    except errors.HTTPError as error:
        sentence = _broken_off(repository, error)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # As the hub's library fails on a page that a network shows before it lets anyone out.
        sentence = (
            f"What answers at {address()} is not a Hugging Face hub; log in to your network if it "
            f"asks for that, or correct HF_ENDPOINT if you set it, and {AGAIN}."
        )
    else:
        return
    raise DownloadFailed(sentence)


def _broken_off(repository: str, error: Exception) -> str:
    advice = "that this computer is online"
    if is_mirrored():
        advice += " and HF_ENDPOINT right"
    return (
        f"{repository} cannot be downloaded, the connection to {address()} fails "
        f"({type(error).__name__}); see {advice}, and {AGAIN}."
    )


def _refusal(error: HfHubHTTPError, repository: str, revision: str | None) -> str:
    """What an answer of the hub other than the file means."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        page = f"{address()}/{repository}"
        if is_mirrored():
            page += f", or {_home()}/{repository} if that is a mirror"
        return (
            f"{repository} is gated: accept its terms at {page}, log in with `hf auth login`, and "
            "run this again."
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{repository} has no revision {revision!r}; leave out --revision for the newest."
    if isinstance(error, errors.EntryNotFoundError):
        return f"A file is gone from {repository}; run this again, or with another --revision."
    hub = f"The hub at {address()}" if is_mirrored() else "The hub"
    status = error.response.status_code
    if isinstance(error, errors.RepositoryNotFoundError) or status in (401, 403, 404):
        return (
            f"{hub} has no {repository}, or does not show it to you; check the name, or log in "
            "with `hf auth login` if it is private."
        )
    return f"{hub} answers {status} for {repository}; wait a while and {AGAIN}."


def is_mirrored() -> bool:
    """Whether another host is asked in place of the Hugging Face hub, as HF_ENDPOINT can say."""
    return address() != _home()


def address() -> str:
    """The host that is asked."""
    from huggingface_hub import constants

    return constants.ENDPOINT


def _home() -> str:
    """Where repositories have their pages."""
    from huggingface_hub import constants

    return constants.HUGGINGFACE_CO_URL_HOME.rstrip("/")
