"""Where things stand on the map: columns hold, nothing overlaps, and the order of a list does not matter."""

import random
from dataclasses import replace
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_collector.topology.graph import Edge, Graph, Layer, Node
from farmsight_collector.topology.layout import layout, union
from farmsight_collector.topology.lines import lines
from farmsight_collector.topology.places import BALANCER, ORDER, Box, Layout, column_of, cut_to, cut_words, text_width

KINDS = {
    Layer.CLIENT: "server",
    Layer.VIP: "vip",
    Layer.PROXY: "server",
    Layer.ADFS: "server",
    Layer.AUTHORITY: "ca",
    Layer.HOST: "host",
    Layer.TENANT: "tenant",
}
ROLES = {Layer.CLIENT: "vantage", Layer.PROXY: "wap", Layer.ADFS: "adfs"}


def node(name: str, layer: Layer, kind: str = "") -> Node:
    return Node(id=name, kind=kind or KINDS[layer], label=name, layer=layer, role=ROLES.get(layer, ""))


def edge(source: str, target: str, kind: str, context: str | None = None, state: str = "ok") -> Edge:
    return Edge(source=source, target=target, kind=kind, context=context, state=state)


def estate(waps: int, adfs: int, hosts: int, cas: int = 2, seed: int = 0) -> Graph:
    """Return a farm of this size with every way that such farms have, and some that are left out by chance."""
    chance = random.Random(seed)
    front = [node("clients", Layer.CLIENT, "client"), node("vip", Layer.VIP)]
    proxies = [node(f"WAP{n:02}", Layer.PROXY) for n in range(1, waps + 1)]
    nodes = [node(f"STS{n:02}", Layer.ADFS) for n in range(1, adfs + 1)]
    places = [node(f"pki{n}.contoso.com", Layer.HOST) for n in range(hosts)]
    authorities = [node(f"CA {n}", Layer.AUTHORITY) for n in range(cas)]
    tenant = [node("tenant", Layer.TENANT)]
    edges = [edge("clients", "vip", "signs-in")]
    edges += [edge("vip", one.id, "signs-in") for one in proxies or nodes]
    edges += [edge(one.id, other.id, "proxies") for one in proxies for other in nodes]
    edges += [edge(one.id, nodes[0].id, "syncs") for one in nodes[1:]]
    edges += [
        edge(one.id, place.id, "fetches-crl", context)
        for one in (*proxies, *nodes)
        for place in places
        for context in ("system", "network-service")
        if chance.random() < 0.8
    ]
    edges += [edge(one.id, authorities[0].id, "issued-by") for one in authorities[1:]]
    edges += [edge(one.id, place.id, "publishes-at") for one in authorities for place in places]
    edges += [edge(one.id, "tenant", "trusts") for one in nodes]
    edges += [edge("tenant", place.id, "fetches-crl") for place in places]
    return Graph(
        farm="sts.contoso.com", nodes=(*front, *proxies, *nodes, *authorities, *places, *tenant), edges=tuple(edges)
    )


estates = st.builds(
    estate,
    st.integers(0, 45),
    st.integers(1, 14),
    st.integers(0, 6),
    st.integers(1, 7),
    st.integers(0, 99),
)


def apart(one: Box, other: Box) -> bool:
    return (
        one.right <= other.x or other.right <= one.x or one.y + one.height <= other.y or other.y + other.height <= one.y
    )


@settings(max_examples=40, deadline=None)
@given(estates)
def test_no_two_nodes_overlap_and_all_are_inside_the_drawing(graph: Graph) -> None:
    made = layout(graph)

    assert made.boxes.keys() == {one.id for one in graph.nodes}
    assert all(apart(one, other) for one, other in combinations(made.boxes.values(), 2))
    assert all(box.x > 0 and box.right < made.width and box.y > 0 for box in made.boxes.values())
    assert all(box.y + box.height < made.height for box in made.boxes.values())


@settings(max_examples=30, deadline=None)
@given(estates)
def test_columns_stand_from_the_clients_to_the_tenant(graph: Graph) -> None:
    made = layout(graph)

    for one, other in combinations(graph.nodes, 2):
        first, second = ORDER[column_of(one)], ORDER[column_of(other)]
        if first < second:
            assert made.boxes[one.id].right < made.boxes[other.id].x


@settings(max_examples=30, deadline=None)
@given(estates, st.randoms(use_true_random=False))
def test_the_order_in_which_a_graph_is_listed_does_not_matter(graph: Graph, chance: random.Random) -> None:
    nodes, edges = list(graph.nodes), list(graph.edges)
    chance.shuffle(nodes)
    chance.shuffle(edges)

    assert layout(replace(graph, nodes=tuple(nodes), edges=tuple(edges))) == layout(graph)


@settings(max_examples=30, deadline=None)
@given(estates)
def test_no_line_runs_through_a_node(graph: Graph) -> None:
    made = layout(graph)

    for line in lines(graph):
        points = made.routes[line.key].points
        for (x1, y1), (x2, _) in zip(points[1::2], points[2::2], strict=False):  # straight across a column
            inside = [box for box in made.boxes.values() if box.x < max(x1, x2) and min(x1, x2) < box.right]
            assert all(not box.y < y1 < box.y + box.height for box in inside)


