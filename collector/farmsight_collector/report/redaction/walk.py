"""Plain values with every text in them replaced: dictionaries, sequences, frozen classes, and the map."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from farmsight_collector.shown.texts import Exact
from farmsight_collector.topology.graph import Graph

# From closed sets of ours: they choose colours, words and places, and name nobody.
KEPT: Final = frozenset(
    str.split(
        """
    severity state found kind role code catalogue context contexts counts roles shell purpose layer hop
    version mark heads expected as_of now since at until dated captured time_source undecided untold
    """
    )
)


def replaced(value: Any, say: Callable[[str], str]) -> Any:  # noqa: ANN401
    """Return a value with its texts replaced by `say`.

    Raises TypeError for what is neither text, number, time nor made of such:
    nothing passes that was not looked at.
    """
    if isinstance(value, str):
        if type(value) not in (str, Exact):
            raise TypeError(f"a text of a kind that can't be replaced: {type(value).__name__}")
        return type(value)(say(value))
    if value is None or isinstance(value, bool | int | float | datetime):
        return value
    if isinstance(value, Graph):
        return _graph(value, say)
    if isinstance(value, Mapping):
        return {name: one if name in KEPT else replaced(one, say) for name, one in value.items()}
    if isinstance(value, set | frozenset):
        return type(value)(replaced(one, say) for one in sorted(value))  # numbers follow the order of meeting
    if isinstance(value, list | tuple):
        return type(value)(replaced(one, say) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [one.name for one in dataclasses.fields(value) if one.init and one.name not in KEPT]
        return dataclasses.replace(value, **{name: replaced(getattr(value, name), say) for name in fields})
    raise TypeError(f"neither text nor number: {type(value).__name__}")


def _graph(graph: Graph, say: Callable[[str], str]) -> Graph:
    """Return the map with other words; its nodes' ids are of names, too, and become numbers in the same order."""
    numbers = {one.id: f"{at:06}" for at, one in enumerate(sorted(graph.nodes, key=lambda one: one.id))}

    def number(node: str) -> str:
        return numbers.get(node, "folded")

    nodes = (
        dataclasses.replace(
            one,
            id=number(one.id),
            label=say(one.label),
            detail=say(one.detail),
            members=tuple(map(number, one.members)),
        )
        for one in graph.nodes
    )
    edges = (
        dataclasses.replace(one, source=number(one.source), target=number(one.target), detail=say(one.detail))
        for one in graph.edges
    )
    return Graph(farm=say(graph.farm), nodes=tuple(nodes), edges=tuple(edges))
