"""`layer-bridge`, and `python -m bridge`: the command line in a process of its own."""

import sys
import warnings

from bridge.interrupts import end_at_once


def main() -> int:
    """Run the command line; what it needs takes a moment to load."""
    end_at_once()
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # libraries warn of odd pictures in a programmer's words
    from bridge.cli import main as run

    code = run()
    end_at_once()
    return code


if __name__ == "__main__":
    sys.exit(main())
