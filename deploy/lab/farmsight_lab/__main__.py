"""`python -m farmsight_lab` is `farmsight lab`."""

import sys

from farmsight_collector.cli.interrupts import keep_interrupts
from farmsight_lab.cli import main

if __name__ == "__main__":
    keep_interrupts()
    sys.exit(main())
