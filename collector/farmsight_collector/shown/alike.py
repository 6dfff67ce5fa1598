"""Columns of tables that are too wide: servers that are alike in every row stand in one."""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from typing import Final

MOST_COLUMNS: Final = 12  # more are not read side by side


def alike(servers: Sequence[str], said: Mapping[str, Hashable]) -> list[tuple[str, ...]]:
    """Return the servers in groups of whom `said` says the same, in the order of the first of each."""
    groups: dict[Hashable, list[str]] = {}
    for name in servers:
        groups.setdefault(said[name], []).append(name)
    return [tuple(names) for names in groups.values()]


def row_id(*parts: str) -> str:
    """Return a short name for a row that addresses can carry: the same as long as the row is about the same."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
