"""Every text of a report's values is looked at, and nothing else passes."""

from dataclasses import dataclass

import pytest
from markupsafe import Markup

from farmsight_collector.report.redaction.walk import replaced
from farmsight_collector.shown.texts import Exact
from farmsight_collector.topology.graph import Edge, Graph, Layer, Node


@dataclass(frozen=True, kw_only=True)
class Row:
    name: str
    state: str
    parts: tuple[tuple[str, bool], ...] = ()


def test_texts_are_replaced_however_deep_and_words_of_closed_sets_are_not() -> None:
    value = {"rows": [Row(name="WAP01", state="ok", parts=(("WAP01", True),))], "kind": "ok", "n": 3}

    assert replaced(value, str.lower) == {
        "rows": [Row(name="wap01", state="ok", parts=(("wap01", True),))], "kind": "ok", "n": 3
    }  # fmt: skip


def test_commands_stay_whole() -> None:
    assert isinstance(replaced(Exact("dir WAP01"), str.lower), Exact)


@pytest.mark.parametrize("value", [Markup("<b>WAP01</b>"), b"WAP01", object()], ids=["markup", "bytes", "object"])
def test_what_was_drawn_already_or_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        replaced({"map": value}, str.lower)


def test_the_map_is_laid_out_from_other_names_and_its_ids_tell_none() -> None:
    nodes = [Node(id=f"server:{n}", kind="server", label=n, layer=Layer.PROXY, role="wap") for n in ("WAP01", "WAP02")]
    edge = Edge(source="server:WAP01", target="server:WAP02", kind="proxies", detail="WAP01 to WAP02")
    made = replaced(Graph(farm="F", nodes=tuple(nodes), edges=(edge,)), lambda text: text.replace("WAP0", "wap-"))

    assert [(one.id, one.label, one.role) for one in made.nodes] == [
        ("000000", "wap-1", "wap"),
        ("000001", "wap-2", "wap"),
    ]
    assert (made.edges[0].source, made.edges[0].detail, made.edges[0].kind) == ("000000", "wap-1 to wap-2", "proxies")
