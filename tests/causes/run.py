"""Runs combinations through the analysis, several at a time."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from tests.causes.combined import Told, pairs, singles, told
from tests.causes.excused import excuse
from tests.causes.measured import Measured, measured


@dataclass(frozen=True, kw_only=True)
class Row:
    """One combination with its measure, and the reason for what is missed."""

    measured: Measured
    excuse: str

    @property
    def excused(self) -> bool:
        """Tell whether nothing is missed, or a reason is known for it."""
        return self.measured.perfect or bool(self.excuse)


def each(combinations: Iterable[Sequence[str]], processes: int) -> list[Told]:
    """Return what is told of the combinations whose faults go together."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return [one for one in pool.map(told, combinations, chunksize=4) if one is not None]


def alone(processes: int) -> dict[str, Told]:
    """Return what is told of every scenario by itself."""
    return {one.names[0]: one for one in each([(name,) for name in singles()], processes)}


def rows(told_of: Iterable[Told], by_itself: Mapping[str, Told]) -> list[Row]:
    """Return the measure of each."""
    measures = [measured(one, by_itself) for one in told_of]
    return [Row(measured=one, excuse=excuse(one)) for one in measures]


def over_pairs(by_itself: Mapping[str, Told], *, every: int, processes: int) -> list[Row]:
    """Measure each `every`th pair."""
    return rows(each(pairs()[::every], processes), by_itself)
