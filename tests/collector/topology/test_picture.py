"""The map as SVG: well-formed whatever names hold; states by shape and word; every thing told to a screen reader."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_collector.topology import svg
from farmsight_collector.topology.change import difference
from farmsight_collector.topology.draw import Look, drawing, line_mark, node_mark
from farmsight_collector.topology.fold import folded
from farmsight_collector.topology.graph import STATES, Graph
from farmsight_collector.topology.layout import layout, union
from farmsight_collector.topology.lines import lines
from farmsight_collector.topology.patch import patch
from farmsight_collector.topology.signs import SIGN_OF, SIGNS
from tests.collector.topology.test_layout import edge, estate

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "</text></svg><script>alert(1)</script>",
    "\"' onload=alert(1) x='",
    "<!--]]>&#x3c;&lt;",
    "\u202eTSET-LTR\u202c \x1b[31m\x00\ud800",
    "שרת-פדרציה",
    "x" * 4000,
]


def drawn(graph: Graph, look: Look | None = None) -> ET.Element:
    look = look or Look()
    return ET.fromstring(svg.picture(drawing(graph, look), layout(graph), look, "Topology"))


def by_id(root: ET.Element, mark: str) -> ET.Element:
    return next(one for one in root.iter() if one.get("id") == mark)


def named(graph: Graph, name: str) -> Graph:
    """Return a graph in which STS01 is called otherwise."""
    return replace(
        graph, nodes=tuple(replace(one, label=name, detail=name) if one.id == "STS01" else one for one in graph.nodes)
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_and_stays_inside_its_node(name: str) -> None:
    plain, spoiled = drawn(estate(2, 2, 1)), drawn(named(estate(2, 2, 1), name))

    assert [(one.tag, sorted(one.attrib)) for one in spoiled.iter()] == [
        (one.tag, sorted(one.attrib)) for one in plain.iter()
    ]
    assert all(len(one.text or "") < 60 for one in spoiled.iter(f"{SVG}text"))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_whatever_a_name_holds_the_file_is_well_formed(name: str) -> None:
    graph = named(estate(1, 1, 1), name)

    root = ET.fromstring(svg.file(drawing(graph), layout(graph), name).encode())

    assert root.tag == f"{SVG}svg"
    assert not [one for one in root.iter() if one.tag.endswith("script")]


def test_nothing_is_styled_but_by_class_and_nothing_runs() -> None:
    for one in drawn(estate(3, 2, 2)).iter():
        assert "style" not in one.attrib
        assert not [name for name in one.attrib if name.startswith("on")]
        assert one.get("href", "#").startswith("#")


def test_the_file_brings_its_own_style_in_both_themes() -> None:
    graph = estate(1, 1, 1)
    style = ET.fromstring(svg.file(drawing(graph), layout(graph), "t").encode()).findtext(f"{SVG}style") or ""

    assert "--critical" in style
    assert "prefers-color-scheme: dark" in style
    assert ".map .strand" in style
    assert "body {" not in style


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_a_shape_and_is_said(state: str) -> None:
    graph = estate(1, 1, 1)
    graph = replace(graph, nodes=tuple(replace(one, state=state, findings=("a",)) for one in graph.nodes))
    node = by_id(drawn(graph), node_mark("STS01"))

    use = node.find(f"{SVG}use")
    assert use is not None
    assert use.get("href") == f"#sign-{SIGN_OF.get(state, state)}"
    assert "STS01, AD FS node:" in node.get("aria-label", "")
    assert "1 finding" in node.get("aria-label", "")


def test_no_two_states_have_the_same_shape() -> None:
    shapes = [str(shape) for shape in SIGNS.values()]

    assert len(set(shapes)) == len(shapes)


def test_every_node_and_line_can_be_focused_and_has_a_name() -> None:
    graph = estate(3, 2, 2)
    root = drawn(graph)

    for mark in (*(node_mark(one.id) for one in graph.nodes), *(line_mark(one.key) for one in lines(graph))):
        thing = by_id(root, mark)
        assert thing.get("tabindex") == "0"
        assert thing.get("aria-label")
    linked = drawn(graph, Look(address=lambda mark: f"?open={mark}"))
    assert by_id(linked, node_mark("STS01")).get("href") == f"?open={node_mark('STS01')}"


def test_a_line_tells_each_account_and_draws_it_by_itself() -> None:
    graph = estate(1, 1, 0)
    more = [
        edge("STS01", "CA 0", "fetches-crl", "system"),
        replace(edge("STS01", "CA 0", "fetches-crl", "network-service", "error"), detail="0 of 2", latency_ms=1200),
    ]
    graph = replace(graph, edges=(*graph.edges, *more))
    line = by_id(drawn(graph), line_mark(("STS01", "CA 0", "fetches")))

    strands = [one.get("class") for one in line.iter() if "strand" in (one.get("class") or "")]
    assert strands == ["strand s-ok", "strand s-error"]
    assert "as network-service error, 0 of 2, 1200 ms" in line.get("aria-label", "")
    only = drawn(graph, Look(contexts=("system",)))
    assert "network-service" not in by_id(only, line_mark(("STS01", "CA 0", "fetches"))).get("aria-label", "")


def test_what_is_found_stands_out_and_the_rest_is_dim() -> None:
    root = drawn(estate(2, 2, 1), Look(find="sts02"))

    assert "found" in by_id(root, node_mark("STS02")).get("class", "")
    assert "dim" in by_id(root, node_mark("STS01")).get("class", "")
    assert "found" in by_id(root, line_mark(("STS02", "STS01", "syncs"))).get("class", "")


def test_what_is_hidden_is_not_there_and_moves_nothing() -> None:
    graph = estate(2, 2, 1)
    whole, hidden = drawn(graph), drawn(graph, Look(hidden=frozenset({"tenant", "syncs"})))

    marks = {one.get("id") for one in hidden.iter()}
    assert node_mark("tenant") not in marks
    assert line_mark(("STS02", "STS01", "syncs")) not in marks
    box = f"{SVG}rect"
    assert by_id(whole, node_mark("STS01")).find(box).attrib == by_id(hidden, node_mark("STS01")).find(box).attrib


def test_another_instant_changes_words_and_classes_alone() -> None:
    monday, tuesday = estate(2, 2, 1), estate(3, 2, 1)
    tuesday = replace(tuesday, nodes=tuple(replace(one, state="error") for one in tuesday.nodes))
    whole = union((monday, tuesday))
    place, look = layout(whole), Look()

    first, second = (drawing(one, look, whole) for one in (monday, tuesday))
    pictures = [ET.fromstring(svg.picture(one, place, look, "t")) for one in (first, second)]
    fixed = ("x", "y", "width", "height", "d", "transform", "id", "cx", "cy", "r")

    assert sorted(str({n: one.get(n) for n in fixed}) for one in pictures[0].iter()) == sorted(
        str({n: one.get(n) for n in fixed}) for one in pictures[1].iter()
    )
    assert "absent" in patch(first, place)["nodes"][node_mark("WAP03")][0]
    assert "absent" not in patch(second, place)["nodes"][node_mark("WAP03")][0]


def test_a_patch_says_what_the_picture_of_its_instant_says() -> None:
    graph = estate(2, 2, 2)
    place, seen = layout(graph), drawing(graph)
    root, told = drawn(graph), patch(seen, place)

    for mark, (classes, name, sign, said) in told["nodes"].items():
        thing = by_id(root, mark)
        assert (thing.get("class"), thing.get("aria-label")) == (classes, name)
        assert thing.find(f"{SVG}use").get("href") == f"#sign-{sign}"
        assert said in [one.text or "" for one in thing.iter(f"{SVG}text")]
    for mark, (classes, name, _, strands) in told["lines"].items():
        thing = by_id(root, mark)
        assert (thing.get("class"), thing.get("aria-label")) == (classes, name)
        assert {one.get("id"): one.get("class") for one in thing.iter() if one.get("id") in strands} == strands


def test_folding_counts_what_stands_behind_a_node_and_keeps_the_worst() -> None:
    graph = estate(4, 2, 1)
    graph = replace(
        graph, nodes=tuple(replace(one, state="error") if one.id == "WAP02" else one for one in graph.nodes)
    )

    one = folded(graph, ["wap"]).node("group:wap")

    assert (one.label, one.state, one.detail) == ("4 WAPs", "error", "1 error, 3 ok")
    assert one.members == ("WAP01", "WAP02", "WAP03", "WAP04")
    assert {edge.source for edge in folded(graph, ["wap"]).edges if edge.kind == "proxies"} == {"group:wap"}
    assert folded(graph, ["vantage"]) == graph


def test_a_difference_tells_what_came_went_and_is_otherwise_by_sign_and_word() -> None:
    before, after = estate(2, 2, 1), estate(3, 1, 1)
    after = replace(
        after,
        nodes=tuple(
            replace(one, state="critical", findings=("a",)) if one.id == "WAP01" else one for one in after.nodes
        ),
    )

    told = difference(before, after)
    changes = {one.name: (one.change, one.then, one.now) for one in told.changed}

    assert changes["WAP01"] == ("changed", "ok", "critical, 1 finding")
    assert changes["WAP03"] == ("added", "", "ok")
    assert changes["STS02"] == ("gone", "ok", "")
    assert told.changed[0].name == "WAP01"  # worst first
    root = drawn(told.graph, Look(changes=told.changes))
    for name, word, sign in (("WAP01", "changed", "≠"), ("WAP03", "added", "+"), ("STS02", "gone", "−")):  # noqa: RUF001
        node = by_id(root, node_mark(name))
        assert f"d-{word}" in node.get("class", "")
        assert node.get("aria-label", "").startswith(f"{word}, ")
        assert sign in [one.text for one in node.iter(f"{SVG}text")]


def test_how_long_something_took_is_no_difference() -> None:
    graph = estate(2, 2, 1)
    slower = replace(graph, edges=tuple(replace(one, latency_ms=900) for one in graph.edges))

    assert difference(graph, slower).changed == ()
