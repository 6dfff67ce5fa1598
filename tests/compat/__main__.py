"""`make compat PREVIOUS=farmsight-X.Y.Z-py3-none-any.whl`: that release's agent with this collector, and the reverse.

python -m tests.compat WHEEL [WHEEL ...]

Each pair enrols, reports, changes something and is judged; nothing may be
refused, and a collector must find with the other release's agent what it
finds with its own, but for what only the newer agent knows how to see.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.compat.installed import CompatError, Release, installed, this_tree
from tests.compat.pair import Outcome, run

BELOW: Final = Path(__file__).parents[2] / "build/compat"


def main() -> int:
    """Try every wheel both ways; 1 where two releases do not go together."""
    parser = argparse.ArgumentParser(prog="make compat", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wheels", nargs="+", type=Path, metavar="WHEEL")
    parser.add_argument("--agent-only", action="store_true", help="only its agent with this collector")
    asked = parser.parse_args()
    try:
        here = this_tree()
        own = told(here, here)
        for wheel in asked.wheels:
            there = installed(wheel, BELOW)
            compare(told(there, here), own)
            if not asked.agent_only:
                compare(told(here, there), told(there, there))
    except CompatError as error:
        sys.stderr.write(f"make compat: {error}\n")
        return 1
    return 0


def told(agent: Release, collector: Release) -> Outcome:
    """Run a pair and say what came of it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="farmsight-compat-") as name:
        found = run(agent, collector, Path(name))
    sys.stdout.write(
        f"agent {found.agent:<10} collector {found.collector:<10} {found.facts} facts, {len(found.findings)} findings,"
        f" {len(found.changed)} after a change, nothing refused  ({time.monotonic() - began:.0f} s)\n"
    )
    sys.stdout.flush()
    return found


def compare(mixed: Outcome, alike: Outcome) -> None:
    """See that a collector finds with another release's agent what it finds with its own. Raises CompatError."""
    pair = f"agent {mixed.agent} with collector {mixed.collector}"
    if mixed.findings == mixed.changed:
        raise CompatError(f"{pair}: a change on the server changed no finding")
    for name, seen, wanted in (("at first", mixed.findings, alike.findings), ("then", mixed.changed, alike.changed)):
        codes, expected = {code for code, _ in seen}, {code for code, _ in wanted}
        differ = ", ".join(sorted(codes ^ expected))
        if differ:
            sys.stdout.write(f"  {pair}, {name}: differs from its own agent's in {differ}\n")
        if not codes & expected and expected:
            raise CompatError(f"{pair}: none of {sorted(expected)} is found")
    unknown = {"failed", "timed_out"}
    broken = {probe for probe, outcome in mixed.probes if outcome in unknown} - {
        probe for probe, outcome in alike.probes if outcome in unknown
    }
    if broken:
        raise CompatError(f"{pair}: probes came out otherwise: {sorted(broken)}")


if __name__ == "__main__":
    sys.exit(main())
