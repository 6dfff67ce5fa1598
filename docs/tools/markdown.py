"""Markdown as the generated pages have it."""

from collections.abc import Iterable, Iterator, Sequence


def cell(text: str) -> str:
    """Return a text as it stands in a table: one line, and no bar that would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return a text as code, also where it holds a backtick; empty stays empty."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}" if text else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, with an empty line after it."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell(each) for each in row) + " |"
    yield ""
