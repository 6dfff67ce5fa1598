"""The measure as a table: a line a scenario, the sums, and every miss with its reason."""

from collections.abc import Iterable, Sequence

from tests.causes.run import Row

_HEADS = (
    "scenario",
    "recall",
    "precision",
    "rank",
    "causes",
    "false",
    "unfolded",
    "in pairs: recall",
    "precision",
    "worst rank",
    "perfect",
)


def lines(singles: Sequence[Row], pairs: Sequence[Row]) -> list[str]:
    """Return the table: each scenario alone, and over all pairs that it is in."""
    body = [_HEADS]
    for row in singles:
        name = row.measured.names[0]
        body.append((name, *_alone(row), *_together([one for one in pairs if name in one.measured.names])))
    body.append(("all", *_sum(singles), *_together(pairs)))
    widths = [max(len(line[at]) for line in body) for at in range(len(_HEADS))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in body]
    return [*told, "", *misses((*singles, *pairs))]


def misses(rows: Iterable[Row]) -> list[str]:
    """Return each combination in which something is missed, with what and why."""
    told = []
    for row in rows:
        one = row.measured
        if one.perfect:
            continue
        told.append(f"{' + '.join(one.names)}: {row.excuse or 'NO REASON IS KNOWN'}")
        told += [f"    missed: {each}" for each in one.missed]
        told += [f"    a true cause under another finding: {each}" for each in one.folded]
        told += [f"    false cause: {each}" for each in one.extra]
        told += [f"    unfolded: {each}" for each in one.loose]
        told += [f"    under another's cause: {each}" for each in one.strayed]
        told += [f"    rank {one.worst_rank}"] if one.worst_rank > 1 else []
    return told


def recall(rows: Iterable[Row]) -> float:
    """Return the share of the expected findings that are there."""
    held = [row.measured for row in rows]
    wanted = sum(one.wanted for one in held)
    return 1.0 if not wanted else 1 - sum(len(one.missed) for one in held) / wanted


def precision(rows: Iterable[Row]) -> float:
    """Return the share of the findings that are expected, or lie under an expected cause."""
    held = [row.measured for row in rows]
    told = sum(one.all for one in held)
    return 1.0 if not told else sum(one.right for one in held) / told


def _alone(row: Row) -> tuple[str, ...]:
    one = row.measured
    rank = str(one.worst_rank) if one.worst_rank else "-"
    causes = str(one.causes)
    return (f"{recall([row]):.2f}", f"{precision([row]):.2f}", rank, causes, str(len(one.extra)), str(len(one.loose)))


def _sum(rows: Sequence[Row]) -> tuple[str, ...]:
    held = [row.measured for row in rows]
    return (
        f"{recall(rows):.3f}",
        f"{precision(rows):.3f}",
        str(max((one.worst_rank for one in held), default=0)),
        str(sum(one.causes for one in held)),
        str(sum(len(one.extra) for one in held)),
        str(sum(len(one.loose) for one in held)),
    )


def _together(rows: Sequence[Row]) -> tuple[str, ...]:
    if not rows:
        return ("", "", "", "")
    perfect = sum(row.measured.perfect for row in rows)
    worst = max(row.measured.worst_rank for row in rows)
    return (f"{recall(rows):.3f}", f"{precision(rows):.3f}", str(worst), f"{perfect} of {len(rows)}")
