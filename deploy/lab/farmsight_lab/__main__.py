"""`python -m farmsight_lab` is `farmsight lab`."""

import sys

from farmsight_lab.cli import main

if __name__ == "__main__":
    sys.exit(main())
