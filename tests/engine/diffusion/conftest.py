"""What the diffusion engine's tests share."""

from collections.abc import Iterator

import diffusers
import pytest
import torch


@pytest.fixture(autouse=True)
def _one_quiet_thread() -> Iterator[None]:
    """Tiny tensors are quickest on one thread; what the libraries log is not looked at."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    diffusers.utils.logging.set_verbosity_error()
    yield
    torch.set_num_threads(threads)
