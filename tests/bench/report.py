"""What a benchmark says: the figure, the bound measured beside it, the budget, and whether it is kept."""

import json
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row of the table."""

    what: str
    measured: str
    bound: str  # measured in the same run; "-" where the budget is absolute
    ratio: str
    budget: str
    kept: bool


def table(figures: list[Figure]) -> str:
    """Return the figures as lines of text."""
    heads = ("what", "measured", "bound", "ratio", "budget", "")
    rows = [(f.what, f.measured, f.bound, f.ratio, f.budget, "kept" if f.kept else "NOT KEPT") for f in figures]
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in (heads, *rows))


def write_json(figures: list[Figure], path: Path) -> None:
    """Write the figures with the machine they were measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"schema": "farmsight.bench/1", "machine": platform.platform(), "figures": [asdict(f) for f in figures]}
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def say(line: str) -> None:
    """Tell how far a measurement is."""
    print(line, file=sys.stderr, flush=True)