def test_every_line_begins_and_ends_at_its_nodes() -> None:
    graph = estate(4, 3, 2)
    made = layout(graph)

    for line in lines(graph):
        points = made.routes[line.key].points
        for (x, y), name in ((points[0], line.source), (points[-1], line.target)):
            box = made.boxes[name]
            assert box.x <= x <= box.right
            assert box.y <= y <= box.y + box.height


def test_states_do_not_move_anything() -> None:
    graph = estate(6, 3, 3)
    worse = Graph(
        farm=graph.farm,
        nodes=tuple(replace(one, state="critical", findings=("a", "b")) for one in graph.nodes),
        edges=tuple(replace(one, state="error", detail="0 of 3", latency_ms=9) for one in graph.edges),
    )

    assert layout(worse) == layout(graph)


def test_what_is_there_at_any_time_of_a_span_has_one_place_in_all_of_it() -> None:
    monday, tuesday = estate(3, 2, 2), estate(4, 2, 1)

    assert layout(union((monday, tuesday))).boxes == layout(union((tuesday, monday))).boxes


def test_servers_that_are_alike_stand_in_the_order_of_their_numbers() -> None:
    nodes = [node(f"WAP{n}", Layer.PROXY) for n in (10, 9, 2, 1)]
    graph = Graph(
        farm="f",
        nodes=(node("vip", Layer.VIP), *nodes),
        edges=tuple(edge("vip", one.id, "signs-in") for one in nodes),
    )

    boxes = layout(graph).boxes

    assert sorted((one.id for one in nodes), key=lambda name: boxes[name].y) == ["WAP1", "WAP2", "WAP9", "WAP10"]


def test_a_ca_stands_below_its_issuer_and_further_in() -> None:
    graph = estate(2, 2, 1, cas=3)
    boxes = layout(graph).boxes

    assert boxes["CA 0"].y < min(boxes["CA 1"].y, boxes["CA 2"].y)
    assert boxes["CA 0"].x < boxes["CA 1"].x == boxes["CA 2"].x


def test_cas_that_issued_each_other_end_and_stand_apart() -> None:
    circle = (node("A", Layer.AUTHORITY), node("B", Layer.AUTHORITY))
    graph = Graph(farm="f", nodes=circle, edges=(edge("A", "B", "issued-by"), edge("B", "A", "issued-by")))

    made = layout(graph)

    assert apart(made.boxes["A"], made.boxes["B"])
    assert len(made.routes) == 2


def test_a_balancer_stands_between_the_proxies_and_the_nodes() -> None:
    balancer = node("vip:10.0.0.5", Layer.ADFS, "vip")
    graph = Graph(
        farm="f",
        nodes=(node("WAP01", Layer.PROXY), balancer, node("STS01", Layer.ADFS)),
        edges=(edge("WAP01", balancer.id, "proxies"), edge(balancer.id, "STS01", "proxies")),
    )

    boxes = layout(graph).boxes

    assert column_of(balancer) == BALANCER
    assert boxes["WAP01"].right < boxes[balancer.id].x < boxes[balancer.id].right < boxes["STS01"].x


def test_signs_of_lines_do_not_touch_each_other() -> None:
    for graph in (estate(4, 3, 3), estate(40, 10, 4)):
        marks = [route.mark for route in layout(graph).routes.values() if route.mark and not route.bow]
        assert all(abs(a[0] - b[0]) >= 13 or abs(a[1] - b[1]) >= 13 for a, b in combinations(marks, 2))


def test_fifty_servers_and_their_ways_fit_a_screen_that_is_as_high_as_it_is_wide() -> None:
    made = layout(estate(40, 10, 4))

    assert made.width < 2200
    assert made.height < 1500
    assert not made.sizes.labels


def test_nothing_has_a_layout_too() -> None:
    assert layout(Graph(farm="f", nodes=(), edges=())) == layout(Graph(farm="f", nodes=(), edges=()))
    assert isinstance(layout(Graph(farm="f", nodes=(), edges=())), Layout)


@given(st.text(max_size=60), st.floats(10, 300))
def test_a_text_is_cut_to_its_room_and_keeps_both_ends(text: str, room: float) -> None:
    short = cut_to(text, room, 13)

    assert short == "…" or text_width(short, 13) <= room
    if short not in (text, "…"):
        head, _, tail = short.rpartition("…")
        assert text.startswith(head)
        assert text.endswith(tail)


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=8), st.floats(40, 300))
def test_words_are_left_out_whole_where_there_is_no_room(words: list[str], room: float) -> None:
    text = " ".join(words)
    short = cut_words(text, room, 11)

    assert text_width(short, 11) <= room
    if short.endswith("…") and " " in short:
        assert text.startswith(f"{short[:-1]} "), "none is cut in its middle"
