"""A fake `krita` module, and the plugin's canvas loaded on top of it."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def load_contract() -> ModuleType:
    """The contract's checks, over the fake host.

    `krita` is a module of this process only meanwhile: the plugin's package would otherwise
    take this for a Krita to register with.
    """
    importlib.import_module("layer_bridge")
    added = [str(HERE), str(HERE.parent / "inside")]
    sys.path[:0] = added
    try:
        return importlib.import_module("contract")
    finally:
        del sys.modules["krita"]
        for folder in added:
            sys.path.remove(folder)
