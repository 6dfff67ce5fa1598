"""Servers side by side: what most have, who is odd, what is folded."""

from farmsight_collector.shown.compare_table import Table, table
from farmsight_wire.v1 import query_pb2

SERVERS = [f"WAP{n:02}" for n in range(1, 51)]
ROLES = dict.fromkeys(SERVERS, "wap")


def row(key: str, kind: str = "tls-binding", severity: int = 0, **others: str) -> query_pb2.ComparedFact:
    made = query_pb2.ComparedFact(kind=kind, key=key, differs=bool(others), severity=severity)
    for name in SERVERS:
        text = others.get(name, "certificate aa, store MY")
        state = text if text in ("absent", "unknown") else "present"
        made.values.add(
            server=name,
            state=state,
            digest=text if state == "present" else "",
            text=text if state == "present" else "",
            odd=name in others and state != "unknown",
        )
    return made


def made(*rows: query_pb2.ComparedFact, folded: bool = True, closed: frozenset[str] = frozenset()) -> Table:
    return table(SERVERS, ROLES, rows, folded=folded, closed=closed, most_rows=300)


def test_fifty_servers_are_told_by_those_that_differ() -> None:
    found = made(row("sts:443", WAP07="certificate bb, store MY"), row("sts:49443", WAP07="absent", WAP09="absent"))

    assert [(group.names[0], len(group.names)) for group in found.groups] == [("WAP01", 48), ("WAP07", 1), ("WAP09", 1)]
    first = found.themes[0].rows[0]
    assert (first.most_count, first.odd_count) == (49, 1)
    assert [cell.sign for cell in first.cells] == ["same", "odd", "same"]
    assert first.cells[1].value.parts == (("certificate bb", True), ("store MY", False))


def test_without_folding_each_has_a_column_of_signs() -> None:
    found = made(row("sts:443", WAP07="absent"), folded=False)

    assert len(found.groups) == 50
    assert found.signs


def test_a_server_that_is_not_known_is_neither_the_same_nor_odd() -> None:
    (theme,) = made(row("sts:443", WAP07="unknown")).themes

    assert [cell.sign for cell in theme.rows[0].cells] == ["same", "unknown"]
    assert (theme.rows[0].odd_count, theme.rows[0].unknown_count) == (0, 1)


def test_themes_stand_in_the_order_of_the_table_and_the_worst_row_is_first() -> None:
    error, info = query_pb2.SEVERITY_ERROR, query_pb2.SEVERITY_INFO
    found = made(row("x", "host", info), row("b", severity=info), row("a", severity=error), row("CA/1", "store-crl"))

    assert [theme.name for theme in found.themes] == ["Certificate stores", "http.sys", "Machine"]
    assert [one.key for one in found.themes[1].rows] == ["a", "b"]
    assert found.themes[1].worst == "error"


def test_a_closed_theme_keeps_its_count_and_shows_no_rows() -> None:
    found = made(row("a", WAP07="absent"), closed=frozenset({"http.sys"}))

    assert (found.themes[0].count, found.themes[0].rows, found.count) == (1, (), 1)
    assert len(found.groups) == 1  # nothing that is shown tells them apart


def test_more_rows_than_are_read_are_counted() -> None:
    found = table(SERVERS, ROLES, [row(f"k{n}") for n in range(5)], folded=True, closed=frozenset(), most_rows=3)

    assert (found.left_out, found.count, len(found.themes[0].rows)) == (2, 5, 3)


def test_what_differs_in_fields_that_no_word_shows_says_so() -> None:
    one = row("sts:443")
    one.values[3].digest = "another"
    one.values[3].odd = True
    (theme,) = made(one).themes

    assert theme.rows[0].wordless
    assert not made(row("a", WAP01="absent")).themes[0].rows[0].wordless


def test_half_against_half_has_no_majority() -> None:
    halves = dict.fromkeys(SERVERS[:25], "certificate bb")
    (theme,) = made(row("sts:443", **halves)).themes

    assert theme.rows[0].most is None
    assert {cell.sign for cell in theme.rows[0].cells} <= {"odd", "present"}
