"""`python -m bridge` is `layer-bridge`."""

import sys

from bridge.cli import main

sys.exit(main())
