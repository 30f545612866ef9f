"""The one place where a fault of ours stops: none reaches Krita's own modal dialog."""

from __future__ import annotations

import functools
import inspect
import logging
from typing import Any, Callable, TypeVar, cast

Slot = TypeVar("Slot", bound=Callable[..., Any])

log = logging.getLogger(__package__)


def guarded(slot: Slot) -> Slot:
    """Make a method fit to be called by Qt or Krita: it logs a fault and shows it, never raises.

    The method's object shows the fault in `show_fault(error)`. Arguments that a signal sends and
    the method does not take are dropped, so that `clicked(bool)` fits a method without any.
    """
    takes = len(inspect.signature(slot).parameters) - 1

    @functools.wraps(slot)
    def call(self: Any, *args: Any) -> Any:
        try:
            return slot(self, *args[:takes])
        except Exception as error:
            log.exception("fault in %s", slot.__qualname__)
            self.show_fault(error)
            return None

    return cast(Slot, call)
