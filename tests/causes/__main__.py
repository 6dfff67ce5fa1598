"""Prints the table of causes over all scenarios, alone and in pairs: `make causes`.

python -m tests.causes [--every N] [--singles] [--processes N]
"""

import argparse
import sys
import time

from tests.causes.run import alone, over_pairs, rows
from tests.causes.table import lines


def main() -> int:
    """Measure and print; 1 where something is missed that no reason is given for."""
    parser = argparse.ArgumentParser(prog="python -m tests.causes", description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each Nth pair only (%(default)s)")
    parser.add_argument("--singles", action="store_true", help="no pairs")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="(%(default)s)")
    arguments = parser.parse_args()
    began = time.monotonic()
    by_itself = alone(arguments.processes)
    single = rows(by_itself.values(), by_itself)
    paired = [] if arguments.singles else over_pairs(by_itself, every=arguments.every, processes=arguments.processes)
    print("\n".join(lines(single, paired)))
    print(f"{len(single)} scenarios and {len(paired)} pairs measured in {time.monotonic() - began:.0f} s")
    return 0 if all(row.excused for row in (*single, *paired)) else 1


if __name__ == "__main__":
    sys.exit(main())
