"""How well causes are named: every scenario of the lab alone, and a part of the pairs. `make causes` has all of them.

There is no bound to measure beside it: the lab's own faults are the truth.
"""

from collections.abc import Sequence

from tests.bench.report import Figure, say
from tests.causes.run import Row, alone, over_pairs, rows
from tests.causes.table import lines, precision, recall


def measure(*, every: int = 20) -> list[Figure]:
    """Return the figures of singles and of each `every`th pair."""
    by_itself = alone(2)
    single = rows(by_itself.values(), by_itself)
    paired = over_pairs(by_itself, every=every, processes=2)
    say("\n".join(lines(single, paired)))
    return [_figure("one fault", single, 1.0), _figure("two faults", paired, 0.99)]


def _figure(what: str, held: Sequence[Row], least: float) -> Figure:
    found, right = recall(held), precision(held)
    worst = max((row.measured.worst_rank for row in held), default=0)
    false = sum(len(row.measured.extra) for row in held)
    return Figure(
        what=f"causes: {what}, {len(held)} farms",
        measured=f"recall {found:.3f}, precision {right:.3f}, rank {worst}, {false} false causes",
        bound="-",
        ratio="-",
        budget=f"recall and precision {least}, rank 1",
        kept=found >= least and right >= least and worst <= 1,
    )
