"""URL by server and account: what was fetched where, under whom, and how it went."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.model.words import enum_word
from farmsight_collector.pki import outcomes
from farmsight_collector.pki.freshness import next_update, over
from farmsight_collector.pki.told import plain
from farmsight_wire.v1 import facts_pb2 as f
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

_BAD_SIGNATURE: Final = {
    f.SIGNATURE_CHECK_FAILED: "signed by another key",
    f.SIGNATURE_CHECK_WRONG_ISSUER: "of another CA",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One account on one server."""

    server: str
    context: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """How one URL went in one column: state is ok, bad, unknown or none (it was not asked)."""

    state: str
    text: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One URL."""

    purpose: str
    url: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Tell whether it went well in one place and not in another."""
        return len({cell.state for cell in self.cells} & {"ok", "bad"}) == 2


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All URLs in all columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def matrix(farm: Farm) -> Matrix:
    """Return every URL that was fetched anywhere, in the order of purposes and URLs."""
    columns: list[tuple[Server, str]] = [
        (server, context) for server in farm.servers for context in server.contexts("retrievals")
    ]
    held = {(server.name, context): dict(_held(server, context)) for server, context in columns}
    asked = [place for place in columns if held[place[0].name, place[1]] or _unknown(*place)]
    keys = sorted({key for rows in held.values() for key in rows}, key=_order)
    return Matrix(
        columns=tuple(Column(server=server.name, context=context) for server, context in asked),
        rows=tuple(
            Row(
                purpose=key.partition(" ")[0],
                url=key.partition(" ")[2],
                cells=tuple(_cell(farm, held[s.name, c].get(key), s, c) for s, c in asked),
            )
            for key in keys
        ),
    )


def _held(server: Server, context: str) -> Iterator[tuple[str, Held]]:
    for one in server.ask("retrieval", context=context).facts:
        yield one.key, one


def _unknown(server: Server, context: str) -> bool:
    answer = server.ask("retrieval", context=context)
    return answer.knowledge is Knowledge.UNKNOWN and "file-missing" not in answer.reason


def _order(key: str) -> tuple[int, str]:
    purpose, _, url = key.partition(" ")
    names = list(PURPOSE_NAMES.values())
    return (names.index(purpose) if purpose in names else len(names), url)


def _cell(farm: Farm, held: Held | None, server: Server, context: str) -> Cell:
    if held is None:
        answer = server.ask("retrieval", context=context)
        if answer.knowledge is Knowledge.UNKNOWN:
            return Cell(state="unknown", text=answer.reason)
        return Cell(state="none", text="not asked")
    value = plain(held.value)
    state, text = _judged(farm, value)
    return Cell(state=state, text=text, source=held.fact.source)


def _judged(farm: Farm, value: f.Retrieval) -> tuple[str, str]:
    if value.outcome in (f.RETRIEVAL_OUTCOME_UNKNOWN, f.RETRIEVAL_OUTCOME_UNSPECIFIED):
        return "unknown", value.detail or "not told"
    if value.outcome in (f.RETRIEVAL_OUTCOME_UNSUPPORTED_SCHEME, f.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE):
        return "none", enum_word(value, "outcome")
    if value.outcome != f.RETRIEVAL_OUTCOME_OK:
        code = f" ({value.platform_error})" if value.platform_error else ""
        return "bad", outcomes.words(value) + code
    if value.signature in _BAD_SIGNATURE:
        return "bad", _BAD_SIGNATURE[value.signature]
    if over(value, farm.as_of):
        return "bad", "expired"
    return "ok", _fetched(value)


def _fetched(value: f.Retrieval) -> str:
    if not value.HasField("crl"):
        return "fetched"
    number = f"CRL {value.crl.number}" if value.crl.number else "CRL"
    ends = next_update(value.crl)
    if ends is not None:
        return f"{number}, until {ends:%Y-%m-%d %H:%M}Z"
    seen = value.dates_seen or not value.HasField("dates_seen")
    return f"{number}, never expires" if seen else f"{number}, dates not shown"
