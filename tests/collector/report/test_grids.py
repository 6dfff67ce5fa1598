"""Matrices that a hundred servers fit into."""

from farmsight_collector.report.grids import MOST_COLUMNS, Reference, grid
from farmsight_collector.report.retrieval_matrix import Cell, Column

ACCOUNTS = ("network-service", "system")


def columns(servers: int) -> list[Column]:
    return [Column(server=f"WAP{n:03}", context=name) for n in range(servers) for name in ACCOUNTS]


def cells(servers: int, bad: tuple[str, str] = ("", "")) -> list[Cell]:
    return [
        Cell(
            state="bad" if (one.server, one.context) == bad else "ok",
            text="refused" if (one.server, one.context) == bad else "fetched",
            source=f"evidence:{one.server}/{one.server}_{one.context}_SubCA.txt:40",
        )
        for one in columns(servers)
    ]


def test_few_servers_stand_side_by_side_though_they_are_alike() -> None:
    made = grid(columns(4), [("URL", cells(4))])

    assert [group.servers for group in made.groups] == [("WAP000",), ("WAP001",), ("WAP002",), ("WAP003",)]
    assert len(made.rows[0][1]) == made.columns == 8


def test_a_hundred_servers_are_told_by_those_that_differ() -> None:
    made = grid(columns(100), [("one", cells(100)), ("two", cells(100, ("WAP041", "system")))])

    assert [(len(group.servers), group.contexts) for group in made.groups] == [(99, ACCOUNTS), (1, ACCOUNTS)]
    assert made.groups[1].servers == ("WAP041",)
    assert made.columns <= MOST_COLUMNS
    assert [cell.state for cell in made.rows[1][1]] == ["ok", "ok", "ok", "bad"]


def test_servers_under_other_accounts_are_not_alike() -> None:
    some = [Column(server=f"STS{n:03}", context="adfs-service") for n in range(20)]
    made = grid(columns(10) + some, [("URL", cells(10) + [Cell(state="ok", text="fetched")] * 20)])

    assert [(len(group.servers), group.contexts) for group in made.groups] == [(10, ACCOUNTS), (20, ("adfs-service",))]


def test_each_cell_names_file_and_line_of_every_server_that_it_stands_for() -> None:
    made = grid(columns(100), [("URL", cells(100))])
    (cell, other) = made.rows[0][1]

    assert len(cell.first) + len(cell.rest) == len(other.first) + len(other.rest) == 100
    named = {made.files[one.number - 1] for one in cell.first + cell.rest}
    assert named == {f"WAP{n:03}/WAP{n:03}_network-service_SubCA.txt" for n in range(100)}
    assert {one.line for one in cell.first} == {"40"}


def test_a_source_without_a_line_is_a_file() -> None:
    made = grid(columns(1), [("URL", [Cell(state="ok", text="fetched", source="evidence:C:x.txt")] * 2)])

    assert made.files == ["C:x.txt"]
    assert made.rows[0][1][0].first == (Reference(number=1, line=""),)


def test_a_long_reason_stands_below_the_table_once() -> None:
    long, short = "failed: not-understood (WAP000_SubCA.txt:3: an element without a URL, or a torn one)", "denied"
    made = grid(columns(2), [("URL", [Cell(state="unknown", text=long)] * 3 + [Cell(state="unknown", text=short)])])

    assert made.notes == [long]
    assert [(cell.text, cell.note) for cell in made.rows[0][1]] == [("not known", 1)] * 3 + [("denied", 0)]


def test_nothing_makes_an_empty_table() -> None:
    assert grid([], []).rows == []
