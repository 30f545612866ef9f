"""What the tests of the training share."""

from tests.engine.diffusion.conftest import _one_quiet_thread

__all__ = ["_one_quiet_thread"]
