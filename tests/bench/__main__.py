"""Measures what the budgets promise, each beside its bound measured in the same run: `make bench`.

python -m tests.bench [--quick] [--json FILE] [ROW ...]
"""

import argparse
import importlib
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from tests.bench.long_store import Size
from tests.bench.report import Figure, say, table, write_json

QUICK = Size(farms=2, servers=20, days=60)

# A row, the module that measures it, and what it is measured with when it shall be quick.
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "ingest": ("ingest", {"agents": 12, "rounds": 40}),
    "check-in": ("check_ins", {"seconds": 8.0, "minutes": 30}),
    "change-to-finding": ("change_to_finding", {"farms": 10, "changes": 50}),
    "analyze": ("analysis", {"servers": (25,), "large": False}),
    "re-evaluation": ("reevaluation", {"other_farms": 100, "rounds": 15}),
    "as-of": ("as_of", {"rounds": 20, "cold": 3, "size": QUICK}),
    "trend": ("trend", {"rounds": 15, "size": QUICK}),
    "growth": ("growth", {"servers": 2, "days": 7}),
    "prometheus": ("prometheus", {"servers": 2, "long_days": 60, "rounds": 5, "size": QUICK}),
    "farm-page": ("farm_page", {"rounds": 10}),
    "trace": ("trace", {"servers": 20, "facts": 500, "rounds": 5}),
    "paths": ("paths", {"authorities": 300, "entries": 50_000}),
    "causes": ("causes", {"every": 200}),
    "agent": ("footprint", {"seconds": 15.0}),
    "agent-peak": ("retrieval_memory", {}),
    "agent-windows": ("windows", {"seconds": 70.0}),
}


def main() -> int:
    """Measure, print the table, write the JSON; 1 when a measurement failed to run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"what to measure (all): {', '.join(ROWS)}")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), metavar="FILE", help="(%(default)s)")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: a look, not a figure to quote")
    arguments = parser.parse_args()
    unknown = [row for row in arguments.rows if row not in ROWS]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}")
    figures: list[Figure] = []
    failed = []
    for row in arguments.rows or ROWS:
        try:
            figures += _measured(row, quick=arguments.quick)
        except Exception:  # the other rows are measured all the same
            traceback.print_exc()
            failed.append(row)
    print(table(figures))
    write_json(figures, arguments.json)
    if failed:
        say(f"not measured: {', '.join(failed)}")
    return 1 if failed else 0


def _measured(row: str, *, quick: bool) -> list[Figure]:
    name, small = ROWS[row]
    say(f"{row} ...")
    began = time.monotonic()
    found = importlib.import_module(f"tests.bench.{name}").measure(**(small if quick else {}))
    say(f"{row}: measured in {time.monotonic() - began:.0f} s")
    return [found] if isinstance(found, Figure) else list(found)


if __name__ == "__main__":
    sys.exit(main())
